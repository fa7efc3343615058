import { joinedWords } from '../policy/name-words';
import type { TableRule } from '../policy/table-rules';
import type { ChangeRecord, RecordRow } from './debezium';
import { columnsIn } from './mapping';
import type { RowChange, Value } from './pgoutput';
import { isFormer, type Cell } from './record-values';

/** A use of `@table`. */
export interface TableUse {
  readonly type: string;
  readonly rule: TableRule;
}

/** A column of a record. */
export interface RecordedColumn {
  readonly name: string;
  readonly isKey: boolean;
  readonly isPlain: boolean;
}

/** @returns what a row of a record has in a column */
export type ReadCell = (row: RecordRow, column: string) => Cell;

/** No table has more, and few documents do. */
const MOST_COLUMNS = 5_000;
/** What the column of a primary key is called, if it has a name of its own; with the type before it as well: `product_id`. */
const PRIMARY: readonly string[] = ['id', 'rowid', 'pk', 'uuid'];

/** Whether it is worth while to look at single columns. */
export function isReadable(columns: readonly RecordedColumn[]): boolean {
  return columns.length > 0 && columns.length <= MOST_COLUMNS;
}

/** All that a record, its schema or, of documents, `@table` names. */
export function recordedColumns(
  uses: readonly TableUse[],
  record: ChangeRecord,
  read: ReadCell,
): readonly RecordedColumn[] {
  const { before, after, columns, connector } = record;
  const rows = [before, after].filter((row) => row !== undefined);
  const names = new Set([...(columns?.keys() ?? []), ...rows.flatMap((row) => [...row.keys()])]);
  // A document need not have a member for what is null.
  if (connector === 'mongodb' && rows.length > 0) for (const name of uses.flatMap(namesIn)) names.add(name);
  if (names.size > MOST_COLUMNS) return [...names].map((name) => ({ name, isKey: false, isPlain: false }));
  const primary = primaryOf([...names], uses, connector);
  const said = new Set(uses.flatMap(({ rule }) => rule.key ?? []));
  const alike = new Map<string, number>();
  for (const joined of [...names].map(joinedWords)) alike.set(joined, (alike.get(joined) ?? 0) + 1);
  return [...names].map((name) => {
    // Which of `_id` and `id` is meant is not clear unless it is said.
    const isClear = said.has(name) || alike.get(joinedWords(name)) === 1;
    const isPlain = isClear && rows.every((row) => read(row, name).isPlain);
    return { name, isKey: name === primary, isPlain };
  });
}

/** The columns that a use of `@table` names, but for those of the key, which every row has. */
function namesIn({ rule: { lists, parents, tags } }: TableUse): readonly string[] {
  return [...(lists ?? []), ...(parents ?? []), ...columnsIn(tags)];
}

/** The column that is most likely the primary key, by its name; undefined: none is. */
function primaryOf(
  names: readonly string[],
  uses: readonly TableUse[],
  connector: string,
): string | undefined {
  if (connector === 'mongodb') return names.find((name) => name === '_id');
  const wanted = [
    ...PRIMARY.slice(0, 1),
    ...uses.map(({ type }) => `${joinedWords(type)}id`),
    ...PRIMARY.slice(1),
  ];
  const found = wanted.map((one) => names.find((name) => joinedWords(name) === one));
  return found.find((name) => name !== undefined);
}

/** The change of a record as a log would have told of it. @param valueOf what is made of a cell */
export function rowChangeOf(
  {
    record,
    columns,
    read,
  }: { readonly record: ChangeRecord; readonly columns: readonly RecordedColumn[]; readonly read: ReadCell },
  valueOf: (cell: Cell) => Value,
): RowChange {
  const { kind, before, after } = record;
  const relation = { oid: 0, schema: '', name: '', identity: 'default', columns } as const;
  const row = after && columns.map(({ name }) => valueOf(read(after, name)));
  const old =
    before &&
    columns.map((column) => {
      const cell = read(before, column.name);
      return isFormer(record, column, before.get(column.name), cell) ? valueOf(cell) : undefined;
    });
  if (kind === 'delete') return { kind, relation, old: old ?? [] };
  return kind === 'insert'
    ? { kind, relation, row: row ?? [] }
    : { kind: 'update', relation, row: row ?? [], old };
}
