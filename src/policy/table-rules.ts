import { Kind, type ConstDirectiveNode, type ConstValueNode } from 'graphql';
import { argumentNamed } from '../schema/directives';

/** One `@table` on a type: a table of a database whose rows are objects of the type, or concern them. */
export interface TableRule {
  /** as the catalogue has it; `public` where the directive names none */
  readonly schema: string;
  readonly table: string;
  /**
   * The columns that hold the type's key fields, in their order. undefined: the primary key's. Empty: the rows are no objects of
   * the type, and concern it all the same.
   */
  readonly key: readonly string[] | undefined;
  /** the columns that decide in which lists an object is, and in which order; undefined: any may */
  readonly lists: readonly string[] | undefined;
  /** formats of further tags, with `{$row.column}` and `{$old.column}` */
  readonly tags: readonly string[];
  /** the columns of those foreign keys whose parents change with a row; undefined: of all */
  readonly parents: readonly string[] | undefined;
}

/**
 * Reads `@table`. What names no table is passed over, and what else cannot be read counts as not said: that purges more.
 * @returns one for each use
 */
export function readTableRules(directives: readonly ConstDirectiveNode[]): readonly TableRule[] {
  return directives.flatMap((directive) => {
    const name = tableName(argumentNamed('name', directive));
    if (!name) return [];
    const key = argumentNamed('key', directive);
    return [
      {
        ...name,
        key:
          key?.kind === Kind.STRING ? key.value.split(/[\s,]+/).filter((column) => column !== '') : undefined,
        lists: textsOf(argumentNamed('lists', directive)),
        tags: textsOf(argumentNamed('tags', directive)) ?? [],
        parents: textsOf(argumentNamed('parents', directive)),
      },
    ];
  });
}

/** `public.products`, or `products`: names as the catalogue has them, without quotes. */
function tableName(value: ConstValueNode | undefined): Pick<TableRule, 'schema' | 'table'> | undefined {
  if (value?.kind !== Kind.STRING) return undefined;
  const dot = value.value.indexOf('.');
  const [schema, table] =
    dot < 0 ? ['public', value.value] : [value.value.slice(0, dot), value.value.slice(dot + 1)];
  return schema && table ? { schema, table } : undefined;
}

/** A list of texts; GraphQL takes a single value for a list of one (specification 3.11). @returns undefined for anything else */
export function textsOf(value: ConstValueNode | undefined): readonly string[] | undefined {
  if (!value) return undefined;
  const items = value.kind === Kind.LIST ? value.values : [value];
  return items.every((item) => item.kind === Kind.STRING) ? items.map((item) => item.value) : undefined;
}
