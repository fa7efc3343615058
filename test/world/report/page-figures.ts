import { percent } from '../percent';
import type { WorldResult } from '../result';
import { saturation } from '../saturation';
import { share, type Rows } from './figures';

/** How many of the bytes that clients were answered upstream did not have to send. */
export function bytesFromCache({ load, answered }: WorldResult): string {
  const sent = load.regions.reduce((sum, { answerBytes }) => sum + answerBytes, 0);
  return (
    `${share(sent - answered.bytes, sent)} of the ${kibibytes(sent)} that queries were answered came from the cache: ` +
    `upstream sent ${kibibytes(answered.bytes)}, in ${answered.calls} answers, with all that was asked for before anyone ` +
    'did, and what gateways add to what they ask.'
  );
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

/** Pages of signed-in clients by region: what became of them, and where the machine had time to spare how long they took. */
export function pageRows(result: WorldResult): Rows {
  const isQuoted = saturation(result) === undefined;
  const head = ['region', 'pages', 'hit', 'partial', 'neither'];
  const rows = result.load.regions.map(({ region, pages }) => {
    const { with: seen, without } = pages;
    const { hit, partial } = sumsOf(Object.values(pages.outcomes));
    return [
      region,
      String(seen.count),
      ...[hit, partial, seen.count - hit - partial].map((count) => share(count, seen.count)),
      ...(isQuoted
        ? [
            percent(seen.under100, 1),
            percent(without.under100, 1),
            ...[seen.p50, seen.p95, without.p50].map((each) => `${each.toFixed(1)} ms`),
          ]
        : []),
    ];
  });
  return [[...head, ...(isQuoted ? ['under 100 ms', 'without', 'p50', 'p95', 'without p50'] : [])], ...rows];
}

/** What became of each kind of page, in all regions together, and why it was no hit. */
export function pageOutcomeRows({ load }: WorldResult): Rows {
  const all = new Map<string, Map<string, number>>();
  for (const { pages } of load.regions)
    for (const [name, outcomes] of Object.entries(pages.outcomes)) {
      const sums = all.get(name) ?? new Map<string, number>();
      for (const [outcome, count] of Object.entries(outcomes))
        sums.set(outcome, (sums.get(outcome) ?? 0) + count);
      all.set(name, sums);
    }
  const outcomes = [...new Set([...all.values()].flatMap((sums) => [...sums.keys()]))].toSorted();
  const rows = [...all].map(([name, sums]) => {
    const count = [...sums.values()].reduce((sum, each) => sum + each, 0);
    return [name, String(count), ...outcomes.map((outcome) => share(sums.get(outcome) ?? 0, count))];
  });
  return [['page', 'asked for', ...outcomes], ...rows];
}

function sumsOf(all: readonly Readonly<Record<string, number>>[]): { hit: number; partial: number } {
  const entries = all.flatMap((outcomes) => Object.entries(outcomes));
  const sum = (isOne: (outcome: string) => boolean): number =>
    entries.reduce((total, [outcome, count]) => total + (isOne(outcome) ? count : 0), 0);
  return { hit: sum((one) => one === 'hit'), partial: sum((one) => one.startsWith('partial')) };
}
