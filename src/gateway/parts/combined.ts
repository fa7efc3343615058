import { isInternal, nameNode } from '../../answer/internal-fields';
import { readJson } from '../../json/exact-number';
import { endOfValue, membersOf } from '../../json/text';
import { analyseOperation, type Knowledge, type Operation } from '../../operation/operation';
import type { Plan, Slot } from './plan';
import { queryFor } from './slots';

/** Several slots asked for at once: one call of upstream's. */
export interface Combined {
  /** what upstream is asked, under its client's name for it; the slot's own operation where it is one slot */
  readonly operation: Operation;
  /** indexes of the plan's slots */
  readonly slots: readonly number[];
  /** each slot's member of the answer's `data` */
  readonly aliases: readonly string[];
}

/** An error of an answer (GraphQL 7.1.2) without its locations, which point into a text that no client has seen. */
export interface PartError {
  readonly message: string;
  /** of a slot it begins with the name of its root field */
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What a slot's answer says: upstream's, or one from the cache. */
export interface SlotAnswer {
  /** the JSON text of its root field's value, as upstream wrote it; undefined: `data` is null */
  readonly value: string | undefined;
  /** none of one from the cache: only answers without errors are stored */
  readonly errors: readonly PartError[];
}

/** Characters of all answers that are put together in one turn of the event loop. More would hold up others (P47). */
export const MOST_MERGED = 2_000_000;
/** The same of those whose fields have to be looked at one by one: on the spine, or to be compared. */
export const MOST_LOOKED_INTO = 400_000;

/** Characters of answers. */
export function sizeOf(answers: readonly SlotAnswer[]): number {
  return answers.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
}

/** Why several answers are not put together, so that the operation has to be asked whole. */
export interface Mismatch {
  readonly kind: 'mismatch';
  /**
   * request-error  an answer has no `data`, or an error that says of no field what it is about, or is too long
   * added          something failed that was asked for only to put the answers together
   * key            one shows another object than the other in one place
   * keyless        an object's key is null, as that of an edge without a node
   * length         a list has more items in one than in the other
   * null           a value is null in one only, and no error of that one says why
   * errors         errors of several stand below one value that became null: their order cannot be known
   * shape          an answer is not what was asked for
   */
  readonly why: 'request-error' | 'added' | 'key' | 'keyless' | 'length' | 'null' | 'errors' | 'shape';
  /** indexes of the slots that do not fit together; the answers of one call always have one time */
  readonly slots: readonly number[];
  /** where, for the log: response keys and indexes from the root */
  readonly path: readonly (string | number)[];
}

export function mismatch(
  why: Mismatch['why'],
  slots: readonly number[],
  path: readonly (string | number)[] = [],
): Mismatch {
  return { kind: 'mismatch', why, slots, path };
}

/**
 * The operation that asks for some of a plan's slots at once. It is analysed as any: what is to be sent is its question.
 * @param slots indexes, ascending
 * @returns undefined where they make no valid operation together
 */
export function combine(knowledge: Knowledge, plan: Plan, slots: readonly number[]): Combined | undefined {
  const [first] = slots;
  if (slots.length === 1) {
    const { operation, field } = plan.slots[first!]!;
    return { operation, slots, aliases: [field] };
  }
  const aliases = slots.map((index) => `p${index}`);
  const fields = slots.map((index, at) => ({ ...plan.slots[index]!.node, alias: nameNode(aliases[at]!) }));
  const document = queryFor(fields, plan.operation.definition, plan.operation.name);
  const operation = analyseOperation(knowledge, document, plan.operation.name);
  return 'errors' in operation ? undefined : { operation, slots, aliases };
}

/**
 * Takes upstream's answer to a combined operation apart. Values stay as upstream wrote them, with what only the gateway
 * had asked for: each is then collected from and trimmed with its slot's own question.
 * @param text upstream's answer, an object of well-formed JSON
 * @returns in the order of the combined operation's slots
 */
export function takeApart(plan: Plan, combined: Combined, text: string): readonly SlotAnswer[] | Mismatch {
  const { slots, aliases } = combined;
  const members = new Map(membersOf(text).map(({ name, value }) => [name, value.trim()]));
  const data = members.get('data');
  const wrong = (why: Mismatch['why'], path?: PartError['path']) => mismatch(why, slots, path);
  if (data === undefined) return wrong('request-error');
  const written = members.get('errors');
  const errors = readPartErrors(written);
  const values =
    data === 'null' ? undefined : new Map(membersOf(data).map(({ name, value }) => [name, value.trim()]));
  // What is null as a whole says why.
  if (!errors || (!values && errors.length === 0)) return wrong('shape');
  const bySlot = aliases.map((): PartError[] => []);
  for (const error of errors) {
    const { path } = error;
    if (path?.some((step) => isInternal(String(step)))) return wrong('added', path);
    const at = path ? aliases.indexOf(String(path[0])) : -1;
    if (!path || at === -1) return wrong('request-error', path);
    const field = plan.slots[slots[at]!]!.field;
    bySlot[at]!.push({ ...error, path: [field, ...path.slice(1)] });
  }
  const answers: SlotAnswer[] = [];
  for (const [at, alias] of aliases.entries()) {
    const value = values?.get(alias);
    if (values && value === undefined) return wrong('shape');
    answers.push({ value, errors: bySlot[at]! });
  }
  return answers;
}

/**
 * The errors of an answer, with all that upstream says of each but its locations.
 * @param text of the member, JSON; undefined: there is none
 * @returns undefined where it is no list of errors
 */
export function readPartErrors(text = '[]'): readonly PartError[] | undefined {
  const errors = readJson(text) as unknown;
  if (!Array.isArray(errors)) return undefined;
  const isError = (one: unknown): one is PartError & { readonly locations?: unknown } =>
    typeof one === 'object' && one !== null && (!('path' in one) || Array.isArray(one.path));
  if (!errors.every(isError)) return undefined;
  return errors.map((one) => {
    const { locations: _, ...said } = one;
    return said;
  });
}

/** A slot's answer as it is stored: that of its operation, without errors. */
export function slotBody({ field }: Slot, value: string): string {
  return `{"data":{"${field}":${value}}}`;
}

/**
 * A slot's value in its stored answer, which may also be one that was asked for by itself.
 * @param body all characters, or one for each byte: what is merged must be of one kind
 * @returns undefined where it holds no such value
 */
export function valueIn({ field }: Slot, body: string): string | undefined {
  const before = `{"data":{"${field}":`;
  if (body.startsWith(before) && endOfValue(body, before.length) === body.length - 2)
    return body.slice(before.length, -2);
  const data = membersOf(body).find(({ name }) => name === 'data')?.value;
  return (
    data &&
    membersOf(data)
      .find(({ name }) => name === field)
      ?.value.trim()
  );
}
