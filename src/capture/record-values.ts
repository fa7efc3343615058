import { ExactNumber, numberText, writeJson } from '../json/exact-number';
import type { ChangeRecord, RecordColumn } from './debezium';
import type { Value } from './pgoutput';

/** What a record says of one column of a row. */
export interface Cell {
  /** equal for equal values; what it means is another question. null is NULL; undefined: not said */
  readonly text: Value;
  /** whether every API shows it as this text, so that it may stand in a key: numbers without a point, texts, UUIDs */
  readonly isPlain: boolean;
  /** whether it may stand in a tag of a format */
  readonly isTold: boolean;
}

/** Of values without a schema, as which scalars the API shows them where they are keys: `ID`, `Int`. */
export type ShownAs = ReadonlySet<string>;

const UNSAID: Cell = { text: undefined, isPlain: true, isTold: false };
const NULL: Cell = { text: null, isPlain: true, isTold: true };

/** Stands for a large value that a change left as it was. */
const UNAVAILABLE = '__debezium_unavailable_value';

const INTEGERS: ReadonlySet<string> = new Set(['int8', 'int16', 'int32', 'int64']);
const DECIMAL = 'org.apache.kafka.connect.data.Decimal';
const ANY_DECIMAL = 'io.debezium.data.VariableScaleDecimal';

/**
 * @param value undefined: the row has no such member
 * @param column undefined: the record came without its schema
 */
export function cellOf(value: unknown, column: RecordColumn | undefined, shownAs: ShownAs): Cell {
  if (value === undefined || value === UNAVAILABLE) return UNSAID;
  if (value === null) return NULL;
  if (column) return described(value, column);
  if (typeof value === 'boolean') return { text: String(value), isPlain: false, isTold: true };
  if (typeof value === 'number' || value instanceof ExactNumber) {
    const isInteger = /^-?\d+$/.test(value.toString());
    // It may be days or microseconds.
    const isPlain = isInteger && [...shownAs].every((name) => INTEGER_SCALAR.test(name));
    return { text: numberText(value), isPlain, isTold: true };
  }
  if (typeof value !== 'string') return { text: textOf(value), isPlain: false, isTold: false };
  const isSure = /^\d+$/.test(value) || (UUID.test(value) && !isShouted(value));
  const isText = isSure || ([...shownAs].every((name) => TEXT_SCALAR.test(name)) && isClear(value));
  return { text: value, isPlain: isText, isTold: isSure || isClear(value) };
}

const INTEGER_SCALAR = /^(ID|U?Int\d*|Big_?Int|Long)$/i;
const TEXT_SCALAR = /^(ID|String)$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether a text is one, and no decimal or bytes in base64, no time, no JSON: without its schema a record does not say. */
function isClear(text: string): boolean {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  return text !== '' && !isBase64 && !isShouted(text) && !/^[[{]|^\d{4}-\d\d-\d\d|^\d\d:\d\d/.test(text);
}

/** A UUID in capitals, as SQL Server writes it: many APIs do not. */
function isShouted(text: string): boolean {
  return UUID.test(text) && /[A-F]/.test(text);
}

function described(value: unknown, { type, meaning, scale }: RecordColumn): Cell {
  const number = meaning === DECIMAL && scale === 0 ? value : wholeOf(value, meaning);
  const digits = typeof number === 'string' ? integerIn(number) : undefined;
  if (digits !== undefined) return { text: digits, isPlain: true, isTold: true };
  const text = typeof value === 'number' || value instanceof ExactNumber ? numberText(value) : textOf(value);
  const isBare = meaning === undefined && (INTEGERS.has(type) || type === 'string');
  const isPlain = (isBare || meaning === 'io.debezium.data.Uuid') && text !== undefined && !isShouted(text);
  const isTold = isPlain || meaning === 'io.debezium.data.Enum' || (meaning === undefined && TOLD.has(type));
  return { text, isPlain, isTold };
}

const TOLD: ReadonlySet<string> = new Set(['boolean', 'float', 'double', 'float32', 'float64']);

/** @returns undefined for what nests deeper than can be written: it is not known what it is */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  try {
    return writeJson(value);
  } catch {
    return undefined;
  }
}

/** Of Oracle's NUMBER: each value says its scale. */
function wholeOf(value: unknown, meaning: string | undefined): unknown {
  if (meaning !== ANY_DECIMAL || typeof value !== 'object' || value === null) return undefined;
  const { scale, value: digits } = value as { scale?: unknown; value?: unknown };
  return scale === 0 ? digits : undefined;
}

/** No key has more. To make decimal digits of all that a record may hold would take seconds. */
const MOST_DIGITS_IN_BASE64 = 1000;

/** Bytes of two's complement in base64, the highest first. */
function integerIn(base64: string): string | undefined {
  if (base64.length > MOST_DIGITS_IN_BASE64) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== base64) return undefined;
  return String(BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`)));
}

/** A value of MongoDB's extended JSON, which says of each what it is. */
export function documentCell(value: unknown): Cell {
  if (value === undefined || value === null) return NULL;
  if (typeof value === 'string') return { text: value, isPlain: true, isTold: true };
  if (typeof value === 'object' && !(value instanceof ExactNumber) && !Array.isArray(value)) {
    const [[name, inner] = ['', undefined], ...more] = Object.entries(value);
    if (more.length === 0 && SAYS_SO.has(name) && typeof inner === 'string')
      return { text: inner, isPlain: true, isTold: true };
  }
  return cellOf(value, undefined, IDS);
}

const SAYS_SO: ReadonlySet<string> = new Set(['$oid', '$numberLong', '$numberInt', '$uuid']);
const IDS: ShownAs = new Set(['ID']);

/** The databases of which `before` holds the whole row. */
const WHOLE_BEFORE: ReadonlySet<string> = new Set(['mysql', 'mariadb', 'sqlserver', 'mongodb']);

/**
 * Whether what stands in `before` was in the row. Of other databases the log may hold some columns alone, and Debezium fills in the
 * others: with null, nought, an empty text, or what the column has by default.
 */
export function isFormer(
  { connector, columns }: ChangeRecord,
  { name, isKey }: { readonly name: string; readonly isKey: boolean },
  value: unknown,
  { text }: Cell,
): boolean {
  if (WHOLE_BEFORE.has(connector)) return true;
  if (text === null || text === undefined || FILLERS.has(text)) return false;
  const column = columns?.get(name);
  if (!column) return isKey;
  return column.preset === undefined || writeJson(column.preset) !== writeJson(value);
}

const FILLERS: ReadonlySet<string> = new Set(['', '0', 'false', '{}', '[]']);
