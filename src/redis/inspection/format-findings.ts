import type { Finding, Severity } from './finding';

const WIDEST = 7;

/** Findings as lines for a terminal: what was found, below it what to do, and at the end how many of each kind. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ id }) => id.length));
  const indent = ' '.repeat(WIDEST + width + 6);
  const lines = findings.flatMap(({ id, severity, what, remedy }) => [
    `  ${severity.padEnd(WIDEST)}  ${id.padEnd(width)}  ${what}`,
    ...(remedy === '' ? [] : [`${indent}${remedy}`]),
  ]);
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  const total = `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}, ${count('ok')} ok`;
  return `${lines.join('\n')}\n\n  ${total}\n`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
