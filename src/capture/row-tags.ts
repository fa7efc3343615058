import type { TagFormat } from '../policy/tag-format';
import { entityTag, EVERYTHING, type Tag } from '../purge/tag';
import type { RowChange, Tuple, Value } from './pgoutput';

/** Objects of one type that rows of a table stand for. Columns are given by where they stand in a row; -1: in none. */
export interface EntityPlan {
  /** as tags name the type */
  readonly name: string;
  /** the type whole: its objects and lists */
  readonly whole: readonly Tag[];
  readonly lists: readonly Tag[];
  /** the columns of its key, in its order; undefined: they are not known, and only the type can be purged */
  readonly key: readonly number[] | undefined;
  /** the columns that decide in which lists an object is; undefined: any may */
  readonly listColumns: readonly number[] | undefined;
}

/** An object that a foreign key refers to. */
export interface ParentPlan extends Pick<EntityPlan, 'name' | 'whole' | 'key'> {
  /** of a row that is itself no object: what is in the parents' lists may be up to it */
  readonly lists: readonly Tag[];
}

/** One of the formats of `@table(tags:)`. */
export interface FormatPlan {
  readonly format: TagFormat;
  /** @returns undefined when a value is missing */
  readonly render: (values: RowValues) => readonly Tag[] | undefined;
  /** what is purged when a value is not known: more than the format would */
  readonly whole: readonly Tag[];
}

/** Of `$row` and `$old`: column -> value. */
export interface RowValues {
  readonly row?: Readonly<Record<string, Value>>;
  readonly old?: Readonly<Record<string, Value>>;
}

/** What a row of one table purges. Made by `mapping.ts`. */
export interface TablePlan {
  readonly columns: readonly { readonly name: string; readonly isKey: boolean }[];
  readonly entities: readonly EntityPlan[];
  readonly parents: readonly ParentPlan[];
  readonly formats: readonly FormatPlan[];
  /** what is purged where single rows are not looked at, but for what the formats name */
  readonly whole: readonly Tag[];
}

/** A row before and after a change. */
interface Versions {
  readonly before: ((column: number) => Value) | undefined;
  readonly after: ((column: number) => Value) | undefined;
}

/**
 * The tags of one changed row, but for those of formats. What the log does not say, such as the former parent of a row that was
 * moved, is taken for anything: then the type is purged.
 */
export function tagsOfRow(plan: TablePlan, change: RowChange, add: (tag: Tag) => void): void {
  const versions = versionsOf(plan, change);
  for (const entity of plan.entities) {
    addObjects(entity, versions, add);
    if (changesLists(entity, versions)) for (const tag of entity.lists) add(tag);
  }
  for (const parent of plan.parents) {
    addObjects(parent, versions, add);
    for (const tag of parent.lists) add(tag);
  }
}

/** The tags that formats make of one changed row: of how it is, and of how it was. */
export function tagsOfFormats(plan: TablePlan, change: RowChange, add: (tag: Tag) => void): void {
  const { before, after } = versionsOf(plan, change);
  const row = after && valuesOf(plan, after);
  const old = before && valuesOf(plan, before);
  for (const { format, render, whole } of plan.formats) {
    const readsOld = format.placeholders.some(({ from }) => from === 'old');
    // Of a row that is new there is no former one; of one that is gone, the former is the last there was.
    const fillings: RowValues[] = [];
    if (row && !(readsOld && !old)) fillings.push({ row, ...(old && { old }) });
    if (old) fillings.push({ row: old, old });
    for (const values of fillings) {
      const isUnknown = format.placeholders.some(
        ({ from, path }) => values[from as keyof RowValues]?.[path[0]!] === undefined,
      );
      for (const tag of (isUnknown ? whole : render(values)) ?? []) add(tag);
    }
  }
}

function versionsOf({ columns }: TablePlan, change: RowChange): Versions {
  if (change.kind === 'insert') return { before: undefined, after: at(change.row) };
  if (change.kind === 'delete') return { before: at(change.old), after: undefined };
  const { row, old } = change;
  const before = (column: number): Value => {
    if (old) return old[column];
    // Nothing was sent of it, so no column of the identity changed; of the others nothing is known. Where the identity is all
    // columns that is a row of a partition with another one.
    return columns[column]?.isKey && change.relation.identity !== 'full' ? row[column] : undefined;
  };
  // What was left out of the new row is as it was.
  const after = (column: number): Value => (row[column] === undefined ? before(column) : row[column]);
  return { before, after };
}

function at(tuple: Tuple): (column: number) => Value {
  return (column) => tuple[column];
}

function addObjects(
  { name, key, whole }: Pick<EntityPlan, 'name' | 'key' | 'whole'>,
  { before, after }: Versions,
  add: (tag: Tag) => void,
): void {
  for (const version of [before, after]) {
    if (!version) continue;
    const tag = key ? objectTag(name, key, version) : 'unknown';
    if (tag === 'unknown') {
      for (const each of whole) add(each);
      return;
    }
    if (tag !== undefined) add(tag);
  }
}

/** @returns undefined where a part of the key is NULL: there is no such object */
function objectTag(
  name: string,
  key: readonly number[],
  version: (column: number) => Value,
): Tag | 'unknown' | undefined {
  if (key.length === 1) {
    const value = version(key[0]!);
    if (value === null) return undefined;
    return value === undefined ? 'unknown' : entityTag(name, value);
  }
  const values = key.map(version);
  if (values.includes(null)) return undefined;
  return values.includes(undefined) ? 'unknown' : entityTag(name, values as string[]);
}

function changesLists({ listColumns, key }: EntityPlan, { before, after }: Versions): boolean {
  if (!before || !after || !listColumns || !key) return true;
  return [...listColumns, ...key].some((column) => {
    const now = after(column);
    return now === undefined ? !isUnchanged(before, column) : now !== before(column);
  });
}

/** A value that was sent of neither row is unchanged if it is one of a column that the row has. */
function isUnchanged(before: (column: number) => Value, column: number): boolean {
  return column >= 0 && before(column) === undefined;
}

function valuesOf({ columns }: TablePlan, version: (column: number) => Value): Record<string, Value> {
  return Object.fromEntries(columns.map(({ name }, column) => [name, version(column)]));
}

/** Of rows that are not looked at one by one, and whose formats could be anything. */
export function tagsOfAnyRow(plan: TablePlan): readonly Tag[] {
  if (plan.formats.length === 0) return plan.whole;
  const whole = plan.formats.flatMap((format) => format.whole);
  return whole.includes(EVERYTHING) ? [EVERYTHING] : [...plan.whole, ...whole];
}
