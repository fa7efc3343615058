import type { Line, QueryLine } from '../../src/suggest/lines';

/** Milliseconds of this many seconds. */
export const s = (seconds: number) => seconds * 1000;

export const operation = (id: string, text: string): Line => ({ run: 'r', operation: id, text });

/** A query of operation `p` without variables that took upstream 100 ms, unless told otherwise. */
export const query = (t: number, more: Partial<QueryLine> = {}): Line => ({
  run: 'r',
  t,
  op: 'p',
  ms: 100,
  bytes: 10,
  answer: 'a',
  tags: [],
  why: 'no-policy',
  ...more,
});

export const purge = (t: number, ...purged: string[]): Line => ({ run: 'r', t, purged });

/** The lines of a log, in the order of their times, as text. */
export function logOf(lines: readonly Line[]): string[] {
  const timeOf = (line: Line) => ('t' in line ? line.t : -1);
  return lines.toSorted((a, b) => timeOf(a) - timeOf(b)).map((line) => JSON.stringify(line));
}
