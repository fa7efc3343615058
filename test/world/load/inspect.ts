import type { Operation, Shown } from './operation';

/** Every address of the example is somebody's, and only theirs to see: a canary. */
const CANARY = /[\w.-]+@travellers\.example/g;

/** All that an answer shows of anything that can change. */
export function shownBy(operation: Operation, data: Record<string, unknown>): Shown[] {
  const shown: Shown[] = [];
  collect(data, shown);
  return operation.shows ? [...shown, ...operation.shows(data)] : shown;
}

/** @returns an address in the text that is not the reader's own */
export function strangersIn(text: string, own: string | undefined): string | undefined {
  if (!text.includes('@travellers.example')) return undefined;
  return text.match(CANARY)?.find((address) => address !== own);
}

function collect(value: unknown, into: Shown[]): void {
  if (Array.isArray(value)) {
    for (const each of value) collect(each, into);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const { id, version } = value as { id?: unknown; version?: unknown };
  if (typeof id === 'string' && typeof version === 'number') into.push({ subject: id, version });
  for (const each of Object.values(value)) if (typeof each === 'object') collect(each, into);
}
