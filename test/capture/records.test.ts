import * as fc from 'fast-check';
import { readChange } from '../../src/capture/debezium';
import type { MappedSchema } from '../../src/capture/mapping';
import { RecordMapping, type RecordTags } from '../../src/capture/record-mapping';
import { cellOf } from '../../src/capture/record-values';
import { LastmileError } from '../../src/report/error';
import {
  BESIDE,
  cloudEvent,
  mongo,
  mysql,
  oracle,
  postgres,
  sqlServer,
  withSchema,
  type Parts,
} from './envelopes';
import { mappedSchema } from './forum-tables';

const schema = mappedSchema(`
  type Product @table(name: "product", lists: ["price"]) @table(name: "SHOP.PRODUCT") { id: ID! price: Int }
  type Person @key(fields: "id") @table(name: "person") { id: ID! name: String }
  type Review @table(name: "review") @table(name: "SHOP.REVIEW") { id: ID! author: Person text: String }
  type Page @key(fields: "slug") @table(name: "page") { slug: String! }
  type Day @key(fields: "date") @table(name: "day") { date: Date! } scalar Date
  type Order @key(fields: "region number") @table(name: "orders", key: "region number") { region: ID! number: Int! }
  extend type Product @table(name: "public.outbox", key: "", tags: ["Product:{$row.aggregate_id}", "shelf-{$row.shelf}"])
`);

function read(record: unknown, of: RecordMapping = new RecordMapping(schema)): RecordTags {
  const change = readChange(typeof record === 'string' ? record : JSON.stringify(record));
  if (!change) throw new Error('it is no change');
  return of.tagsOf(change);
}

function tagsOf(record: unknown, of?: RecordMapping): string[] {
  return [...(read(record, of).tags ?? [])].toSorted();
}

const REVIEW = { id: 7, product_id: 3, author_id: 2, text: 'a b' };
const MOVED = { ...REVIEW, product_id: 4 };
const FIELDS = [
  { field: 'id', type: 'int32' },
  { field: 'product_id', type: 'int32', default: 9 },
  { field: 'author_id', type: 'int64' },
  { field: 'text', type: 'string' },
];

describe('a record of a change', () => {
  it.each<[string, Parts, string[]]>([
    [
      'inserted, of PostgreSQL',
      postgres('c', { after: REVIEW }),
      ['Person:2', 'Product:3', 'Review:7', '[Review]'],
    ],
    [
      'updated, whose former parents are not known: their types',
      postgres('u', { after: REVIEW }),
      ['Person', 'Product', 'Review:7', '[Person]', '[Product]', '[Review]'],
    ],
    [
      'moved, of MySQL: both parents',
      mysql('u', { before: REVIEW, after: MOVED }),
      ['Person:2', 'Product:3', 'Product:4', 'Review:7', '[Review]'],
    ],
    [
      'moved, of SQL Server',
      sqlServer('u', { before: REVIEW, after: MOVED }),
      ['Person:2', 'Product:3', 'Product:4', 'Review:7', '[Review]'],
    ],
    [
      'moved, of PostgreSQL that logs rows whole, with its schema',
      withSchema(postgres('u', { before: REVIEW, after: MOVED }), FIELDS),
      ['Person:2', 'Product:3', 'Product:4', 'Review:7', '[Review]'],
    ],
    [
      'deleted, of PostgreSQL: what Debezium fills in is no value',
      withSchema(postgres('d', { before: { id: 7, product_id: 9, author_id: 0, text: null } }), FIELDS),
      ['Person', 'Product', 'Review:7', '[Person]', '[Product]', '[Review]'],
    ],
    [
      'deleted, of MySQL',
      mysql('d', { before: { ...REVIEW, author_id: null } }),
      ['Product:3', 'Review:7', '[Review]'],
    ],
    [
      'of Oracle, with numbers as it has them',
      withSchema(
        oracle('c', { after: { ID: { scale: 0, value: 'AfQ=' }, PRODUCT_ID: 'Aw==', AUTHOR_ID: null } }),
        [
          { field: 'ID', type: 'struct', name: 'io.debezium.data.VariableScaleDecimal' },
          {
            field: 'PRODUCT_ID',
            type: 'bytes',
            name: 'org.apache.kafka.connect.data.Decimal',
            parameters: { scale: '0' },
          },
          { field: 'AUTHOR_ID', type: 'int64' },
        ],
      ),
      ['Product:3', 'Review:500', '[Review]'],
    ],
    [
      'of MongoDB, a document as text',
      mongo('u', {
        after: { _id: { $oid: '596e275826f08b2730779e1f' }, author: { $numberLong: '9007199254740993' } },
        before: { _id: { $oid: '596e275826f08b2730779e1f' }, author: 5 },
      }),
      ['Person:5', 'Person:9007199254740993', 'Review:596e275826f08b2730779e1f', '[Review]'],
    ],
    [
      'in a CloudEvent',
      cloudEvent(postgres('c', { after: REVIEW })),
      ['Person:2', 'Product:3', 'Review:7', '[Review]'],
    ],
    [
      'in a CloudEvent with its schema',
      cloudEvent(mysql('d', { before: REVIEW }), (data) => withSchema(data, FIELDS)),
      ['Person:2', 'Product:3', 'Review:7', '[Review]'],
    ],
    [
      'whose columns for lists are as they were',
      mysql('u', { before: { id: 3, price: 1 }, after: { id: 3, price: 1 } }, { table: 'product' }),
      ['Product:3'],
    ],
    [
      'whose column for lists has changed beyond what a double holds',
      mysql(
        'u',
        { before: { id: 3, price: '@1' }, after: { id: 3, price: '@2' } },
        { table: 'product', db: 'other' },
      ),
      ['Product:3', '[Product]'],
    ],
    [
      'with a key of several columns, of which one is text',
      mysql('c', { after: { number: 9, region: 'eu-1' } }, { table: 'orders' }),
      ['Order:eu-1:9', '[Order]'],
    ],
    [
      'whose key is not the primary one, and may have been another: the type',
      postgres('u', { after: { id: 1, slug: 'a-b' } }, { table: 'page' }),
      ['Page', '[Page]'],
    ],
    [
      'whose key may be a number in base64: the type',
      mysql('c', { after: { id: 1, slug: 'shoe' } }, { table: 'page' }),
      ['Page', '[Page]'],
    ],
    [
      'whose key is text, as its schema says',
      withSchema(mysql('c', { after: { slug: 'shoe' } }, { table: 'page' }), [
        { field: 'slug', type: 'string' },
      ]),
      ['Page:shoe', '[Page]'],
    ],
    [
      'whose key is a date: the type',
      mysql('c', { after: { date: 20_000 } }, { table: 'day' }),
      ['Day', '[Day]'],
    ],
    [
      'with a large value that is as it was',
      postgres(
        'u',
        { before: null, after: { id: 3, price: '__debezium_unavailable_value' } },
        { table: 'product' },
      ),
      ['Product:3'],
    ],
    [
      'of an outbox',
      postgres('c', { after: { id: 'x-1', aggregate_id: '7', shelf: 'tools-2' } }, { table: 'outbox' }),
      ['#shelf-tools-2', 'Product:7'],
    ],
    ['of a snapshot', postgres('r', { after: REVIEW }, { snapshot: 'first' }), []],
    ['that ends a snapshot: everything', postgres('r', { after: REVIEW }, { snapshot: 'last' }), ['*']],
    [
      'that empties a table, with its schema',
      withSchema(postgres('t'), FIELDS),
      ['Person', 'Product', 'Review', '[Person]', '[Product]', '[Review]'],
    ],
    ['that empties a table of which nothing is known: everything', postgres('t'), ['*']],
  ])('%s', (_, record, tags) => {
    const text = JSON.stringify(record)
      .replace('"@1"', '9007199254740992')
      .replace('"@2"', '9007199254740993');
    expect(tagsOf(text)).toEqual(tags);
  });

  it('remembers the columns of a table for what has no row', () => {
    const mapping = new RecordMapping(schema);
    tagsOf(mongo('c', { after: { _id: 1, product_id: 2 } }), mapping);
    expect(tagsOf(mongo('d'), mapping)).toEqual(['Product', 'Review', '[Product]', '[Review]']);
    expect(tagsOf(mongo('d'))).toEqual(['*']);
  });

  it('P46 remembers few of many kinds of rows with many columns, and purges by each', () => {
    const mapping = new RecordMapping(schema);
    for (let kind = 0; kind < 60; kind++) {
      const members = Array.from({ length: 500 }, (_, at) => [`reader ${kind} ${'x'.repeat(80)} ${at}`, at]);
      const document = { _id: kind, product_id: 2, ...Object.fromEntries(members) };
      const record = mongo('c', { after: document });
      expect(tagsOf(record, mapping)).toContain(`Review:${kind}`);
    }
    expect(mapping.plans).toBeLessThan(30);
  });

  it('is of a table by each of its names, and of none by another', () => {
    const of = (name: string): MappedSchema =>
      mappedSchema(`type Review @table(name: "${name}") { id: ID! }`);
    const names: [Parts, string[], string[]][] = [
      [postgres('c', { after: REVIEW }), ['review', 'public.review', 'shop.public.review'], ['shop.review']],
      [mysql('c', { after: REVIEW }), ['review', 'shop.review'], ['other.review']],
      [sqlServer('c', { after: REVIEW }), ['review', 'dbo.review', 'shop.dbo.review'], ['shop.review']],
      [postgres('c', { after: REVIEW }, { schema: 'app' }), ['app.review'], ['review', 'public.review']],
    ];
    for (const [record, own, others] of names) {
      for (const name of own)
        expect([name, tagsOf(record, new RecordMapping(of(name)))]).toEqual([name, ['Review:7', '[Review]']]);
      for (const name of others)
        expect([name, read(record, new RecordMapping(of(name))).tags]).toEqual([name, undefined]);
    }
  });

  it('takes a key that a document does not have for any', () => {
    const own = mappedSchema(`type Review @table(name: "review", key: "no") { id: ID! }`);
    const { tags, notes } = read(mongo('c', { after: { _id: 1 } }), new RecordMapping(own));
    expect([...tags!]).toEqual(['Review', '[Review]']);
    expect(notes).toEqual([expect.objectContaining({ note: expect.stringContaining('no column no') })]);
  });

  it('says once what it cannot know, with its remedy', () => {
    const open = mappedSchema(`type Review @table(name: "review", parents: ["owner_no"]) { id: ID! }`);
    const unknown = read(mysql('c', { after: { id: 1, owner_no: 2 } }), new RecordMapping(open));
    expect([...unknown.tags!]).toEqual(['*']);
    expect(unknown.notes[0]).toMatchObject({
      table: 'public.review',
      note: expect.stringContaining('owner_no'),
    });
    const narrowed = mappedSchema(`
      type Product @table(name: "product") { id: ID! } type Person @table(name: "person") { id: ID! }
      type Review @table(name: "review", parents: ["product_id"]) { id: ID! author: Person }`);
    expect(tagsOf(mysql('c', { after: REVIEW }), new RecordMapping(narrowed))).toEqual([
      'Product:3',
      'Review:7',
      '[Review]',
    ]);
    const { notes } = read(mysql('c', { after: { slug: 'shoe' } }, { table: 'page' }));
    expect(notes[0]!.remedy).toContain('schemas.enable=true');
  });

  it.each(Object.entries(BESIDE))('is none: %s', (_, body) => {
    expect(readChange(body)).toBeUndefined();
  });

  it.each<[string, string]>([
    ['nothing of JSON', 'op=c'],
    ['a list', '[1]'],
    ['a flat row', '{"id":7,"product_id":3}'],
    ['a flat row with its schema', JSON.stringify(withSchema(REVIEW, FIELDS))],
    ['an operation there is not', JSON.stringify(postgres('x'))],
    ['no source', '{"op":"c","after":{"id":7}}'],
    ['no table', JSON.stringify(postgres('c', {}, { table: null }))],
    ['a table no database has', JSON.stringify(postgres('c', {}, { table: 't'.repeat(1001) }))],
    ['a row that is a list', JSON.stringify(postgres('c', { after: [7] }))],
    ['a document that is none', JSON.stringify({ ...mongo('c'), after: '{"_id":' })],
    ['a CloudEvent in Avro', '{"specversion":"1.0","iodebeziumop":"c","data_base64":"AAA="}'],
    ['what nests too deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ])('is refused with a sentence: %s', (_, body) => {
    const error = ((): unknown => {
      try {
        return readChange(body);
      } catch (cause) {
        return cause;
      }
    })();
    expect(error).toBeInstanceOf(LastmileError);
    expect(error).toMatchObject({ code: 'BAD_CHANGE', detail: expect.stringMatching(/^[A-Z`].*\.$/) });
  });

  it('has one identity for one change, and none where its place is not known', () => {
    const identity = (record: Parts) => readChange(JSON.stringify(record))!.identity;
    for (const make of [postgres, mysql, sqlServer]) {
      const record = make('c', { after: REVIEW });
      expect(identity(record)).toBe(identity({ ...record, ts_ms: 1 }));
      expect(identity(record)).toBeDefined();
      expect(identity(record)).not.toBe(identity(make('c', { after: MOVED })));
    }
    const far = (pos: number) => identity(mysql('c', { after: REVIEW }, { pos }));
    expect(far(4331)).not.toBe(far(4332));
    expect(identity(oracle('c', { after: REVIEW }))).toBeUndefined();
    expect(identity(postgres('c', { after: REVIEW }, { lsn: null }))).toBeUndefined();
  });
});

it('takes for unknown what nests deeper than can be written, and is soon done with digits without end', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  expect(cellOf(deep, undefined, new Set(['ID']))).toMatchObject({ text: undefined, isPlain: false });
  const meaning = 'org.apache.kafka.connect.data.Decimal';
  const column = { type: 'bytes', meaning, scale: 0, preset: undefined };
  expect(cellOf('AfQ=', column, new Set())).toMatchObject({ text: '500', isPlain: true });
  expect(cellOf('A'.repeat(4_000_000), column, new Set())).toMatchObject({ isPlain: false, isTold: false });
});

it('reads anything without a fault of its own', () => {
  const mapping = new RecordMapping(schema);
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(7, '7', null, 'shoe', 1e21, '__proto__'),
  );
  const row = fc.oneof(
    fc.constant(null),
    value,
    fc.dictionary(
      fc.constantFrom('id', '_id', 'product_id', '__proto__', 'constructor', 'slug', 'price'),
      value,
    ),
  );
  const record = fc.tuple(
    fc.constantFrom(postgres, mysql, sqlServer, oracle),
    fc.constantFrom('c', 'u', 'd', 'r', 't', 'm', 'x', ''),
    fc.record({ before: row, after: row }, { requiredKeys: [] }),
    fc.record(
      {
        table: fc.oneof(fc.constantFrom('review', 'product', 'page', 'outbox', 'orders'), value),
        snapshot: value,
      },
      { requiredKeys: [] },
    ),
    fc.constantFrom(
      (one: Parts) => one,
      cloudEvent,
      (one: Parts) => withSchema(one, FIELDS),
    ),
  );
  const body = fc.oneof(
    record.map(([make, op, parts, source, wrap]) => JSON.stringify(wrap(make(op, parts, source)))),
    fc.json(),
    fc.string(),
  );
  fc.assert(
    fc.property(body, (text) => {
      try {
        const change = readChange(text);
        if (change) mapping.tagsOf(change);
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_CHANGE' });
      }
    }),
    { numRuns: 500 },
  );
});
