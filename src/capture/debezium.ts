import { createHash } from 'node:crypto';
import { readJson, writeJson } from '../json/exact-number';
import { LastmileError } from '../report/error';

/** A row or a document as a record has it: values of JSON, numbers with all their digits. */
export type RecordRow = ReadonlyMap<string, unknown>;

/** What the schema in a record says of one column. */
export interface RecordColumn {
  /** `int64`, `string`, `bytes`, ... */
  readonly type: string;
  /** what such a value means beyond its type: `io.debezium.time.Date`; undefined: nothing */
  readonly meaning: string | undefined;
  /** of a decimal: digits behind the point */
  readonly scale: number | undefined;
  /** undefined: it has none */
  readonly preset: unknown;
}

/** A change as Debezium tells of it, whatever the database. */
export interface ChangeRecord {
  /** `postgresql`, `mysql`, `sqlserver`, `mongodb`, ... */
  readonly connector: string;
  /** how `@table(name:)` may write its table: `public.review`, `shop.public.review` */
  readonly names: readonly string[];
  readonly kind: 'insert' | 'update' | 'delete' | 'truncate' | 'snapshot';
  /** of a snapshot: what came before it is not in the stream, and this is its end */
  readonly isLast: boolean;
  readonly before: RecordRow | undefined;
  readonly after: RecordRow | undefined;
  /** undefined: the record came without its schema */
  readonly columns: ReadonlyMap<string, RecordColumn> | undefined;
  /** equal for the same change alone, however often it is sent; undefined: it says too little of its place in the database's log */
  readonly identity: string | undefined;
}

/** A record without what was around it: CloudEvents, and the schema. */
interface Envelope {
  readonly op: unknown;
  readonly source: Members;
  readonly before: unknown;
  readonly after: unknown;
  readonly columns: ChangeRecord['columns'];
}

type Members = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, ChangeRecord['kind']>> = {
  c: 'insert',
  u: 'update',
  d: 'delete',
  t: 'truncate',
  r: 'snapshot',
};

/**
 * Reads a record as Debezium's sinks send it: the envelope, with its schema around it or without, and with a CloudEvent around that or
 * without (structured mode, JSON). Pure.
 *
 * @returns undefined for what changes no row: a tombstone, a heartbeat, the bounds of a transaction, a change of the schema, a message
 * @throws LastmileError BAD_CHANGE, with a detail that the sender may see
 */
export function readChange(body: string): ChangeRecord | undefined {
  if (body.trim() === '') return undefined;
  try {
    const envelope = envelopeOf(readJson(body));
    return envelope && changeOf(envelope);
  } catch (error) {
    if (error instanceof LastmileError) throw error;
    // It nests deeper than can be read, or is none.
    throw bad('The body is not JSON.', error);
  }
}

function bad(detail: string, cause?: unknown): LastmileError {
  return new LastmileError('BAD_CHANGE', detail, { cause });
}

function envelopeOf(value: unknown): Envelope | undefined {
  if (value === null) return undefined;
  if (!isMembers(value)) throw bad('The body is no object of JSON.');
  if (typeof value['specversion'] === 'string') return ofCloudEvent(value);
  const { payload, columns } = unwrapped(value);
  if (payload === null) return undefined;
  if (!isMembers(payload)) throw bad('`payload` is no object.');
  const { op, source, before, after } = payload;
  if (op === undefined) {
    if (isBeside(payload)) return undefined;
    throw bad('It has no `op`.');
  }
  if (!isMembers(source)) throw bad('It has no `source`.');
  return { op, source, before, after, columns };
}

/** Debezium puts `op` and what is in `source` into attributes of the event: `iodebeziumop`, `iodebeziumtable`. */
function ofCloudEvent(event: Members): Envelope | undefined {
  const { data } = event;
  if (data === null || data === undefined) {
    if (event['data_base64'] !== undefined) throw bad('`data` of the CloudEvent is not JSON.');
    return undefined;
  }
  if (!isMembers(data)) throw bad('`data` of the CloudEvent is no object.');
  const { payload, columns } = unwrapped(data);
  if (payload === null) return undefined;
  if (!isMembers(payload)) throw bad('`payload` of the CloudEvent is no object.');
  const op = event['iodebeziumop'] ?? payload['op'];
  if (op === undefined || op === null) {
    if (isBeside(payload)) return undefined;
    throw bad('The CloudEvent has no `iodebeziumop`.');
  }
  const attributes = Object.entries(event).flatMap(([name, value]) =>
    name.startsWith('iodebezium') ? [[name.slice('iodebezium'.length), value]] : [],
  );
  const source = isMembers(payload['source'])
    ? payload['source']
    : { ...(Object.fromEntries(attributes) as Members), id: event['id'] };
  return { op, source, before: payload['before'], after: payload['after'], columns };
}

function unwrapped(value: Members): { payload: unknown; columns: ChangeRecord['columns'] } {
  if (!Object.hasOwn(value, 'payload') || !Object.hasOwn(value, 'schema'))
    return { payload: value, columns: undefined };
  return { payload: value['payload'], columns: columnsOf(value['schema']) };
}

/** What Debezium sends beside changes: heartbeats, transactions, and what was done to tables. */
function isBeside(payload: Members): boolean {
  const names = Object.keys(payload);
  const isHeartbeat = names.includes('ts_ms') && names.every((name) => /^ts_[mun]s$/.test(name));
  const isTransaction = payload['status'] === 'BEGIN' || payload['status'] === 'END';
  return isHeartbeat || isTransaction || names.includes('ddl') || names.includes('tableChanges');
}

/** No database takes so long a name, and names are kept and told of. */
const LONGEST_NAME = 1000;

function changeOf({ op, source, before, after, columns }: Envelope): ChangeRecord | undefined {
  // A message that the database's log was told.
  if (op === 'm') return undefined;
  const kind = typeof op === 'string' && Object.hasOwn(KINDS, op) ? KINDS[op] : undefined;
  if (!kind) throw bad('Its `op` is none of c, u, d, r, t and m.');
  const connector = textOf(source['connector']) ?? '';
  const names = namesOf(source, connector);
  if (names.length === 0) throw bad('Its `source` names no table and no collection.');
  if (names.some(({ length }) => length > LONGEST_NAME))
    throw bad(`Its \`source\` names a table by more than ${LONGEST_NAME} characters.`);
  const read = (row: unknown, name: string): RecordRow | undefined => {
    // MongoDB's documents are texts.
    const value = typeof row === 'string' && connector === 'mongodb' ? documentOf(row, name) : row;
    if (value === null || value === undefined) return undefined;
    if (!isMembers(value)) throw bad(`\`${name}\` is no row.`);
    return new Map(Object.entries(value));
  };
  const place = kind === 'snapshot' ? undefined : placeOf(source, connector);
  return {
    connector,
    names,
    kind,
    isLast: String(source['snapshot']) === 'last',
    before: read(before, 'before'),
    after: read(after, 'after'),
    columns,
    identity: place && digest([source, op, before, after]),
  };
}

function documentOf(text: string, name: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    throw bad(`\`${name}\` is no document of JSON.`, error);
  }
}

/** Where schemas are, `public.review` and `shop.public.review`; else `shop.review`. */
function namesOf(source: Members, connector: string): string[] {
  const [db, schema] = [textOf(source['db']), textOf(source['schema'])];
  const table = textOf(source['table']) ?? textOf(source['collection']);
  if (table === undefined) return [];
  const names = [
    ...(schema === undefined ? [] : [`${schema}.${table}`]),
    ...(db === undefined ? [] : [schema === undefined ? `${db}.${table}` : `${db}.${schema}.${table}`]),
    // A name without a dot is read as one in `public`, and elsewhere is one wherever it is.
    ...(connector === 'postgresql' ? [] : [`public.${table}`]),
  ];
  return [...new Set(names)];
}

/** What tells a change from any other of its database; of others, such as Oracle's, that is not sure. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  postgresql: ['lsn'],
  mysql: ['file', 'pos', 'row'],
  mariadb: ['file', 'pos', 'row'],
  sqlserver: ['commit_lsn', 'change_lsn', 'event_serial_no'],
  mongodb: ['ts_ms', 'ord'],
};

function placeOf(source: Members, connector: string): readonly string[] | undefined {
  const names = Object.hasOwn(PLACES, connector) ? PLACES[connector]! : [];
  // Attributes of CloudEvents have no underscores.
  const values = names.flatMap((name) => textOf(source[name] ?? source[name.replaceAll('_', '')]) ?? []);
  return names.length > 0 && values.length === names.length ? values : undefined;
}

function columnsOf(schema: unknown): ReadonlyMap<string, RecordColumn> | undefined {
  const rows = fieldsOf(schema).filter(({ field }) => field === 'after' || field === 'before');
  const columns = rows.flatMap(fieldsOf).flatMap((column): [string, RecordColumn][] => {
    const { field, type, name, parameters } = column;
    if (typeof field !== 'string' || typeof type !== 'string') return [];
    const scale = isMembers(parameters) ? Number(textOf(parameters['scale'])) : NaN;
    const meaning = typeof name === 'string' ? name : undefined;
    return [
      [
        field,
        { type, meaning, scale: Number.isInteger(scale) ? scale : undefined, preset: column['default'] },
      ],
    ];
  });
  return columns.length > 0 ? new Map(columns) : undefined;
}

function fieldsOf(schema: unknown): Members[] {
  const fields = isMembers(schema) ? schema['fields'] : undefined;
  return Array.isArray(fields) ? fields.filter(isMembers) : [];
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** @returns undefined for nothing, for an empty text, and for what is neither text nor number */
function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '' || isMembers(value) || Array.isArray(value))
    return undefined;
  return String(value);
}

function digest(value: unknown): string {
  return createHash('sha256').update(writeJson(value)).digest('base64url');
}
