import type { RowIdentity } from './pgoutput';

/** What PostgreSQL's catalogue says of its tables, as far as purging needs it. Pure data: {@link readCatalogue} reads it. */
export interface DatabaseCatalogue {
  readonly tables: ReadonlyMap<number, CatalogueTable>;
  /** a partition, or a table that inherits -> what its rows are rows of as well, the nearest first */
  readonly ancestors: ReadonlyMap<number, readonly number[]>;
}

export interface CatalogueTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view' | 'foreign table';
  /** false: nothing of it is in the log */
  readonly isLogged: boolean;
  readonly identity: RowIdentity;
  /** the columns that the log holds of a row as it was, by the identity; of `full` all */
  readonly identityColumns: readonly string[];
  /** the columns of the primary key, in its order; empty: it has none */
  readonly key: readonly string[];
  readonly columns: readonly CatalogueColumn[];
  readonly foreignKeys: readonly ForeignKey[];
  /** of a view: the tables that it reads, as `schema.name` */
  readonly reads: readonly string[];
  readonly publication: Publication;
  /** a partition whose changes are in the log under the name of a table above, and that it is truncated by itself not at all */
  readonly isUnderRoot: boolean;
  /** of a partition: changes when it is truncated or rewritten on its own, which the log does not show under a published root */
  readonly file?: string;
}

export interface CatalogueColumn {
  readonly name: string;
  /** each API shows its values as PostgreSQL writes them: numbers without a point, texts, UUIDs */
  readonly isPlain: boolean;
  readonly isNullable: boolean;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  /** the oid of the table that they refer to */
  readonly parent: number;
  /** in the order of {@link columns} */
  readonly parentColumns: readonly string[];
}

/** Which changes of a table the publications hand on. */
export interface Publication {
  readonly inserts: boolean;
  readonly updates: boolean;
  readonly deletes: boolean;
  readonly truncates: boolean;
  /** some rows or columns are left out */
  readonly isPartial: boolean;
}

/** Runs a statement. @returns its rows */
export type RunSql = (
  statement: string,
  values?: readonly unknown[],
) => Promise<readonly Record<string, unknown>[]>;

/** int2, int4, int8, text, varchar, bpchar, uuid, name: what a domain is made of counts. */
const PLAIN_TYPES = '{21,23,20,25,1043,1042,2950,19}';

const TABLES = `
select c.oid::int8 as oid, n.nspname as schema, c.relname as name, c.relkind as kind, c.relpersistence as persistence,
  c.relreplident as identity, case when c.relispartition then c.relfilenode::text end as file,
  coalesce((select array_agg(a.attname::text order by k.at) from pg_index i
    cross join unnest(i.indkey::int2[]) with ordinality k(attnum, at)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    where i.indrelid = c.oid and i.indisprimary), '{}') as key,
  coalesce((select array_agg(a.attname::text) from pg_index i
    join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
    where i.indrelid = c.oid and i.indisreplident), '{}') as replident,
  coalesce((select json_agg(json_build_object('name', a.attname, 'isNullable', not a.attnotnull,
      'isPlain', (case when t.typtype = 'd' then t.typbasetype else t.oid end) = any ($1::oid[])) order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and n.nspname not like 'pg\\_temp\\_%'`;

const FOREIGN_KEYS = `
select f.conrelid::int8 as child, f.confrelid::int8 as parent,
  array(select a.attname::text from unnest(f.conkey) with ordinality k(attnum, at)
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum order by k.at) as columns,
  array(select a.attname::text from unnest(f.confkey) with ordinality k(attnum, at)
    join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum order by k.at) as "parentColumns"
from pg_constraint f where f.contype = 'f' and f.conparentid = 0 order by f.oid`;

const ANCESTORS = `
with recursive up(child, ancestor, far) as (
  select inhrelid, inhparent, 1 from pg_inherits where inhrelid in (select oid from pg_class where relkind in ('r', 'p', 'f'))
  union all select up.child, i.inhparent, up.far + 1 from up join pg_inherits i on i.inhrelid = up.ancestor)
select child::int8 as child, array_agg(ancestor::int8 order by far) as ancestors from up group by child`;

const VIEWS = `
select distinct r.ev_class::int8 as view, n.nspname || '.' || c.relname as reads
from pg_rewrite r
join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
join pg_class c on c.oid = d.refobjid and c.oid <> r.ev_class join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
order by 2`;

/** Row filters and lists of columns are of PostgreSQL 15. */
const PUBLISHED = (hasFilters: boolean): string => `
select t.schemaname as schema, t.tablename as name, bool_or(p.pubinsert) as inserts, bool_or(p.pubupdate) as updates,
  bool_or(p.pubdelete) as deletes, bool_or(p.pubtruncate) as truncates,
  ${hasFilters ? `bool_and(t.rowfilter is not null or exists (select from pg_publication_rel r where r.prpubid = p.oid and r.prattrs is not null and r.prrelid = format('%I.%I', t.schemaname, t.tablename)::regclass))` : 'false'} as "isPartial"
from pg_publication p join pg_publication_tables t on t.pubname = p.pubname
where p.pubname = any ($1) group by 1, 2`;

/**
 * A line for each table of the publications, with what it is under its name, and for each partition: what is attached, detached or
 * emptied there is in no log. Nothing that asks for a right on its schema.
 */
const OUTLINE = `
select md5(coalesce(string_agg(row.line, ',' order by row.line), '')) as outline from (
  select concat_ws('|', p.oid, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, c.oid, t::text) as line
  from pg_publication p left join pg_publication_tables t on t.pubname = p.pubname
  left join pg_namespace n on n.nspname = t.schemaname
  left join pg_class c on c.relnamespace = n.oid and c.relname = t.tablename
  where p.pubname = any ($1)
  union all
  select concat_ws('|', i.inhrelid, i.inhparent, i.inhdetachpending, c.relfilenode)
  from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relispartition and c.relkind in ('r', 'p', 'f')) row`;

const IDENTITIES: Readonly<Record<string, RowIdentity>> = { n: 'nothing', f: 'full', i: 'index' };
const KINDS: Readonly<Record<string, CatalogueTable['kind']>> = {
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};
const UNPUBLISHED: Publication = {
  inserts: false,
  updates: false,
  deletes: false,
  truncates: false,
  isPartial: false,
};

/**
 * Reads keys, foreign keys and identities of all tables: every role may.
 * @param publications by name
 * @param version of the server: 150020
 * @throws whatever `run` throws
 */
export async function readCatalogue(
  run: RunSql,
  publications: readonly string[],
  version: number,
): Promise<DatabaseCatalogue> {
  const tables = (await run(TABLES, [PLAIN_TYPES])) as unknown as TableRow[];
  const foreignKeys = (await run(FOREIGN_KEYS)) as unknown as ForeignKeyRow[];
  const ancestors = (await run(ANCESTORS)) as unknown as { child: string; ancestors: string[] }[];
  const views = (await run(VIEWS)) as unknown as { view: string; reads: string }[];
  const published = (await run(PUBLISHED(version >= 150_000), [publications])) as unknown as PublishedRow[];
  const publicationOf = new Map(
    published.map(({ schema, name, ...publication }) => [`${schema}.${name}`, publication]),
  );
  const above = new Map(ancestors.map((row) => [row.child, row.ancestors]));
  const byOid = new Map(tables.map((row) => [row.oid, row]));
  const own = ({ schema, name }: TableRow): Publication | undefined => publicationOf.get(`${schema}.${name}`);
  const ofRoot = (row: TableRow): Publication | undefined =>
    row.file !== null
      ? above
          .get(row.oid)
          ?.flatMap((oid) => (byOid.has(oid) ? (own(byOid.get(oid)!) ?? []) : []))
          .at(0)
      : undefined;
  // Those that hold rows themselves.
  const partitions = ({ oid }: TableRow): readonly TableRow[] =>
    tables.filter((one) => one.file !== null && one.kind !== 'p' && above.get(one.oid)?.includes(oid));
  return {
    tables: new Map(
      tables.map((row) => {
        const { oid, schema, name, kind, persistence, identity, key, columns, file } = row;
        return [
          Number(oid),
          {
            oid: Number(oid),
            schema,
            name,
            kind: KINDS[kind] ?? 'table',
            isLogged: persistence === 'p' && (kind === 'r' || kind === 'p'),
            identity: IDENTITIES[identity] ?? 'default',
            identityColumns: identityColumns(row),
            key,
            columns,
            foreignKeys: foreignKeys
              .filter(({ child }) => child === oid)
              .map((each) => ({
                columns: each.columns,
                parent: Number(each.parent),
                parentColumns: each.parentColumns,
              })),
            reads: views.filter(({ view }) => view === oid).map(({ reads }) => reads),
            publication:
              own(row) ??
              ofRoot(row) ??
              (kind === 'p' ? together(partitions(row).map((one) => own(one) ?? UNPUBLISHED)) : UNPUBLISHED),
            isUnderRoot: own(row) === undefined && ofRoot(row) !== undefined,
            ...(file !== null && { file }),
          },
        ];
      }),
    ),
    ancestors: new Map(ancestors.map((row) => [Number(row.child), row.ancestors.map(Number)])),
  };
}

/**
 * What tells, for the price of a short statement, that other tables are published than before.
 * @returns an opaque text
 * @throws whatever `run` throws
 */
export async function outlinePublished(run: RunSql, publications: readonly string[]): Promise<string> {
  const [row] = await run(OUTLINE, [publications]);
  return String(row?.['outline']);
}

interface TableRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly persistence: string;
  readonly identity: string;
  readonly replident: string[];
  /** null: it is no partition */
  readonly file: string | null;
  readonly key: string[];
  readonly columns: CatalogueColumn[];
}

interface ForeignKeyRow {
  readonly child: string;
  readonly parent: string;
  readonly columns: string[];
  readonly parentColumns: string[];
}

type PublishedRow = Publication & { readonly schema: string; readonly name: string };

/** What a table hands on whose partitions are published by themselves. */
function together(partitions: readonly Publication[]): Publication {
  if (partitions.length === 0) return UNPUBLISHED;
  return {
    inserts: partitions.every(({ inserts }) => inserts),
    updates: partitions.every(({ updates }) => updates),
    deletes: partitions.every(({ deletes }) => deletes),
    truncates: partitions.every(({ truncates }) => truncates),
    isPartial: partitions.some(({ isPartial }) => isPartial),
  };
}

function identityColumns({ identity, replident, key, columns }: TableRow): readonly string[] {
  if (identity === 'f') return columns.map(({ name }) => name);
  if (identity === 'i') return replident;
  return identity === 'd' ? key : [];
}
