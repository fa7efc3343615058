import { buildSchema, type GraphQLSchema } from 'graphql';
import type { DatabaseCatalogue, CatalogueTable, ForeignKey } from '../../src/capture/catalogue';
import type { MappedSchema } from '../../src/capture/mapping';
import type { Relation, RowIdentity, RowChange, Tuple } from '../../src/capture/pgoutput';
import { readRules } from '../../src/policy/rules';
import { DIRECTIVES_SDL } from '../../src/schema/directives';

/** A schema and the directives in it. @param sdl without `type Query` */
export function mappedSchema(sdl: string): MappedSchema {
  const schema: GraphQLSchema = buildSchema(`${DIRECTIVES_SDL} type Query { _: Int } ${sdl}`);
  return { schema, rules: readRules(schema, { defaultMaxAge: 0 }) };
}

interface TableOptions {
  readonly key?: readonly string[];
  readonly identity?: RowIdentity;
  readonly foreignKeys?: readonly ForeignKey[];
  readonly unplain?: readonly string[];
  readonly kind?: CatalogueTable['kind'];
  readonly isLogged?: boolean;
  readonly isUnderRoot?: boolean;
}

/** `table(1, 'public.post', 'id author_id')` */
export function table(
  oid: number,
  name: string,
  columns: string,
  options: TableOptions = {},
): CatalogueTable {
  const [schema = '', local = ''] = name.split('.');
  return {
    oid,
    schema,
    name: local,
    kind: options.kind ?? 'table',
    isLogged: options.isLogged ?? true,
    identity: options.identity ?? 'default',
    identityColumns: options.identity === 'full' ? columns.split(' ') : (options.key ?? ['id']),
    key: options.key ?? ['id'],
    columns: columns
      .split(' ')
      .map((column) => ({ name: column, isPlain: !options.unplain?.includes(column), isNullable: false })),
    foreignKeys: options.foreignKeys ?? [],
    reads: [],
    publication: { inserts: true, updates: true, deletes: true, truncates: true, isPartial: false },
    isUnderRoot: options.isUnderRoot ?? false,
  };
}

export function to(parent: number, column: string, parentColumn = 'id'): ForeignKey {
  return { columns: [column], parent, parentColumns: [parentColumn] };
}

export function catalogue(...tables: readonly CatalogueTable[]): DatabaseCatalogue {
  return { tables: new Map(tables.map((one) => [one.oid, one])), ancestors: new Map() };
}

/** As the log describes a table. */
export function relationOf({
  oid,
  schema,
  name,
  identity,
  identityColumns,
  columns,
}: CatalogueTable): Relation {
  return {
    oid,
    schema,
    name,
    identity,
    columns: columns.map((column) => ({
      name: column.name,
      isKey: identityColumns.includes(column.name),
    })),
  };
}

export function inserted(of: CatalogueTable, ...row: Tuple): RowChange {
  return { kind: 'insert', relation: relationOf(of), row };
}

export function updated(of: CatalogueTable, row: Tuple, old?: Tuple): RowChange {
  return { kind: 'update', relation: relationOf(of), row, old };
}

export function deleted(of: CatalogueTable, ...old: Tuple): RowChange {
  return { kind: 'delete', relation: relationOf(of), old };
}
