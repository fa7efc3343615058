import { ExactNumber, numberText, writeJson } from '../json/exact-number';
import { declaredTag, parseTag, type Tag } from '../purge/tag';

/** What a format is filled in from: a field's arguments, coerced, an entity's key fields; of `@table` a row of a database. */
export interface TagValues {
  readonly args?: Readonly<Record<string, unknown>>;
  readonly key?: Readonly<Record<string, unknown>>;
  readonly row?: Readonly<Record<string, unknown>>;
  readonly old?: Readonly<Record<string, unknown>>;
}

/** `{$args.filter.owner}`: where a value comes from, and the names to it. */
export interface Placeholder {
  readonly from: keyof TagValues;
  readonly path: readonly string[];
}

/** What is wrong with a format by itself. One that has a problem renders nothing. */
export type FormatProblem =
  | 'empty'
  | 'not-a-format'
  | 'begins-with-placeholder'
  | 'adjacent-placeholders'
  | 'percent-between-placeholders';

/** A parsed `format` of `@cacheTag`, or one of the `tags` of `@purges`. */
export interface TagFormat {
  readonly text: string;
  /** one more than there are placeholders: the text before, between and after them */
  readonly literals: readonly string[];
  readonly placeholders: readonly Placeholder[];
  readonly problem: FormatProblem | undefined;
  /**
   * The tag's text, undefined when a value is missing, null or too long. Who reads an answer must then not store it, because
   * no purge could find it; who purges must purge more than was declared, or say that nothing was purged.
   */
  render(values: TagValues): string | undefined;
}

const PLACEHOLDER = /\{\$(args|key)((?:\.[_A-Za-z][_0-9A-Za-z]*)+)\}/g;
const ROW_PLACEHOLDER = /\{\$(row|old)(\.[_A-Za-z][_0-9A-Za-z]*)\}/g;

/** `Order:` and nothing but colons after it: the tag of an entity, see `purge/tag.ts`. */
const ENTITY_START = /^[_A-Za-z][_0-9A-Za-z]*:$/;

/** Apollo Router's formats: literal text with placeholders `{$args.a.b}` and `{$key.x}`. Never throws. */
export function parseTagFormat(text: string): TagFormat {
  return parseFormat(text, PLACEHOLDER);
}

/** A format of `@table`: its placeholders are `{$row.column}` and `{$old.column}`. Never throws. */
export function parseRowFormat(text: string): TagFormat {
  return parseFormat(text, ROW_PLACEHOLDER);
}

function parseFormat(text: string, pattern: RegExp): TagFormat {
  const literals: string[] = [];
  const placeholders: Placeholder[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    literals.push(text.slice(end, match.index));
    placeholders.push({ from: match[1] as keyof TagValues, path: match[2]!.slice(1).split('.') });
    end = match.index + match[0].length;
  }
  literals.push(text.slice(end));
  const problem = findProblem(literals);
  const encode = problem ? undefined : encoderFor(literals);
  return {
    text,
    literals,
    placeholders,
    problem,
    render: (values) => (encode ? fillIn(literals, placeholders, values, encode) : undefined),
  };
}

/** The type in `~Author`: the format of an answer that depends on any change of an Author. */
export function changedType({ text, placeholders }: TagFormat): string | undefined {
  return placeholders.length === 0 ? /^~([_A-Za-z]\w*)$/.exec(text)?.[1] : undefined;
}

/**
 * The tag that a format of `@purges` names. What kind of tag it is depends on the format alone, so no value of an
 * argument can turn a declared tag into an entity, a list or a type.
 *
 * @param isType says whether the schema has a type of this name
 * @returns undefined when a value is missing, or is a list where the key of one entity is to be
 */
export function renderTag(
  format: TagFormat,
  values: TagValues,
  isType: (name: string) => boolean,
): Tag | undefined {
  const { placeholders, literals } = format;
  const name = /^([_A-Za-z][_0-9A-Za-z]*):/.exec(literals[0] ?? '')?.[1];
  const isEntity = name !== undefined && isType(name);
  if (isEntity && placeholders.some((placeholder) => isMany(valueOf(placeholder, values)))) return undefined;
  const text = format.render(values);
  if (text === undefined) return undefined;
  const isFixed = placeholders.length === 0 || name !== undefined;
  return isFixed ? parseTag(text, isType) : declaredTag(text);
}

function findProblem(literals: readonly string[]): FormatProblem | undefined {
  if (literals.some((literal) => /[{}]/.test(literal))) return 'not-a-format';
  if (literals[0] === '') return literals.length === 1 ? 'empty' : 'begins-with-placeholder';
  const between = literals.slice(1, -1);
  if (between.includes('')) return 'adjacent-placeholders';
  // There it could be read as part of an encoded value.
  return between.some((literal) => literal.startsWith('%')) ? 'percent-between-placeholders' : undefined;
}

type Encode = (value: string) => string;

/**
 * How values are written, so that no two lists of values render the same text:
 * - one placeholder: as they are, because the literals around it are fixed;
 * - `Order:{$args.region}:{$args.id}`: as the key of that entity, so that it is that very tag;
 * - else every character outside [A-Za-z0-9_.~] is percent-encoded, and so is the one that begins a literal between two
 *   placeholders: where it stands by itself, a value has ended.
 */
function encoderFor(literals: readonly string[]): Encode {
  const between = literals.slice(1, -1);
  if (between.length === 0) return (value) => value;
  const last = literals.at(-1);
  if (ENTITY_START.test(literals[0]!) && last === '' && between.every((literal) => literal === ':')) {
    return (value) => value.replaceAll('%', '%25').replaceAll(':', '%3A');
  }
  const separators = between.map((literal) => literal[0]!);
  const ofAscii = new RegExp(
    `[^A-Za-z0-9_.~\\u{80}-\\u{10ffff}]|[${separators.map(inClass).join('')}]`,
    'gu',
  );
  return (value) => value.replace(ofAscii, percentEncode).replace(BEYOND_ASCII, percentEncodeRun);
}

const BEYOND_ASCII = /[\u{80}-\u{10ffff}]+/gu;

/** A character as a class of a pattern has it. */
function inClass(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** All of it at once: one by one takes several times as long. */
function percentEncodeRun(run: string): string {
  return run.isWellFormed() ? encodeURIComponent(run) : Array.from(run, percentEncode).join('');
}

function percentEncode(character: string): string {
  // A lone surrogate has no UTF-8; `u` is no hexadecimal digit, so this is like no other encoding.
  if (!character.isWellFormed()) return `%u${character.charCodeAt(0).toString(16)}`;
  const code = character.charCodeAt(0);
  return code < 0x80 ? `%${code.toString(16).padStart(2, '0').toUpperCase()}` : encodeURIComponent(character);
}

function fillIn(
  literals: readonly string[],
  placeholders: readonly Placeholder[],
  values: TagValues,
  encode: Encode,
): string | undefined {
  let text = literals[0]!;
  for (const [index, placeholder] of placeholders.entries()) {
    const value = valueAt(placeholder, values);
    if (value === undefined) return undefined;
    text += encode(value) + literals[index + 1]!;
  }
  return text;
}

/** Longer values name no tag. They would be written out, and digested, wherever the field is in an answer. */
const LONGEST_VALUE = 4096;

/** @returns undefined when there is none, or it is too long */
function valueAt(placeholder: Placeholder, values: TagValues): string | undefined {
  const text = textAt(placeholder, values);
  return text === undefined || text.length > LONGEST_VALUE ? undefined : text;
}

/** Whether a value is several keys, or none. */
function isMany(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}

function valueOf({ from, path }: Placeholder, values: TagValues): unknown {
  let value: unknown = values[from];
  for (const name of path) {
    // Own properties only: `{$args.constructor}` must not find what every object inherits.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function textAt(placeholder: Placeholder, values: TagValues): string | undefined {
  const value = valueOf(placeholder, values);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || value instanceof ExactNumber) return numberText(value);
  if (typeof value === 'object') return textOfObject(value);
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : String(value);
}

/** Of a variable the same object stands wherever it is used. */
const textsOfObjects = new WeakMap<object, string>();

function textOfObject(value: object): string {
  let text = textsOfObjects.get(value);
  if (text === undefined) textsOfObjects.set(value, (text = canonicalJson(value)));
  return text;
}

/** JSON with the names of every object sorted: equal values have equal text, numbers among them. */
function canonicalJson(value: object): string {
  return writeJson(value, function (name, part) {
    const before = (this as Record<string, unknown>)[name];
    // The text of a number is what stands in a tag, however it was written.
    if (before instanceof ExactNumber) return new ExactNumber(numberText(before)).toJSON();
    // What a custom scalar may have been read into, and JSON has no number for.
    if (typeof part === 'bigint') return String(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
