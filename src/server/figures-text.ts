import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Exemplar } from './latency-histogram';

/** Figures as they leave. */
export interface FiguresText {
  readonly type: string;
  readonly body: string;
}

const PLAIN = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Of what exemplars are kept. */
const EXEMPLIFIED = 'lastmile_answer_seconds';

/** Values of several processes, of which some have exemplars. */
type Values = readonly Pick<MetricObjectWithValues<MetricValue<string>>, 'name' | 'values'>[];

/**
 * The figures in the form that is asked for: OpenMetrics, where a scraper takes that and there are exemplars to tell, and
 * else plain text.
 * @param accept the request's header
 * @param plain as prom-client writes them
 * @param all what it was written of, for each process
 */
export function figuresText(accept: string | undefined, plain: string, all: readonly Values[]): FiguresText {
  const exemplars = exemplarsIn(all);
  if (exemplars.size === 0 || !takesOpenMetrics(accept)) return { type: PLAIN, body: plain };
  return { type: OPEN_METRICS, body: asOpenMetrics(plain, exemplars) };
}

/** RFC 9110 12.5.1; a weight of 0 refuses it. */
function takesOpenMetrics(accept = ''): boolean {
  return accept
    .toLowerCase()
    .split(',')
    .some(
      (part) =>
        /^\s*application\/openmetrics-text\s*(?:;|$)/.test(part) && !/;\s*q=0(?:\.0*)?\s*$/.test(part),
    );
}

/** The latest of each bucket, by its labels. */
function exemplarsIn(all: readonly Values[]): ReadonlyMap<string, Exemplar> {
  const found = new Map<string, Exemplar>();
  for (const { name, values } of all.flat()) {
    if (name !== EXEMPLIFIED) continue;
    for (const value of values as (MetricValue<string> & { exemplar?: Exemplar })[]) {
      const { exemplar, labels } = value;
      const key = keyOf(String(labels['outcome']), String(labels['le']));
      if (exemplar && exemplar.timestamp > (found.get(key)?.timestamp ?? -Infinity)) found.set(key, exemplar);
    }
  }
  return found;
}

function keyOf(outcome: string, le: string): string {
  return `${outcome} ${le}`;
}

/**
 * OpenMetrics 1.0 of Prometheus's text format. prom-client can write it, but only of a registry that can write nothing else
 * from then on, and without exemplars where there are several processes.
 */
function asOpenMetrics(plain: string, exemplars: ReadonlyMap<string, Exemplar>): string {
  const counters = new Set([...plain.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name!));
  const lines = plain.split('\n').filter((line) => line !== '');
  const written = lines.map((line) => {
    if (!line.startsWith('# ')) return withExemplar(line, exemplars);
    const [, word = '', name = '', text = ''] = /^# (\S+) (\S+) ?(.*)$/.exec(line) ?? [];
    // A family of counters is called by what stands before `_total`, and quotes are escaped.
    const family = counters.has(name) ? name.replace(/_total$/, '') : name;
    return `# ${word} ${family} ${word === 'HELP' ? text.replaceAll('"', '\\"') : text}`;
  });
  return `${written.join('\n')}\n# EOF\n`;
}

function withExemplar(line: string, exemplars: ReadonlyMap<string, Exemplar>): string {
  if (!line.startsWith(`${EXEMPLIFIED}_bucket{`)) return line;
  const [, le = ''] = /\ble="([^"]*)"/.exec(line) ?? [];
  const [, outcome = ''] = /\boutcome="([^"]*)"/.exec(line) ?? [];
  const exemplar = exemplars.get(keyOf(outcome, le));
  if (!exemplar) return line;
  const { labelSet, value, timestamp } = exemplar;
  return `${line} # {trace_id="${labelSet.trace_id}"} ${value} ${timestamp.toFixed(3)}`;
}
