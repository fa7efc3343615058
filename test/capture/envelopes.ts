/** Records as the guides of Debezium's connectors show them, of a shop's reviews and products. */

/** What a record is made of: each may be replaced. */
export type Parts = Record<string, unknown>;

/** PostgreSQL with REPLICA IDENTITY FULL has `before` whole; with the default one it is null, and of a delete has the key alone. */
export function postgres(op: string, parts: Parts = {}, source: Parts = {}): Parts {
  return {
    before: null,
    after: null,
    source: {
      version: '3.1.0.Final',
      connector: 'postgresql',
      name: 'shop',
      ts_ms: 1760000000000,
      snapshot: 'false',
      db: 'shop',
      sequence: '["33656800","33656928"]',
      ts_us: 1760000000000123,
      schema: 'public',
      table: 'review',
      txId: 812,
      lsn: 33656928,
      xmin: null,
      ...source,
    },
    op,
    ts_ms: 1760000000120,
    transaction: null,
    ...parts,
  };
}

/** The binlog has rows whole. */
export function mysql(op: string, parts: Parts = {}, source: Parts = {}): Parts {
  return {
    before: null,
    after: null,
    source: {
      version: '3.1.0.Final',
      connector: 'mysql',
      name: 'shop',
      ts_ms: 1760000000000,
      snapshot: 'false',
      db: 'shop',
      sequence: null,
      table: 'review',
      server_id: 1,
      gtid: null,
      file: 'binlog.000003',
      pos: 4331,
      row: 0,
      thread: 36,
      query: null,
      ...source,
    },
    op,
    ts_ms: 1760000000120,
    transaction: null,
    ...parts,
  };
}

export function sqlServer(op: string, parts: Parts = {}, source: Parts = {}): Parts {
  return {
    before: null,
    after: null,
    source: {
      version: '3.1.0.Final',
      connector: 'sqlserver',
      name: 'shop',
      ts_ms: 1760000000000,
      snapshot: 'false',
      db: 'shop',
      sequence: null,
      schema: 'dbo',
      table: 'review',
      change_lsn: '00000027:00000758:0003',
      commit_lsn: '00000027:00000758:0005',
      event_serial_no: 1,
      ...source,
    },
    op,
    ts_ms: 1760000000120,
    transaction: null,
    ...parts,
  };
}

export function oracle(op: string, parts: Parts = {}, source: Parts = {}): Parts {
  return {
    before: null,
    after: null,
    source: {
      version: '3.1.0.Final',
      connector: 'oracle',
      name: 'shop',
      ts_ms: 1760000000000,
      snapshot: 'false',
      db: 'ORCLPDB1',
      sequence: null,
      schema: 'SHOP',
      table: 'REVIEW',
      txId: '6.28.807',
      scn: '2122185',
      commit_scn: '2122185',
      rs_id: '001234.00012345.0124',
      ssn: 1,
      redo_thread: 1,
      ...source,
    },
    op,
    ts_ms: 1760000000120,
    transaction: null,
    ...parts,
  };
}

/** Documents are texts of extended JSON. @param after, before undefined: the record has none */
export function mongo(op: string, { after, before }: { after?: unknown; before?: unknown } = {}): Parts {
  const text = (document: unknown) => (document === undefined ? null : JSON.stringify(document));
  return {
    before: text(before),
    after: text(after),
    updateDescription:
      op === 'u' ? { removedFields: null, truncatedArrays: null, updatedFields: '{"text": "b"}' } : null,
    source: {
      version: '3.1.0.Final',
      connector: 'mongodb',
      name: 'shop',
      ts_ms: 1760000000000,
      snapshot: 'false',
      db: 'shop',
      sequence: null,
      rs: 'rs0',
      collection: 'review',
      ord: 31,
      lsid: null,
      txnNumber: null,
    },
    op,
    ts_ms: 1760000000120,
    transaction: null,
  };
}

/** A column of the schema that a record brings, as Kafka Connect's JSON converter writes it. */
export interface FieldParts {
  readonly field: string;
  readonly type: string;
  readonly name?: string;
  readonly parameters?: Record<string, string>;
  readonly default?: unknown;
}

export function withSchema(payload: unknown, fields: readonly FieldParts[]): Parts {
  const row = (field: string) => ({
    type: 'struct',
    optional: true,
    name: 'shop.public.review.Value',
    field,
    fields,
  });
  const source = {
    type: 'struct',
    optional: false,
    name: 'io.debezium.connector.postgresql.Source',
    field: 'source',
    fields: [],
  };
  return {
    schema: {
      type: 'struct',
      optional: false,
      name: 'shop.public.review.Envelope',
      version: 2,
      fields: [row('before'), row('after'), source, { type: 'string', optional: false, field: 'op' }],
    },
    payload,
  };
}

/** A record in a CloudEvent, structured: what is in `source` becomes attributes, all of them texts. */
export function cloudEvent(record: Parts, schema?: (data: Parts) => Parts): Parts {
  const { source, op, before, after, ts_ms } = record as { source: Parts; op: string } & Parts;
  const { connector, name, lsn, txId } = source;
  const attributes = Object.entries(source).map(([key, value]) => [
    `iodebezium${key.replaceAll('_', '').toLowerCase()}`,
    value === null ? null : String(value),
  ]);
  const data = { before, after };
  return {
    id: `name:${String(name)};lsn:${String(lsn)};txId:${String(txId)}`,
    source: `/debezium/${String(connector)}/${String(name)}`,
    specversion: '1.0',
    type: `io.debezium.connector.${String(connector)}.DataChangeEvent`,
    time: new Date(Number(ts_ms)).toISOString(),
    datacontenttype: 'application/json',
    iodebeziumop: op,
    ...(Object.fromEntries(attributes) as Parts),
    data: schema ? schema(data) : data,
  };
}

/** What Debezium sends beside changes of rows, by what it is. */
export const BESIDE: Readonly<Record<string, string>> = {
  'a tombstone': '',
  'a tombstone as JSON': 'null',
  'a tombstone with its schema': '{"schema":null,"payload":null}',
  'a heartbeat': '{"ts_ms":1760000000120}',
  'the begin of a transaction':
    '{"status":"BEGIN","id":"812:33656928","ts_ms":1760000000120,"event_count":null,"data_collections":null}',
  'the end of a transaction':
    '{"status":"END","id":"812:33656928","ts_ms":1760000000120,"event_count":2,"data_collections":[{"data_collection":"public.review","event_count":2}]}',
  'a change of a table':
    '{"source":{"connector":"mysql","name":"shop","db":"shop"},"ts_ms":1760000000120,"databaseName":"shop","schemaName":null,"ddl":"alter table review add text text","tableChanges":[]}',
  'a message of the log': JSON.stringify({
    op: 'm',
    ts_ms: 1760000000120,
    source: { connector: 'postgresql', db: 'shop', schema: '', table: '', lsn: 33656928 },
    message: { prefix: 'p', content: 'aGk=' },
  }),
};
