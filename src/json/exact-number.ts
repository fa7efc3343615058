import { randomBytes } from 'node:crypto';
import { endOfString } from './text';

/**
 * A number of JSON whose text a double would not give back: `9007199254740993`, `1.10`, `1e400`, `-0`. It is kept as it was
 * written; every other number is a number.
 */
export class ExactNumber {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** Stands for it until {@link writeJson} puts the text in its place. */
  toJSON(): string {
    return MARK + this.#text;
  }
}

/** Begins a string that stands for a number while JSON is read or written. Random, so that no text from outside holds it. */
const MARK = `number-${randomBytes(18).toString('base64url')}:`;
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');

/** The same before a name that could be an index: JavaScript would put those first, in their order as numbers. */
const NAME_MARK = `name-${randomBytes(18).toString('base64url')}:`;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const [ZERO, NINE] = [0x30, 0x39];
/** RFC 8259 6, but for zeros in front. */
const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
/** What may follow a value. A number in the place of a member's name is no JSON, and a string there would be. */
const BEHIND = /[ \t\n\r]*(?:[,\]}]|$)/y;
/** What follows a member's name. */
const COLON = /[ \t\n\r]*:/y;
/** Every integer of so many characters is a double. */
const ALWAYS_EXACT = 15;

/**
 * JSON.parse, but every number keeps its digits: one that a double would change is an {@link ExactNumber}. And an object keeps
 * the order of its members, for {@link writeJson}, though names such as `"2"` stand in it. A text without such a number or name
 * costs a look at each of its characters more, about a third of what parsing it does.
 * @throws SyntaxError as JSON.parse
 */
export function readJson(text: string): unknown {
  const marked = markNumbers(text);
  return marked === text
    ? JSON.parse(text)
    : JSON.parse(marked, (_, value: unknown) => {
        if (typeof value === 'string' && value.startsWith(MARK))
          return new ExactNumber(value.slice(MARK.length));
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? unmarked(value) : value;
      });
}

/** An object with its members' own names. The order that they were written in is told to {@link writeJson} alone. */
function unmarked(marked: object): object {
  const names = Object.keys(marked);
  if (!names.some((name) => name.startsWith(NAME_MARK))) return marked;
  const plain = names.map((name) => (name.startsWith(NAME_MARK) ? name.slice(NAME_MARK.length) : name));
  const object = Object.fromEntries(Object.values(marked).map((value, at) => [plain[at]!, value]));
  const isAsWritten = Object.keys(object).every((name, at) => name === plain[at]);
  if (!isAsWritten && !Object.hasOwn(object, 'toJSON'))
    Object.defineProperty(object, 'toJSON', { value: () => marked });
  return object;
}

/** JSON.stringify, which writes each {@link ExactNumber}, and the members of an object of {@link readJson}, as they were written. */
export function writeJson(
  value: unknown,
  replacer?: (this: unknown, name: string, value: unknown) => unknown,
  indent?: number,
): string {
  const text = JSON.stringify(value, replacer as (name: string, value: unknown) => unknown, indent);
  const exact = text.includes(MARK) ? text.replaceAll(MARKED, '$1') : text;
  return exact.includes(NAME_MARK) ? exact.replaceAll(NAME_MARK, '') : exact;
}

/** A value of JSON as JSON.parse would have read it. */
export function rounded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ExactNumber) return Number(value.toString());
  if (Array.isArray(value)) return value.map(rounded);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rounded(member)]));
}

/**
 * The text with a string in place of each number that a double would change, and a mark before each name that could be an
 * index; itself when there is none.
 */
function markNumbers(text: string): string {
  let marked = '';
  let done = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const first = text.charCodeAt(at + 1);
      if (((first >= ZERO && first <= NINE) || first === BACKSLASH) && isName(text, end)) {
        marked += text.slice(done, at + 1) + NAME_MARK;
        done = at + 1;
      }
      at = end;
      continue;
    }
    if (code !== MINUS && !(code >= ZERO && code <= NINE)) continue;
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(text);
    // No JSON: the parser will say so.
    if (!found) continue;
    const [number, fraction, exponent] = found;
    const isPlain = number.length <= ALWAYS_EXACT && fraction === undefined && exponent === undefined;
    const end = at + number.length;
    if (!(isPlain && number !== '-0') && String(Number(number)) !== number && isValue(text, number, end)) {
      marked += `${text.slice(done, at)}"${MARK}${number}"`;
      done = end;
    }
    at = end - 1;
  }
  return done === 0 ? text : marked + text.slice(done);
}

function isName(text: string, end: number): boolean {
  COLON.lastIndex = end + 1;
  return COLON.test(text);
}

function isValue(text: string, number: string, end: number): boolean {
  BEHIND.lastIndex = end;
  return !/^-?0\d/.test(number) && BEHIND.test(text);
}

/** More digits than this are written with an exponent. */
const MOST_DIGITS = 40;
/** To add something to an exponent of more digits takes time; no two numbers that mean something differ there. */
const LONGEST_POWER = 1000;

/**
 * The text of a number in a tag: the same for equal numbers, however they are written, and different for different ones. One with
 * an exponent of more than {@link LONGEST_POWER} digits is its own text.
 * @param value a double stands for the shortest text that it is read from
 */
export function numberText(value: number | ExactNumber): string {
  if (Number.isSafeInteger(value)) return String(value);
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(value.toString()) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const coefficient = withoutLastZeros(digits);
  if (coefficient === '') return '0';
  if (power.length > LONGEST_POWER) return value.toString();
  // The value is 0.COEFFICIENT times ten to the power of `point`; a power may have more digits than a double.
  const point = BigInt(power) + BigInt(digits.length - fraction.length);
  const length = BigInt(coefficient.length);
  if (point > MOST_DIGITS || point < -6n) return `${sign}${coefficient}e${point - length}`;
  const shift = Number(point);
  if (point >= length) return sign + coefficient.padEnd(shift, '0');
  return shift > 0
    ? `${sign}${coefficient.slice(0, shift)}.${coefficient.slice(shift)}`
    : `${sign}0.${'0'.repeat(-shift)}${coefficient}`;
}

/** A pattern would look for the end of the text from each zero in it: time that grows with the square of its length. */
function withoutLastZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO) end--;
  return digits.slice(0, end);
}
