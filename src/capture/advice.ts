import { isObjectType } from 'graphql';
import pluralize from 'pluralize';
import type { Problem } from '../config/problem';
import { wordsOf } from '../policy/name-words';
import { isReachable, isRootType } from '../policy/type-shape';
import type { CatalogueTable, DatabaseCatalogue } from './catalogue';
import { Mapping, type MappedSchema } from './mapping';
import { findUnpublished, hasIdentity, publishingSql, quoted } from './setup';

/** What `lastmile check` and `lastmile init` say of a database and the types of a schema. Plain data. */
export interface DatabaseAdvice {
  /** lines of an overlay, for types that seem to be rows of a table */
  readonly proposals: readonly string[];
  /** types with a key for which there is neither a table nor a proposal */
  readonly typesWithoutTable: readonly string[];
  /** tables that no type is of, is proposed for, or is referred to from */
  readonly tablesWithoutType: readonly string[];
  /** what of a type changes without a word in the log; the problems say it in sentences */
  readonly unlogged: readonly UnloggedRows[];
  readonly problems: readonly Problem[];
}

/** Rows of a type, or of what it shows, whose changes no log holds. */
export interface UnloggedRows {
  readonly type: string;
  /** `schema.name`; of a partition its own name: only that it is truncated by itself is not in the log */
  readonly table: string;
}

/** @param publication.present the publications that are there, of the two that are read */
export function adviseOn(
  mapped: MappedSchema,
  catalogue: DatabaseCatalogue,
  { publication, present }: { readonly publication: string; readonly present: readonly string[] },
): DatabaseAdvice {
  const mapping = new Mapping(mapped, catalogue);
  const proposals = proposeTables(mapped, catalogue);
  const concerned = new Set(mapping.concerned().map(quoted));
  for (const { table } of proposals) concerned.add(quoted(table));
  const withTable = new Set([
    ...mapped.rules.tables.map(({ type }) => type),
    ...proposals.map(({ type }) => type),
  ]);
  const { mapped: missing, children } = findUnpublished(mapping);
  const ofMapping = mapping.problems().map(({ type, table, problem, remedy }) => ({
    variable: `@table(name: "${table}") on ${type}`,
    problem,
    remedy,
  }));
  const unsaid = namedOutside(mapped, catalogue, withTable);
  const outside = [...mappedOutside(mapped, catalogue), ...unsaid].map(({ type, table }) => ({
    type,
    tables: [table],
  }));
  const partitioned = partitionedTypes(mapped, catalogue);
  return {
    proposals: proposals.map(
      ({ type, table }) => `extend type ${type} @table(name: "${table.schema}.${table.name}")`,
    ),
    typesWithoutTable: entities(mapped).filter((type) => !withTable.has(type)),
    tablesWithoutType: [...catalogue.tables.values()]
      .filter(
        (table) => table.isLogged && !catalogue.ancestors.has(table.oid) && !concerned.has(quoted(table)),
      )
      .map(quoted)
      .toSorted(),
    unlogged: [...outside, ...partitioned].flatMap(({ type, tables }) =>
      tables.map((table) => ({ type, table: quoted(table) })),
    ),
    problems: [
      ...ofMapping,
      ...unsaid.map(({ type, table }) => ({
        variable: type,
        problem: `It seems to be of ${quoted(table)}, which is ${whatIs(table)}: the log holds nothing of it.`,
        remedy: 'Keep its maxAge short, or purge it from where it is written or refreshed.',
      })),
      ...partitioned.map(({ type, root }) => ({
        variable: type,
        problem: `Where a partition of ${quoted(root)} is truncated by itself, the log holds nothing of that: it is seen within a second, and everything is purged.`,
        remedy: `Truncate ${quoted(root)} itself, or delete the rows: then only ${type} is purged, and at once.`,
      })),
      ...unpublished(publication, present, missing, children),
      ...identities(mapping),
    ],
  };
}

interface TypeAndTable {
  readonly type: string;
  readonly table: CatalogueTable;
}

/** Types that are said to be of a table of which the log holds nothing. */
function mappedOutside({ rules }: MappedSchema, catalogue: DatabaseCatalogue): readonly TypeAndTable[] {
  const tables = [...catalogue.tables.values()].filter(isOutside);
  return rules.tables.flatMap(({ type, rule }) =>
    tables
      .filter(({ schema, name }) => schema === rule.schema && name === rule.table)
      .map((table) => ({ type, table })),
  );
}

/** Types of which no table is known and that are called like one of which the log holds nothing. */
function namedOutside(
  { schema, rules }: MappedSchema,
  catalogue: DatabaseCatalogue,
  withTable: ReadonlySet<string>,
): readonly TypeAndTable[] {
  const tables = [...catalogue.tables.values()].filter(isOutside);
  if (tables.length === 0) return [];
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !type.name.startsWith('__') && !isRootType(schema, type) && !withTable.has(type.name))
    .filter(({ name }) => isReachable(schema, rules, name))
    .flatMap(({ name: type }) => {
      const table = tables.find(({ name }) => isNamedAlike(type, name));
      return table ? [{ type, table }] : [];
    });
}

/** Whether its rows change without a word in the log. A view's are those of the tables that it reads. */
function isOutside({ kind, isLogged }: CatalogueTable): boolean {
  return kind !== 'view' && !isLogged;
}

function whatIs({ kind }: CatalogueTable): string {
  return kind === 'table' ? 'an unlogged table' : `a ${kind}`;
}

/** Types of rows of a partitioned table whose partitions are published under its name. */
function partitionedTypes(
  { rules }: MappedSchema,
  { tables, ancestors }: DatabaseCatalogue,
): readonly { readonly type: string; readonly root: CatalogueTable; readonly tables: CatalogueTable[] }[] {
  return rules.tables.flatMap(({ type, rule }) => {
    const root = [...tables.values()].find(
      ({ schema, name }) => schema === rule.schema && name === rule.table,
    );
    const partitions = [...ancestors].flatMap(([oid, above]) => {
      const table = root && above.includes(root.oid) ? tables.get(oid) : undefined;
      return table?.isUnderRoot ? [table] : [];
    });
    return root && partitions.length > 0 ? [{ type, root, tables: partitions }] : [];
  });
}

/** Types that can be purged one by one, and are not said to be of a table, with one of the same name. */
export function proposeTables(
  mapped: MappedSchema,
  catalogue: DatabaseCatalogue,
): readonly { readonly type: string; readonly table: CatalogueTable }[] {
  const said = new Set(mapped.rules.tables.map(({ type }) => type));
  const tables = [...catalogue.tables.values()]
    .filter((table) => table.isLogged && !catalogue.ancestors.has(table.oid))
    .toSorted((a, b) => Number(b.schema === 'public') - Number(a.schema === 'public'));
  return entities(mapped)
    .filter((type) => !said.has(type))
    .flatMap((type) => {
      const table = tables.find(({ name }) => isNamedAlike(type, name));
      return table ? [{ type, table }] : [];
    });
}

/** `ForumPost`, `forum_posts`, `forumPost`: one or many, in any style. */
function isNamedAlike(type: string, table: string): boolean {
  const singular = (name: string): string => {
    const words = wordsOf(name);
    return [...words.slice(0, -1), pluralize.singular(words.at(-1) ?? '')].join(' ');
  };
  return singular(type) === singular(table);
}

function entities({ schema, rules }: MappedSchema): readonly string[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !type.name.startsWith('__') && !isRootType(schema, type))
    .filter(({ name }) => rules.keyFields(name) && isReachable(schema, rules, name))
    .map(({ name }) => name);
}

function unpublished(
  publication: string,
  present: readonly string[],
  missing: readonly CatalogueTable[],
  children: readonly CatalogueTable[],
): Problem[] {
  const problems: Problem[] = [];
  if (missing.length > 0) {
    const full = missing
      .filter((table) => !hasIdentity(table))
      .map((table) => `ALTER TABLE ${quoted(table)} REPLICA IDENTITY FULL;`);
    const sql = publishingSql(
      publication,
      present,
      missing.map((table) => (hasIdentity(table) ? table : { ...table, identity: 'full' })),
    );
    problems.push({
      variable: 'CAPTURE_PUBLICATION',
      problem: `Not all changes of ${missing.map(quoted).join(', ')} are published: nothing would be known of them.`,
      remedy: `Have the owner of the tables run: ${[...full, sql].filter(Boolean).join(' ')}`,
    });
  }
  if (children.length > 0) {
    // The statement above is run first.
    const there = missing.length > 0 ? [...present, publication] : present;
    problems.push({
      variable: 'CAPTURE_PUBLICATION',
      problem: `${children.map(quoted).join(', ')} refer to tables of types, and are not published: what these show of them is not purged.`,
      remedy: `If they show anything of them, have the owner run: ${publishingSql(publication, there, children)}`,
    });
  }
  return problems;
}

/** Tables of which a change purges a whole type, only since the log does not hold what was before. */
function identities(mapping: Mapping): Problem[] {
  return mapping.concerned().flatMap((table): Problem[] => {
    if (table.identity === 'full' || !table.isLogged) return [];
    const { columns, entities: own, parents } = mapping.planOfTable(table);
    const isUnknown = (key: readonly number[] | undefined): boolean =>
      key !== undefined && key.some((column) => !columns[column]?.isKey);
    const types = [...own, ...parents].filter(({ key }) => isUnknown(key)).map(({ name }) => name);
    if (types.length === 0) return [];
    return [
      {
        variable: quoted(table),
        problem: `A change of a row purges all of ${[...new Set(types)].join(', ')}, as the log does not hold which it was about before.`,
        remedy: `Have its owner run, if rows change often: ALTER TABLE ${quoted(table)} REPLICA IDENTITY FULL; or use a unique index of these columns and the key, if none may be null.`,
      },
    ];
  });
}
