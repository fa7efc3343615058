/** The results as Markdown tables. */
import { markdownTable } from '../kit.mjs';

const NOT =
  'What these numbers are not: a promise for another machine, or the throughput of a whole deployment. Everything ran on ' +
  'one machine, over loopback, with one core for each server. Only ratios within one run, and processor time, say ' +
  'something about the servers. Upstream and Redis shared a core with the load unless the machine has more than two.';

/** @param {{ machine: Record<string, unknown>, rows: object[] }} results */
export function markdown({ machine, rows }) {
  const parts = ['# Benchmarks', '', ...machineLines(machine), '', NOT, '', ...overview(rows)];
  for (const row of rows) parts.push('', ...section(row));
  return `${parts.join('\n')}\n`;
}

function machineLines(machine) {
  return [
    `- ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB; Linux ${machine.kernel}`,
    `- Node ${machine.node}, Redis ${machine.redis}; gateway at commit ${machine.commit}`,
    `- ${machine.cpus}; load by ${machine.load}`,
    `- \`${machine.command}\`, ${machine.date.slice(0, 16).replace('T', ' ')} UTC`,
  ];
}

function overview(rows) {
  const lines = rows.flatMap(({ title, verdicts, error }) =>
    error
      ? [[title, 'not measured', error, '', '']]
      : verdicts.map(({ text, value, byCpu, met }) => [
          title,
          text,
          number(value),
          byCpu === undefined ? '' : number(byCpu),
          met ? 'yes' : 'no',
        ]),
  );
  return lines.length > 0 ? [markdownTable(['row', 'aim', 'reached', 'by CPU', 'met'], lines)] : [];
}

function section(row) {
  if (row.error) return [`## ${row.title}`, '', `Not measured: ${row.error}`];
  const { rounds, seconds, quick } = row.effort;
  return [
    `## ${row.title}`,
    '',
    `\`${row.name}\`: ${rounds} rounds of ${seconds} s${quick ? ', a quick look' : ''}; ${row.measured.slice(0, 16).replace('T', ' ')} UTC.`,
    ...row.notes.map((note) => `${note}.`),
    '',
    row.subjects ? subjectTable(row.subjects) : figureTable(row.figures),
  ];
}

function subjectTable(subjects) {
  return markdownTable(
    [
      '',
      'requests/s',
      'ratio to bare (min–max)',
      'CPU µs/request',
      'CPU ratio',
      'p50 ms',
      'p99 ms',
      'made anew',
      'failed',
    ],
    subjects.map((subject) => [
      // Below this the core was waiting, so the load or something beside the subject was the limit.
      subject.label + (subject.busy.median < 0.85 ? ' (not busy)' : ''),
      Math.round(subject.perSecond.median).toLocaleString('en-US'),
      withRange(subject.ratio),
      number(subject.cpuMicros.median),
      number(subject.cpuRatio.median),
      number(subject.p50.median / 1000),
      number(subject.p99.median / 1000),
      `${number(subject.made.median * 100)} %`,
      subject.failed,
    ]),
  );
}

function figureTable(figures) {
  return markdownTable(
    ['', 'median', 'min–max'],
    figures.map(({ name, value, median, min, max }) => [
      name,
      number(value ?? median),
      value === undefined ? `${number(min)}–${number(max)}` : '',
    ]),
  );
}

const withRange = ({ median, min, max }) => `${number(median)} (${number(min)}–${number(max)})`;

/** Three digits that matter. */
export function number(/** @type {number} */ value) {
  if (!Number.isFinite(value)) return '–';
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits, 3) });
}
