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
  readonly problems: readonly Problem[];
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
    problems: [...ofMapping, ...unpublished(publication, present, missing, children), ...identities(mapping)],
  };
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
  if (children.length > 0)
    problems.push({
      variable: 'CAPTURE_PUBLICATION',
      problem: `${children.map(quoted).join(', ')} refer to tables of types, and are not published: what these show of them is not purged.`,
      remedy: `If they show anything of them, have the owner run: ${publishingSql(publication, present, children)}`,
    });
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
