/** What a database has that random statements can be about: tables, views, functions. */
import type { Client } from 'pg';

export interface Column {
  readonly name: string;
  /** as PostgreSQL writes it: `numeric(30,12)` */
  readonly type: string;
  /** `typcategory`: N numbers, S texts, B, D dates, U others */
  readonly category: string;
  readonly isKey: boolean;
  /** whose key it holds */
  readonly refers: { readonly table: string; readonly column: string } | undefined;
}

export interface Relation {
  /** quoted, with its schema */
  readonly name: string;
  /** `r` table, `p` partitioned, `v` view, `m` materialised view, `leaf` a partition */
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'leaf';
  readonly columns: readonly Column[];
}

export interface Routine {
  readonly name: string;
  /** types of its arguments */
  readonly takes: readonly string[];
}

export interface Catalogue {
  readonly relations: readonly Relation[];
  /** functions that change something, and are no triggers */
  readonly routines: readonly Routine[];
}

const RELATIONS = `
select format('%I.%I', n.nspname, c.relname) as name, case when c.relispartition then 'leaf' else c.relkind::text end as kind,
  (select json_agg(json_build_object('name', format('%I', a.attname), 'type', format_type(a.atttypid, a.atttypmod),
      'category', t.typcategory, 'refers', f.refers,
      'isKey', exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey::int2[])))
      order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    left join lateral (select json_build_object('table', format('%I.%I', pn.nspname, p.relname), 'column', format('%I', pa.attname)) as refers
      from pg_constraint k join pg_class p on p.oid = k.confrelid join pg_namespace pn on pn.oid = p.relnamespace
      join pg_attribute pa on pa.attrelid = p.oid and pa.attnum = k.confkey[1]
      where k.contype = 'f' and k.conrelid = c.oid and k.conkey = array[a.attnum] limit 1) f on true
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1`;

const ROUTINES = `
select format('%I.%I', n.nspname, p.proname) as name,
  array(select format_type(t, null) from unnest(p.proargtypes::oid[]) t) as takes
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.provolatile = 'v' and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
  and n.nspname not in ('pg_catalog', 'information_schema') order by 1`;

export async function readTableCatalogue(client: Client): Promise<Catalogue> {
  const relations = (await client.query<Relation & { columns: Column[] | null }>(RELATIONS)).rows;
  const routines = (await client.query<Routine>(ROUTINES)).rows;
  return {
    relations: relations.map((relation) => ({ ...relation, columns: relation.columns ?? [] })),
    routines,
  };
}
