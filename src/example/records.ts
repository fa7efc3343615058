/** The last `first` of some rows, the very last one first. @param first not negative */
export function latest<Row>(rows: readonly Row[], first: number): Row[] {
  return first === 0 ? [] : rows.slice(-first).toReversed();
}

/** What every record has. Records are never changed in place: a reference keeps what was true when it was read. */
export interface Identified {
  readonly id: string;
  /** Begins at 1 and grows by one with every change. */
  readonly version: number;
}

/** Records of one type, in memory, found by id or by the value of an indexed field. */
export class Records<Row extends Identified> {
  readonly #rows = new Map<string, Row>();
  readonly #indexes: ReadonlyMap<keyof Row, Map<unknown, Set<string>>>;
  readonly #prefix: string;
  readonly #limit: number;
  #made = 0;

  /**
   * @param prefix what ids begin with: `trip` gives `trip-1`, `trip-2`
   * @param indexed the fields {@link where} can be asked about
   * @param limit the number of records there is room for: the example runs for long in simulations
   */
  constructor(prefix: string, indexed: readonly (keyof Row)[], limit = 100_000) {
    this.#prefix = prefix;
    this.#indexes = new Map(indexed.map((field) => [field, new Map<unknown, Set<string>>()]));
    this.#limit = limit;
  }

  get size(): number {
    return this.#rows.size;
  }

  get isFull(): boolean {
    return this.#rows.size >= this.#limit;
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** In the order they were added. */
  all(): Row[] {
    return [...this.#rows.values()];
  }

  /** Those with a value in an indexed field, in the order they got it. @throws RangeError when there is no such index */
  where<Field extends keyof Row>(field: Field, value: Row[Field]): Row[] {
    const index = this.#indexes.get(field);
    if (!index) throw new RangeError(`${this.#prefix} records have no index on ${String(field)}.`);
    const rows: Row[] = [];
    for (const id of index.get(value) ?? []) {
      const row = this.#rows.get(id);
      if (row) rows.push(row);
    }
    return rows;
  }

  /** Adds the record that `make` builds around a new id. Ids are never used again. */
  add(make: (identity: Identified) => Row): Row {
    const row = make({ id: `${this.#prefix}-${++this.#made}`, version: 1 });
    this.#rows.set(row.id, row);
    for (const field of this.#indexes.keys()) this.#index(field, row);
    return row;
  }

  /** Replaces a record by a changed one of the next version. @returns undefined when there is none */
  change(id: string, change: Partial<Omit<Row, keyof Identified>>): Row | undefined {
    const before = this.#rows.get(id);
    if (!before) return undefined;
    const after: Row = { ...before, ...change, version: before.version + 1 };
    this.#rows.set(id, after);
    for (const field of this.#indexes.keys()) {
      if (before[field] === after[field]) continue;
      this.#unindex(field, before);
      this.#index(field, after);
    }
    return after;
  }

  /** @returns false when there was none */
  remove(id: string): boolean {
    const row = this.#rows.get(id);
    if (!row) return false;
    for (const field of this.#indexes.keys()) this.#unindex(field, row);
    return this.#rows.delete(id);
  }

  #index(field: keyof Row, row: Row): void {
    const index = this.#indexes.get(field);
    const ids = index?.get(row[field]);
    if (ids) ids.add(row.id);
    else index?.set(row[field], new Set([row.id]));
  }

  #unindex(field: keyof Row, row: Row): void {
    this.#indexes.get(field)?.get(row[field])?.delete(row.id);
  }
}
