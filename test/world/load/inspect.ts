import type { Operation, Shown } from './operation';

/** Every address and every number of a passport is somebody's, and only theirs to see: canaries. */
const CANARY = /[\w.-]+@travellers\.example|\b[A-Z]{2}\d{7}\b/g;
/** One of these is in every answer that may hold one. */
const SIGNS = ['@travellers.example', '"passport"'];

/** All that an answer shows of anything that can change. */
export function shownBy(operation: Operation, data: Record<string, unknown>): Shown[] {
  const shown: Shown[] = [];
  collect(data, shown);
  return operation.shows ? [...shown, ...operation.shows(data)] : shown;
}

/** @param own what is the reader's to see @returns an address or a passport in the text that is none of these */
export function strangersIn(text: string, own: readonly string[]): string | undefined {
  if (!SIGNS.some((sign) => text.includes(sign))) return undefined;
  return text.match(CANARY)?.find((canary) => !own.includes(canary));
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
