import { Client } from 'pg';
import {
  outlinePublished,
  readCatalogue,
  type CatalogueTable,
  type DatabaseCatalogue,
  type RunSql,
} from '../../src/capture/catalogue';
import { Mapping } from '../../src/capture/mapping';
import { findUnpublished } from '../../src/capture/setup';
import { cleanupAfterAll } from '../kit/cleanup';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { mappedSchema } from './forum-tables';

const cleanup = cleanupAfterAll();
let postgres: PostgresServer;
/** as a role that may read no table */
let run: RunSql;
let read: DatabaseCatalogue;

const of = (name: string): CatalogueTable => {
  const found = [...read.tables.values()].find((table) => `${table.schema}.${table.name}` === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

beforeAll(async () => {
  postgres = cleanup.add(await startPostgres({ wal_level: 'logical' }));
  await postgres.createDatabase('forum');
  await postgres.sql(
    `create schema shop; create domain code as text; create type mood as enum ('calm');
    create table shop.author(id int primary key, code code unique not null, born date, mood mood);
    create table post(region text, number bigint, author_id int references shop.author, code code references shop.author (code),
      parent_number bigint, parent_region text, gone int, primary key (number, region),
      foreign key (parent_region, parent_number) references post (region, number));
    alter table post drop column gone; alter table post replica identity full;
    create table event(id int, at date, primary key (id, at)) partition by range (at);
    create table event_2026 partition of event for values from ('2026-01-01') to ('2027-01-01');
    create table measure(id int, at date, primary key (id, at)) partition by range (at);
    create table measure_2026 partition of measure for values from ('2026-01-01') to ('2027-01-01');
    create table base(id int primary key); create table derived() inherits (base);
    create unlogged table counter(id int primary key);
    create view popular as select post.number from post join shop.author on author.id = author_id;
    create materialized view totals as select count(*) from post;
    create publication p for table post, event with (publish_via_partition_root = true);
    create publication single for table measure;
    create publication keyless for table base (id) with (publish = 'insert, truncate');`,
    'forum',
  );
  await postgres.sql('create role reader login', 'forum');
  const client = new Client({ connectionString: postgres.url('forum').replace('postgres@', 'reader@') });
  await client.connect();
  cleanup.later(() => client.end());
  run = async (text, values) => (await client.query(text, values as unknown[])).rows;
  read = await readCatalogue(run, ['p', 'single', 'keyless'], 150_000);
});

it('keys are read in their order, also by a role that may read no table', () => {
  expect(of('public.post').key).toEqual(['number', 'region']);
  expect(of('shop.author').key).toEqual(['id']);
  expect(of('public.derived').key).toEqual([]);
});

it('foreign keys are read with the columns that they refer to', () => {
  const post = of('public.post');
  const author = of('shop.author').oid;
  expect(post.foreignKeys.toSorted((a, b) => a.columns[0]!.localeCompare(b.columns[0]!))).toEqual([
    { columns: ['author_id'], parent: author, parentColumns: ['id'] },
    { columns: ['code'], parent: author, parentColumns: ['code'] },
    { columns: ['parent_region', 'parent_number'], parent: post.oid, parentColumns: ['region', 'number'] },
  ]);
});

it('columns are plain that every API shows alike, those of a domain as well', () => {
  const plain = of('shop.author').columns.map(({ name, isPlain }) => [name, isPlain]);
  expect(plain).toEqual([
    ['id', true],
    ['code', true],
    ['born', false],
    ['mood', false],
  ]);
  expect(of('public.post').columns.map(({ name }) => name)).not.toContain('gone');
});

it('what the log holds of a table is read', () => {
  expect(of('public.post').identity).toBe('full');
  expect(of('shop.author').identity).toBe('default');
  expect(of('public.counter')).toMatchObject({ isLogged: false, kind: 'table' });
  expect(of('public.popular')).toMatchObject({
    isLogged: false,
    kind: 'view',
    reads: ['public.post', 'shop.author'],
  });
  expect(of('public.totals')).toMatchObject({ kind: 'materialized view', reads: ['public.post'] });
});

it('partitions, and what inherits, are rows of the table above as well', () => {
  expect(read.ancestors.get(of('public.event_2026').oid)).toEqual([of('public.event').oid]);
  expect(read.ancestors.get(of('public.derived').oid)).toEqual([of('public.base').oid]);
});

it('what the publications hand on is read, and where they leave something out', () => {
  const none = { inserts: false, updates: false, deletes: false, truncates: false, isPartial: false };
  const whole = { inserts: true, updates: true, deletes: true, truncates: true, isPartial: false };
  expect(of('public.post').publication).toEqual(whole);
  expect(of('public.event').publication).toEqual(whole);
  expect(of('public.event_2026').publication).toEqual(whole);
  expect(of('shop.author').publication).toEqual(none);
  expect(of('public.base').publication).toEqual({ ...none, inserts: true, truncates: true, isPartial: true });
});

it('a table and its partitions are published together, under whose name they may be', () => {
  for (const [name, isUnderRoot] of [
    ['event', false],
    ['event_2026', true],
    ['measure', false],
    ['measure_2026', false],
  ] as const)
    expect(of(`public.${name}`)).toMatchObject({ publication: { truncates: true }, isUnderRoot });
  // What inherits is no partition.
  expect(of('public.derived')).toMatchObject({ isUnderRoot: false });
  const types = mappedSchema(
    `type Event @table(name: "event") { id: ID! } type Measure @table(name: "measure") { id: ID! }`,
  );
  expect(findUnpublished(new Mapping(types, read))).toEqual({ mapped: [], children: [] });
});

it('the outline of what is published changes when a table takes the name of another', async () => {
  // In a schema that the role may not use.
  await postgres.sql(
    `create table shop.one(id int primary key); create table shop.two(id int primary key);
    create publication outlined for table shop.one, shop.two`,
    'forum',
  );
  const before = await outlinePublished(run, ['outlined']);
  expect(await outlinePublished(run, ['outlined'])).toBe(before);
  await postgres.sql(
    `begin; alter table shop.one rename to former; alter table shop.two rename to one; alter table shop.former rename to two; commit`,
    'forum',
  );
  expect(await outlinePublished(run, ['outlined'])).not.toBe(before);
});

it('the outline changes when a partition comes, is emptied by itself, or goes', async () => {
  const outlines = [await outlinePublished(run, ['p'])];
  for (const sql of [
    `create table event_2027 partition of event for values from ('2027-01-01') to ('2028-01-01')`,
    'truncate event_2027',
    'alter table event detach partition event_2027',
  ]) {
    await postgres.sql(sql, 'forum');
    outlines.push(await outlinePublished(run, ['p']));
  }
  // Detached it is as it was before it came.
  expect(new Set(outlines.slice(0, 3)).size).toBe(3);
  expect(outlines[3]).toBe(outlines[0]);
});
