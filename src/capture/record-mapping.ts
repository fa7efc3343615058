import { getNamedType, getNullableType, isAbstractType, isListType, isObjectType } from 'graphql';
import { joinedWords } from '../policy/name-words';
import type { TableRule } from '../policy/table-rules';
import { EVERYTHING, type Tag } from '../purge/tag';
import type { CatalogueTable, DatabaseCatalogue, ForeignKey } from './catalogue';
import type { ChangeRecord } from './debezium';
import { Mapping, type MappedSchema } from './mapping';
import type { Value } from './pgoutput';
import {
  isReadable,
  recordedColumns,
  rowChangeOf,
  type ReadCell,
  type RecordedColumn,
  type TableUse,
} from './record-columns';
import { cellOf, documentCell, type Cell, type ShownAs } from './record-values';
import { tagsOfAnyRow, tagsOfFormats, tagsOfRow, type TablePlan } from './row-tags';

/** Something that is not known, of which more is purged than need be. */
export interface RecordNote {
  readonly table: string;
  readonly note: string;
  readonly remedy: string;
}

/** What a record purges. */
export interface RecordTags {
  /** undefined: no type is of its table */
  readonly tags: ReadonlySet<Tag> | undefined;
  readonly notes: readonly RecordNote[];
}

/** What is laid over the columns of a record. */
interface RecordPlan {
  readonly plan: TablePlan;
  readonly notes: readonly RecordNote[];
  /** a column of `parents` refers to what is not known */
  readonly isOpen: boolean;
}

const NOTHING: ShownAs = new Set();
/** Plans that are kept, and the characters of their names together: documents may have a member for each of their readers. */
const MOST_PLANS = 500;
const MOST_CHARACTERS = 1_000_000;

/**
 * The same mapping as {@link Mapping}'s, for changes of which a record alone tells: no catalogue says which columns are a key, and
 * what others refer to. That is taken from `@table` and from names, and of what they leave open more is purged.
 */
export class RecordMapping {
  readonly #known: MappedSchema;
  /** by the joined words of a type's name: where its rows are */
  readonly #named = new Map<string, TableUse[]>();
  readonly #plans = new Map<string, RecordPlan>();
  #characters = 0;
  /** by table: of the record that came last */
  readonly #last = new Map<string, RecordPlan>();

  constructor(known: MappedSchema) {
    this.#known = known;
    for (const use of known.rules.tables) {
      if (use.rule.key?.length === 0) continue;
      const name = joinedWords(use.type);
      this.#named.set(name, [...(this.#named.get(name) ?? []), use]);
    }
  }

  /** Of how many kinds of rows it is remembered what they purge. */
  get plans(): number {
    return this.#plans.size;
  }

  /** @returns with no tags for a row of a snapshot: it was there before */
  tagsOf(record: ChangeRecord): RecordTags {
    if (record.kind === 'snapshot')
      return {
        tags: new Set(record.isLast ? [EVERYTHING] : []),
        notes: record.isLast ? [snapshotNote(record)] : [],
      };
    const uses = this.#known.rules.tables.filter(({ rule }) => record.names.includes(nameOf(rule)));
    if (uses.length === 0) return { tags: undefined, notes: [] };
    const tags = new Set<Tag>();
    const notes = new Map<string, RecordNote>();
    for (const table of new Set(uses.map(({ rule }) => nameOf(rule)))) {
      const own = uses.filter(({ rule }) => nameOf(rule) === table);
      for (const note of this.#add(table, own, record, (tag) => tags.add(tag))) notes.set(note.note, note);
    }
    const hasSchema = record.columns !== undefined || record.connector === 'mongodb';
    return {
      tags: tags.has(EVERYTHING) ? new Set([EVERYTHING]) : tags,
      notes: [...notes.values()].map((note) => (hasSchema ? note : withSchemaHint(note))),
    };
  }

  #add(
    table: string,
    uses: readonly TableUse[],
    record: ChangeRecord,
    add: (tag: Tag) => void,
  ): readonly RecordNote[] {
    const { kind, before, after } = record;
    const hasRow = kind === 'delete' ? before !== undefined : kind !== 'truncate' && after !== undefined;
    const read = this.#reads(uses, record);
    const columns = recordedColumns(uses, record, read);
    const found = isReadable(columns) ? this.#planOf(table, uses, columns) : undefined;
    if (found) this.#last.set(table, found);
    const planned = found ?? this.#last.get(table) ?? this.#declared(table, uses);
    if (!planned || planned.isOpen) add(EVERYTHING);
    else if (!hasRow || !found) for (const tag of tagsOfAnyRow(planned.plan)) add(tag);
    else {
      const change = (valueOf: (cell: Cell) => Value) => rowChangeOf({ record, columns, read }, valueOf);
      tagsOfRow(
        found.plan,
        change(({ text }) => text),
        add,
      );
      tagsOfFormats(
        found.plan,
        change(({ text, isTold }) => (isTold ? text : undefined)),
        add,
      );
    }
    const notes = planned?.notes ?? [];
    return hasRow || kind === 'truncate' ? notes : [...notes, rowNote(table, record)];
  }

  /** Reads a column of the rows of a record. */
  #reads(uses: readonly TableUse[], { connector, columns }: ChangeRecord): ReadCell {
    if (connector === 'mongodb') return (row, name) => documentCell(row.get(name));
    const shown = new Map<string, ShownAs>();
    const shownAs = (name: string): ShownAs => {
      let known = shown.get(name);
      if (!known) shown.set(name, (known = this.#shownAs(uses, name)));
      return known;
    };
    return (row, name) => {
      const column = columns?.get(name);
      return cellOf(row.get(name), column, column ? NOTHING : shownAs(name));
    };
  }

  /** Where no row is known, of a table whose columns are not either: those that `parents` names say enough, where it is there. */
  #declared(table: string, uses: readonly TableUse[]): RecordPlan | undefined {
    if (uses.some(({ rule }) => !rule.parents)) return undefined;
    const names = new Set(uses.flatMap(({ rule }) => rule.parents ?? []));
    return this.#planOf(
      table,
      uses,
      [...names].map((name) => ({ name, isKey: false, isPlain: true })),
    );
  }

  #planOf(table: string, uses: readonly TableUse[], columns: readonly RecordedColumn[]): RecordPlan {
    const name = JSON.stringify([table, ...columns.map(({ name, isPlain }) => [name, isPlain])]);
    const known = this.#plans.get(name);
    if (known) return known;
    this.#characters += name.length;
    if (this.#plans.size >= MOST_PLANS || this.#characters > MOST_CHARACTERS) {
      this.#plans.clear();
      this.#characters = name.length;
    }
    const made = this.#makePlan(table, uses, columns);
    this.#plans.set(name, made);
    return made;
  }

  #makePlan(table: string, uses: readonly TableUse[], columns: readonly RecordedColumn[]): RecordPlan {
    const { rule } = uses[0]!;
    const { catalogue, unknown } = this.#catalogueOf(rule, uses, columns);
    const mapping = new Mapping(this.#known, catalogue);
    const plan = mapping.planOf({
      oid: 0,
      schema: rule.schema,
      name: rule.table,
      identity: 'default',
      columns,
    })!;
    const problems = mapping.problems().filter((problem) => problem.table === table && !problem.isMissing);
    const notes = problems.map(({ type, problem, remedy }) => ({
      table,
      note: `not all that @table of ${type} says is so: ${problem}`,
      remedy,
    }));
    const open = unknown.map((column) => ({
      table,
      note: `it is not known what its column ${column} refers to, so that each change purges everything: a record holds no foreign keys`,
      remedy: `Name it in @table(tags: ["Product:{$row.${column}}"]) in the place of parents.`,
    }));
    return { plan, notes: [...notes, ...open], isOpen: open.length > 0 };
  }

  /** The table as if a catalogue had told of it. Its columns refer to types of their names. */
  #catalogueOf(
    rule: TableRule,
    uses: readonly TableUse[],
    columns: readonly RecordedColumn[],
  ): { catalogue: DatabaseCatalogue; unknown: readonly string[] } {
    const tables = new Map<number, CatalogueTable>();
    const foreignKeys: ForeignKey[] = [];
    const declared = new Set(uses.flatMap(({ rule: { parents } }) => parents ?? []));
    const unknown = new Set(columns.map(({ name }) => name).filter((name) => declared.has(name)));
    const parentsOf = this.#parentsOf(uses);
    for (const { name, isPlain } of columns) {
      for (const parent of parentsOf(name)) {
        unknown.delete(name);
        const fields = this.#known.rules.keyFields(parent.type) ?? [];
        const [key] = fields.length === 1 ? (parent.rule.key ?? fields) : [];
        const oid = tables.size + 1;
        tables.set(
          oid,
          tableOf(parent.rule, { oid, columns: key === undefined ? [] : [{ name: key, isPlain }] }),
        );
        foreignKeys.push({ columns: [name], parent: oid, parentColumns: key === undefined ? [] : [key] });
      }
    }
    const key = columns.filter(({ isKey }) => isKey).map(({ name }) => name);
    // The last of its name, where it refers to itself.
    tables.set(0, { ...tableOf(rule, { oid: 0, columns }), key, identityColumns: key, foreignKeys });
    return { catalogue: { tables, ancestors: new Map() }, unknown: [...unknown] };
  }

  /** What a column refers to: `author_id` to what a field `author` returns, and to a type Author. */
  #parentsOf(uses: readonly TableUse[]): (column: string) => readonly TableUse[] {
    const { schema } = this.#known;
    const returned = new Map<string, string[]>();
    for (const { type } of uses) {
      const object = schema.getType(type);
      for (const field of isObjectType(object) ? Object.values(object.getFields()) : []) {
        if (isListType(getNullableType(field.type))) continue;
        const shown = getNamedType(field.type);
        const types = isAbstractType(shown) ? schema.getPossibleTypes(shown) : [shown];
        returned.set(
          joinedWords(field.name),
          types.map(({ name }) => joinedWords(name)),
        );
      }
    }
    return (column) => {
      const joined = joinedWords(column);
      const names = [joined, joined.replace(/(?:id|uuid|key|fk|pk)$/, '')];
      const types = new Set(names.flatMap((name) => [name, ...(returned.get(name) ?? [])]));
      return [...types].flatMap((name) => this.#named.get(name) ?? []);
    };
  }

  /** The scalars of the keys that a column may be part of. */
  #shownAs(uses: readonly TableUse[], column: string): ShownAs {
    const own = uses.filter(({ rule }) => rule.key?.length !== 0);
    return new Set([
      ...own.flatMap((use) => this.#scalars(use.type, (fields) => keptIn(column, use.rule, fields))),
      ...this.#parentsOf(uses)(column).flatMap(({ type }) => this.#scalars(type, (fields) => fields)),
    ]);
  }

  #scalars(type: string, select: (fields: readonly string[]) => readonly string[]): readonly string[] {
    const { schema, rules } = this.#known;
    const object = schema.getType(type);
    const fields = isObjectType(object) ? object.getFields() : {};
    return select(rules.keyFields(type) ?? []).map((name) =>
      fields[name] ? getNamedType(fields[name].type).name : '',
    );
  }
}

/** The fields of a key that a column may hold. */
function keptIn(column: string, { key }: TableRule, fields: readonly string[]): readonly string[] {
  if (key) return fields.filter((_, at) => key[at] === column);
  const named = fields.filter((field) => joinedWords(field) === joinedWords(column));
  return named.length > 0 || fields.length > 1 ? named : fields;
}

function nameOf({ schema, table }: TableRule): string {
  return `${schema}.${table}`;
}

function tableOf(
  { schema, table }: TableRule,
  {
    oid,
    columns,
  }: { readonly oid: number; readonly columns: readonly Pick<RecordedColumn, 'name' | 'isPlain'>[] },
): CatalogueTable {
  return {
    oid,
    schema,
    name: table,
    kind: 'table',
    isLogged: true,
    identity: 'default',
    identityColumns: [],
    key: [],
    columns: columns.map(({ name, isPlain }) => ({ name, isPlain, isNullable: true })),
    foreignKeys: [],
    reads: [],
    isUnderRoot: false,
    publication: { inserts: true, updates: true, deletes: true, truncates: true, isPartial: false },
  };
}

function withSchemaHint(note: RecordNote): RecordNote {
  const hint = 'Records that bring their schema say more: debezium.format.value.schemas.enable=true.';
  return { ...note, remedy: `${note.remedy} ${hint}` };
}

function snapshotNote({ names: [table = ''] }: ChangeRecord): RecordNote {
  return {
    table,
    note: 'a snapshot has ended, and everything is purged once: what changed before it began is in no record',
    remedy: 'Nothing is to be done: caches fill again.',
  };
}

/** Why it is not known which row it was. */
function rowNote(table: string, { kind, connector }: ChangeRecord): RecordNote {
  const note = `a record of kind ${kind} does not say which row it is about, so that it purges the whole type`;
  const remedy =
    connector === 'mongodb'
      ? 'Turn on pre-images of the collection, and set capture.mode=change_streams_update_full_with_pre_image.'
      : 'Have the database log rows whole: of PostgreSQL REPLICA IDENTITY FULL.';
  return { table, note, remedy };
}
