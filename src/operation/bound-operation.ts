import { hash } from 'node:crypto';
import { ExactNumber } from '../json/exact-number';
import type { CacheKey } from '../cache/entry';
import { LOG_PROTOCOL } from '../purge/log';
import type { Operation } from './operation';

/**
 * JSON text that is the same for equal values: object keys sorted by UTF-16 unit, no white space.
 * Takes what `readJson` yields; recursion is bounded by the depth of what a request may send. A number stays as it was
 * written: 1 and 1.0 are two texts, which costs a miss, and no two numbers are one.
 * The idea is that of RFC 8785, without its number formatting, since only our own output is compared.
 */
export function canonicalJson(value: unknown): string {
  if (value instanceof ExactNumber) return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value as Record<string, unknown>)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** One operation with its variables: all that upstream is told of what a client wants. */
export interface BoundOperation {
  readonly operation: Operation;
  /** only the variables the operation declares, with defaults applied */
  readonly variables: Readonly<Record<string, unknown>>;
  /** parameters of the URL that upstream is sent, as their client wrote them; mostly none */
  readonly parameters: string;
  /**
   * The canonical text of what is asked, with the parameters: equal texts ask for the same, and may call their variables
   * differently. So only answers without errors are alike: an error may name a variable.
   */
  readonly text: string;
  /** the key of the shared answer when no request header varies it; kept here because it is asked for on every hit */
  sharedKey: CacheKey | undefined;
}

/**
 * Keeps of a request's variables what the operation declares. What is left out here never reaches upstream,
 * so nothing outside the key can change an answer (P34).
 * @param parameters those of the URL that upstream is sent
 */
export function bind(
  operation: Operation,
  sent: Readonly<Record<string, unknown>>,
  parameters = '',
): BoundOperation {
  const variables = Object.create(null) as Record<string, unknown>;
  const values: string[] = [];
  for (const [number, name] of operation.variableNames.entries()) {
    if (Object.hasOwn(sent, name) && sent[name] !== undefined) variables[name] = sent[name];
    else if (operation.defaults.has(name)) variables[name] = operation.defaults.get(name);
    else continue;
    values.push(`"${number}":${canonicalJson(variables[name])}`);
  }
  const asked = `${operation.id}{${values.join()}}`;
  // A JSON object says itself where it ends.
  const text = parameters === '' ? asked : `${asked}?${parameters}`;
  return { operation, variables, parameters, text, sharedKey: undefined };
}

/**
 * The name of an answer: everything it depends on and nothing else.
 * @param session the verified session a private answer belongs to; undefined for a shared one
 * @param varying the values of the declared varying headers, in the declared order
 */
export function cacheKeyOf(
  bound: BoundOperation,
  session: string | undefined,
  varying: readonly string[],
): CacheKey {
  const plain = session === undefined && varying.length === 0;
  if (plain && bound.sharedKey !== undefined) return bound.sharedKey;
  // JSON keeps the parts apart whatever they hold.
  const parts = [LOG_PROTOCOL, bound.text, session ?? null, varying];
  const key = hash('sha256', JSON.stringify(parts), 'base64url') as CacheKey;
  if (plain) bound.sharedKey = key;
  return key;
}

/**
 * Whether the operation log has it, and so every request for it.
 * @param part of the operations, from 0 to 1; every process chooses the same
 */
export function isSampled({ text }: BoundOperation, part: number): boolean {
  return Number.parseInt(hash('sha1', text, 'hex').slice(0, 8), 16) / 2 ** 32 < part;
}

/** Of two that have one key: whether they also call their variables alike, so that what is said of an error is said in both's words. */
export function areOfSameWords(one: BoundOperation | undefined, other: BoundOperation): boolean {
  const names = one?.operation.variableNames;
  return names?.every((name, at) => name === other.operation.variableNames[at]) === true;
}
