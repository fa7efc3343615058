/** What trials counted, for a terminal. */
import { markdownTable } from '../kit/markdown';
import type { Counts, Kind, Tally } from './tally';

const COLUMNS: readonly [title: string, of: (counts: Counts) => string][] = [
  ['reads', ({ reads }) => String(reads)],
  ['hits', ({ hits }) => String(hits)],
  ['mutations', ({ mutations }) => String(mutations)],
  ['refused', ({ refused }) => String(refused)],
  ['comparisons', ({ comparisons }) => String(comparisons)],
  ['changes', ({ changes }) => String(changes)],
  ['stale, not named', ({ staleUnnamed }) => String(staleUnnamed)],
  ['stale, named', ({ staleNamed }) => String(staleNamed)],
  ['changed by addition', ({ changed }) => String(changed)],
  ['lost', ({ lost, unchanged }) => (unchanged > 0 ? `${((100 * lost) / unchanged).toFixed(1)} %` : '-')],
];

/** A table in Markdown, a row for each server. */
export function formatTable(tallies: ReadonlyMap<string, Tally>): string {
  const rows = [...tallies].map(([name, { counts }]) => [name, ...COLUMNS.map(([, of]) => of(counts))]);
  return `${markdownTable(['server', ...COLUMNS.map(([title]) => title)], rows)}\n`;
}

/** Combinations of tags that are printed. */
const MOST_TAGS = 15;

/** The share of unchanged answers lost to each mutation, the most first, and to which tags. */
export function formatLosses({ mutations, losses, counts }: Tally): string {
  const byTags = [...losses]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_TAGS)
    .map(
      ([tags, count]) => `  ${((100 * count) / counts.lost).toFixed(1).padStart(5)} %  of these by ${tags}\n`,
    );
  const byMutation = [...mutations]
    .filter(([, { made }]) => made > 0)
    .map(([name, { made, unchanged, lost }]) => ({ name, made, share: unchanged > 0 ? lost / unchanged : 0 }))
    .sort((a, b) => b.share - a.share)
    .map(({ name, made, share }) => `  ${(100 * share).toFixed(1).padStart(5)} %  ${name} (${made})\n`);
  return [...byMutation, ...byTags].join('');
}

/** A kind with its shortest example. */
export function formatKind({ key, difference, foretold, count, example }: Kind): string {
  const { mutation, question, gateway, upstream, cacheStatus, way } = example;
  const lines = [
    `${difference}${foretold ? `, named by check (${foretold})` : ''}: ${key} (${count})`,
    ...(mutation ? [`  mutation  ${mutation.query} ${mutation.variables}`] : []),
    `  query     ${question.query} ${question.variables}`,
    `  at        ${way.join(' > ')}`,
    `  gateway   ${gateway}  [${cacheStatus}]`,
    `  upstream  ${upstream}`,
  ];
  return `${lines.join('\n')}\n`;
}
