import { isObjectType, type GraphQLSchema } from 'graphql';
import { expandTags } from '../answer/expand-tags';
import type { Knowledge } from '../operation/operation';
import { joinedWords } from '../policy/name-words';
import type { Rules } from '../policy/rules';
import type { TableRule } from '../policy/table-rules';
import { parseRowFormat, renderTag } from '../policy/tag-format';
import { isTypeName } from '../policy/type-shape';
import { EVERYTHING, listTag, typeTag, type Tag } from '../purge/tag';
import type { DatabaseCatalogue, CatalogueTable, ForeignKey } from './catalogue';
import type { Relation } from './pgoutput';
import type { EntityPlan, FormatPlan, ParentPlan, TablePlan } from './row-tags';

/** What is known of the schema, as far as mapping needs it. */
export type MappedSchema = Pick<Knowledge, 'schema' | 'rules'>;

/** Something about a mapping that its operator should know. */
export interface MappingProblem {
  readonly type: string;
  /** `schema.name` */
  readonly table: string;
  readonly problem: string;
  readonly remedy: string;
  /** the table is not there: nothing is known of the type */
  readonly isMissing?: true;
}

/** What stands in a column is what the API shows as this field of the key. */
interface KeyColumns {
  readonly columns: readonly string[] | undefined;
  readonly problem?: Omit<MappingProblem, 'type' | 'table'>;
}

/** Which types the rows of which table are, and concern: the directives of a schema laid over a catalogue. Pure. */
export class Mapping {
  readonly #schema: GraphQLSchema;
  readonly #rules: Rules;
  readonly #catalogue: DatabaseCatalogue;
  /** `schema.name` -> what `@table` says of it */
  readonly #uses = new Map<string, { readonly type: string; readonly rule: TableRule }[]>();

  constructor({ schema, rules }: MappedSchema, catalogue: DatabaseCatalogue) {
    this.#schema = schema;
    this.#rules = rules;
    this.#catalogue = catalogue;
    for (const use of rules.tables) {
      const name = `${use.rule.schema}.${use.rule.table}`;
      this.#uses.set(name, [...(this.#uses.get(name) ?? []), use]);
    }
  }

  /**
   * What rows of a table purge, as the log describes it.
   * @returns undefined when the catalogue describes it otherwise, and has to be read again
   */
  planOf({ oid, schema, name, columns, identity }: Relation): TablePlan | undefined {
    const table = this.#catalogue.tables.get(oid);
    if (!table) return undefined;
    if (table.schema !== schema || table.name !== name || table.identity !== identity) return undefined;
    const known = new Set(table.columns.map((column) => column.name));
    if (columns.some((column) => !known.has(column.name))) return undefined;
    // Of a partition with an identity of its own it is not known which columns were left out since they are as before.
    return this.#plan(
      table,
      this.#isMixed(table) ? columns.map((column) => ({ name: column.name, isKey: false })) : columns,
    );
  }

  #isMixed({ oid, identity, identityColumns }: CatalogueTable): boolean {
    const names = identityColumns.toSorted().join();
    return [...this.#catalogue.ancestors].some(([below, above]) => {
      const table = above.includes(oid) ? this.#catalogue.tables.get(below) : undefined;
      return table && (table.identity !== identity || table.identityColumns.toSorted().join() !== names);
    });
  }

  /** The same of a table by itself, as if the log held all its columns; for who explains it. */
  planOfTable(table: CatalogueTable): TablePlan {
    return this.#plan(
      table,
      table.columns.map(({ name }) => ({
        name,
        isKey: table.identityColumns.includes(name),
      })),
    );
  }

  /** The tables whose rows purge something: mapped ones, and those with a foreign key to one. */
  concerned(): readonly CatalogueTable[] {
    return [...this.#catalogue.tables.values()].filter(
      (table) => this.usesOf(table).length > 0 || this.#parentsOf(table).length > 0,
    );
  }

  /** What `@table` says of a table, of those whose rows its rows are as well, and of partitions whose rows come as rows of it. */
  usesOf({
    oid,
    schema,
    name,
  }: CatalogueTable): readonly { readonly type: string; readonly rule: TableRule }[] {
    const { ancestors, tables } = this.#catalogue;
    const above = ancestors.get(oid) ?? [];
    const below = [...ancestors].flatMap(([one, roots]) =>
      roots.includes(oid) && tables.get(one)?.isUnderRoot ? [one] : [],
    );
    const names = [...above, ...below].flatMap((one) => {
      const table = tables.get(one);
      return table ? [`${table.schema}.${table.name}`] : [];
    });
    return [...new Set([`${schema}.${name}`, ...names])].flatMap((one) => this.#uses.get(one) ?? []);
  }

  /** Uses of `@table` that say something of the database which is not so. */
  problems(): readonly MappingProblem[] {
    const byName = new Map(
      [...this.#catalogue.tables.values()].map((table) => [`${table.schema}.${table.name}`, table]),
    );
    return this.#rules.tables.flatMap(({ type, rule }) => {
      const name = `${rule.schema}.${rule.table}`;
      const table = byName.get(name);
      const of = (problem: string, remedy: string): MappingProblem => ({
        type,
        table: name,
        problem,
        remedy,
      });
      if (!table)
        return [
          {
            ...of('There is no such table.', 'Correct the name: schema and table as the catalogue has them.'),
            isMissing: true,
          },
        ];
      if (table.kind === 'view' || table.kind === 'materialized view') {
        const reads = table.reads.join(', ');
        return [
          of(
            `It is a ${table.kind}, of which the log holds nothing.`,
            `Name in @table the tables that it reads${reads ? ` (${reads})` : ''}, with key: "" where a row of theirs is no row of the view.` +
              (table.kind === 'view' ? '' : ' When it is refreshed is not known: keep its maxAge short.'),
          ),
        ];
      }
      if (!table.isLogged)
        return [
          of(
            `It is ${table.kind === 'table' ? 'unlogged' : 'a foreign table'}: the log holds nothing of it.`,
            'Keep its maxAge short, or purge it from where it is written.',
          ),
        ];
      const missing = [...(rule.lists ?? []), ...(rule.parents ?? []), ...columnsIn(rule.tags)].filter(
        (column) => !table.columns.some((one) => one.name === column),
      );
      const key = this.#keyColumns(type, rule, table);
      return [
        ...missing.map((column) =>
          of(`It has no column ${column}.`, 'Correct the name: columns as the catalogue has them.'),
        ),
        ...(key.problem ? [of(key.problem.problem, key.problem.remedy)] : []),
      ];
    });
  }

  #plan(table: CatalogueTable, columns: TablePlan['columns']): TablePlan {
    const index = new Map(columns.map(({ name }, at) => [name, at]));
    const at = (name: string): number => index.get(name) ?? -1;
    const uses = this.usesOf(table);
    const entities = uses.flatMap(({ type, rule }): EntityPlan[] => {
      const key = this.#keyColumns(type, rule, table);
      // The rows concern the type, and formats say what.
      if (this.#isConcern(type, rule, table) && rule.tags.length > 0) return [];
      return [
        {
          name: this.#rules.tagName(type),
          whole: this.#whole(type),
          lists: this.#lists(type),
          key: key.columns?.map(at),
          listColumns: rule.lists?.map(at),
        },
      ];
    });
    const isColumn = (name: string): boolean => table.columns.some((column) => column.name === name);
    // A name that is none narrows nothing.
    const narrowed = uses.some(({ rule }) => !rule.parents?.every(isColumn))
      ? undefined
      : new Set(uses.flatMap(({ rule }) => rule.parents ?? []));
    const parents = this.#parentsOf(table).filter(
      ({ foreignKey }) =>
        uses.length === 0 || !narrowed || foreignKey.columns.some((column) => narrowed.has(column)),
    );
    const parentPlans = parents.map(({ foreignKey, type, rule, parent }): ParentPlan => {
      const key = this.#keyColumns(type, rule, parent).columns?.map((column) => {
        const place = foreignKey.parentColumns.indexOf(column);
        return place < 0 ? undefined : foreignKey.columns[place];
      });
      return {
        name: this.#rules.tagName(type),
        whole: this.#whole(type),
        // It may refer to something else than the key, which a row of the child does not hold then.
        key: key?.every((column) => column !== undefined) ? key.map((column) => at(column!)) : undefined,
        lists: uses.length === 0 ? this.#lists(type) : [],
      };
    });
    const formats = uses.flatMap(({ rule }) => rule.tags.flatMap((text) => this.#format(text)));
    return {
      columns,
      entities,
      parents: parentPlans,
      formats,
      whole: [...new Set([...entities, ...parentPlans].flatMap(({ whole }) => whole))],
    };
  }

  /** The mapped types that the rows of a table refer to. */
  #parentsOf(
    table: CatalogueTable,
  ): { foreignKey: ForeignKey; parent: CatalogueTable; type: string; rule: TableRule }[] {
    const ofAncestors = (this.#catalogue.ancestors.get(table.oid) ?? []).flatMap(
      (oid) => this.#catalogue.tables.get(oid)?.foreignKeys ?? [],
    );
    return [...table.foreignKeys, ...ofAncestors].flatMap((foreignKey) => {
      const parent = this.#catalogue.tables.get(foreignKey.parent);
      if (!parent) return [];
      return this.usesOf(parent)
        .filter(({ type, rule }) => !this.#isConcern(type, rule, parent))
        .map(({ type, rule }) => ({ foreignKey, parent, type, rule }));
    });
  }

  /** Whether rows only concern the type: it is said so, or formats are there and the table has another key. */
  #isConcern(type: string, rule: TableRule, table: CatalogueTable): boolean {
    if (rule.key) return rule.key.length === 0;
    return rule.tags.length > 0 && this.#keyColumns(type, rule, table).columns === undefined;
  }

  /** The columns that hold the key of a type. */
  #keyColumns(type: string, rule: TableRule, table: CatalogueTable): KeyColumns {
    const fields = this.#rules.keyFields(type);
    if (!fields || rule.key?.length === 0) return { columns: undefined };
    if (!rule.key && this.#isGlobalId(type, fields))
      return {
        columns: undefined,
        problem: {
          problem: `${type}.${fields[0]} is the id of the interface Node, which is mostly made of more than a row's key.`,
          remedy: `Until then each change purges all of ${type}: declare a @key of a field that holds the row's own key; or name the column, where that is what it shows: @table(key: ...).`,
        },
      };
    const found = rule.key ? given(rule.key, fields, table) : matched(type, fields, table);
    if (typeof found === 'string') {
      // With formats beside it, that is what they are for.
      if (rule.tags.length > 0 && !rule.key) return { columns: undefined };
      const remedy = `Until then each change purges all of ${type}: name the columns in @table(key: ...), in the order of the fields ${fields.join(', ')}.`;
      return { columns: undefined, problem: { problem: found, remedy } };
    }
    const unlike = found.find((name) => !table.columns.find((column) => column.name === name)?.isPlain);
    if (unlike === undefined) return { columns: found };
    return {
      columns: undefined,
      problem: {
        problem: `Its column ${unlike} is of a type that APIs write in their own ways.`,
        remedy: `Each change purges all of ${type}: declare a @key of numbers without a point, texts or UUIDs.`,
      },
    };
  }

  #isGlobalId(type: string, fields: readonly string[]): boolean {
    const object = this.#schema.getType(type);
    return (
      fields.length === 1 &&
      isObjectType(object) &&
      fields[0] === 'id' &&
      object.getInterfaces().some(({ name }) => name === 'Node')
    );
  }

  #whole(type: string): readonly Tag[] {
    return [...expandTags(this.#schema, this.#rules, [typeTag(type), listTag(type)])];
  }

  #lists(type: string): readonly Tag[] {
    return [...expandTags(this.#schema, this.#rules, [listTag(type)])];
  }

  #format(text: string): readonly FormatPlan[] {
    const format = parseRowFormat(text);
    if (format.problem) return [];
    const isType = (name: string): boolean => isTypeName(this.#schema, this.#rules, name);
    const type = /^([_A-Za-z]\w*):/.exec(text)?.[1];
    return [
      {
        format,
        render: (values) => {
          const tag = renderTag(format, values, isType);
          return tag && [...expandTags(this.#schema, this.#rules, [tag])];
        },
        whole: type !== undefined && isType(type) ? this.#whole(type) : [EVERYTHING],
      },
    ];
  }
}

/** By name; a single `id` is the single column of the primary key. @returns what is not clear, as a sentence */
function matched(type: string, fields: readonly string[], table: CatalogueTable): readonly string[] | string {
  const named = fields.map(
    (field) => table.columns.find(({ name }) => joinedWords(name) === joinedWords(field))?.name,
  );
  if (named.every((name) => name !== undefined)) return named;
  const isId = fields.length === 1 && IDS.has(fieldWithout(fields[0]!, type));
  if (isId && table.key.length === 1) return table.key;
  return `Which of its columns hold the key (${fields.join(', ')}) of ${type} is not clear.`;
}

/** How a field is called that holds a key of one column, whatever that is called. */
const IDS: ReadonlySet<string> = new Set(['id', 'rowid', 'pk', 'key', 'uuid', 'databaseid']);

/** `productId` of a Product is its `id`. */
function fieldWithout(field: string, type: string): string {
  const [name, of] = [joinedWords(field), joinedWords(type)];
  return name.startsWith(of) ? name.slice(of.length) : name;
}

function given(
  columns: readonly string[],
  fields: readonly string[],
  table: CatalogueTable,
): readonly string[] | string {
  const missing = columns.find((column) => !table.columns.some(({ name }) => name === column));
  if (missing !== undefined) return `It has no column ${missing}.`;
  return columns.length === fields.length
    ? columns
    : `The key has ${fields.length} fields (${fields.join(', ')}), and @table(key:) names ${columns.length} columns.`;
}

/** The columns that formats of `@table(tags:)` name. */
export function columnsIn(formats: readonly string[]): readonly string[] {
  return formats.flatMap((text) => parseRowFormat(text).placeholders.map(({ path }) => path[0]!));
}
