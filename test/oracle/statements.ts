/** Random statements, as an import, an administrator's psql or another service might send them to a database. */
import { escapeLiteral, type Client } from 'pg';
import type { Random } from '../kit/random';
import { readTableCatalogue, type Catalogue, type Column, type Relation } from './table-catalogue';

/** What to run in one go. */
export interface Statement {
  /** `update app.post`: by this it is counted */
  readonly what: string;
  readonly sql: string;
}

/** Rows of an import, more than a transaction is taken row by row of (see captured.ts). */
const IMPORTED = 30;

export class StatementWriter {
  readonly #client: Client;
  readonly #random: Random;
  readonly #catalogue: Catalogue;
  #made = 0;

  private constructor(client: Client, random: Random, catalogue: Catalogue) {
    this.#client = client;
    this.#random = random;
    this.#catalogue = catalogue;
  }

  static async over(client: Client, random: Random): Promise<StatementWriter> {
    return new StatementWriter(client, random, await readTableCatalogue(client));
  }

  /** @returns undefined where what was chosen has nothing to choose from; ask again */
  async next(): Promise<Statement | undefined> {
    const kinds: readonly [weight: number, write: () => Promise<Statement | undefined>][] = [
      [5, () => this.#rows()],
      [1, () => this.#transaction()],
      [0.7, () => this.#import()],
      [0.7, () => this.#many()],
      [0.7, () => this.#asReplica()],
      [1.5, async () => this.#call()],
      [0.7, () => this.#throughView()],
      [0.3, async () => this.#refresh()],
      [0.25, async () => this.#truncate()],
    ];
    let at = this.#random.next() * kinds.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, write] of kinds) if ((at -= weight) < 0) return write();
    return undefined;
  }

  /** Of one row. */
  async #rows(): Promise<Statement | undefined> {
    const table = this.#random.pick(this.#tables());
    const which = this.#random.next();
    if (which < 0.25) return this.#insert(table);
    if (which < 0.4) return this.#delete(table);
    return this.#update(table, which < 0.5 ? 'key' : which < 0.7 ? 'reference' : 'value');
  }

  async #insert(table: Relation): Promise<Statement | undefined> {
    const values = await this.#newRow(table);
    if (!values) return undefined;
    const names = table.columns.map(({ name }) => name).join(', ');
    return {
      what: `insert ${table.name}`,
      sql: `insert into ${table.name} (${names}) values (${values.join(', ')})`,
    };
  }

  async #newRow(table: Relation): Promise<string[] | undefined> {
    const values: string[] = [];
    for (const column of table.columns) {
      const value = column.refers
        ? await this.#existing(column.refers.table, column.refers.column)
        : column.isKey || this.#random.chance(0.4)
          ? this.#fresh(column)
          : ((await this.#existing(table.name, column.name)) ?? this.#fresh(column));
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  }

  async #delete(table: Relation): Promise<Statement | undefined> {
    const row = await this.#place(table);
    if (row === undefined) return undefined;
    return { what: `delete ${table.name}`, sql: `delete from ${table.name} where ${row}` };
  }

  async #update(table: Relation, of: 'key' | 'reference' | 'value'): Promise<Statement | undefined> {
    const columns = table.columns.filter(({ isKey, refers }) =>
      of === 'key' ? isKey : of === 'reference' ? refers : !isKey && !refers,
    );
    const [column, row] = [this.#random.pick(columns), await this.#place(table)];
    const value = column && (await this.#valueFor(table, column));
    if (!column || !row || value === undefined) return undefined;
    const what = of === 'reference' ? 'move' : of === 'key' ? 'rekey' : 'update';
    return {
      what: `${what} ${table.name}`,
      sql: `update ${table.name} set ${column.name} = ${value} where ${row}`,
    };
  }

  async #many(): Promise<Statement | undefined> {
    const table = this.#random.pick(this.#tables());
    const column = this.#random.pick(table.columns.filter(({ isKey }) => !isKey));
    const value = column && (await this.#valueFor(table, column));
    if (!column || value === undefined) return undefined;
    const half = `abs(hashtext(${table.name.split('.')[1]}::text)) % 2 = ${this.#random.below(2)}`;
    return {
      what: `update many ${table.name}`,
      sql: `update ${table.name} set ${column.name} = ${value} where ${half}`,
    };
  }

  async #import(): Promise<Statement | undefined> {
    const table = this.#random.pick(this.#tables());
    const rows: string[] = [];
    for (let count = 0; count < IMPORTED; count++) {
      const row = await this.#newRow(table);
      if (!row) return undefined;
      rows.push(`(${row.join(', ')})`);
    }
    const names = table.columns.map(({ name }) => name).join(', ');
    const sql = `insert into ${table.name} (${names}) values ${rows.join(', ')} on conflict do nothing`;
    return { what: `import ${table.name}`, sql };
  }

  /** Several in one transaction, of which some are taken back. */
  async #transaction(): Promise<Statement | undefined> {
    const [first, undone, last] = [await this.#rows(), await this.#rows(), await this.#rows()];
    if (!first || !undone || !last) return undefined;
    const sql = `begin; ${first.sql}; savepoint before; ${undone.sql}; rollback to before; ${last.sql}; commit`;
    return { what: `${first.what}, ${last.what}`, sql };
  }

  /** As a replica of another server writes: no trigger runs, and no foreign key is looked after. */
  async #asReplica(): Promise<Statement | undefined> {
    const one = await this.#rows();
    const sql = one && `begin; set local session_replication_role = replica; ${one.sql}; commit`;
    return one && { what: `${one.what} as a replica`, sql: sql! };
  }

  #call(): Statement | undefined {
    const routine = this.#random.pick(this.#catalogue.routines);
    if (!routine?.takes.every((type) => /int/.test(type))) return undefined;
    const values = routine.takes.map(() => 1 + this.#random.below(8));
    return { what: `call ${routine.name}`, sql: `select ${routine.name}(${values.join(', ')})` };
  }

  async #throughView(): Promise<Statement | undefined> {
    const view = this.#random.pick(this.#of('v'));
    const [key, ...others] = view?.columns ?? [];
    const column = this.#random.pick(others);
    const [row, value] = [
      view && key && (await this.#existing(view.name, key.name)),
      column && this.#fresh(column),
    ];
    if (!view || !key || !column || row === undefined || value === undefined) return undefined;
    const sql = `update ${view.name} set ${column.name} = ${value} where ${key.name} = ${row}`;
    return { what: `update ${view.name}`, sql };
  }

  #refresh(): Statement | undefined {
    const view = this.#random.pick(this.#of('m'));
    return view && { what: `refresh ${view.name}`, sql: `refresh materialized view ${view.name}` };
  }

  #truncate(): Statement | undefined {
    // Of a table that others refer to, little would be left to look at.
    const referredTo = new Set(
      this.#tables().flatMap(({ columns }) => columns.map(({ refers }) => refers?.table)),
    );
    const table = this.#random.pick(
      [...this.#tables(), ...this.#of('leaf')].filter(({ name }) => !referredTo.has(name)),
    );
    return table && { what: `truncate ${table.name}`, sql: `truncate ${table.name}` };
  }

  #tables(): readonly Relation[] {
    return this.#catalogue.relations.filter(({ kind }) => kind === 'r' || kind === 'p');
  }

  #of(kind: Relation['kind']): readonly Relation[] {
    return this.#catalogue.relations.filter((relation) => relation.kind === kind);
  }

  /** A condition that one row fulfils. */
  async #place(table: Relation): Promise<string | undefined> {
    const keys = table.columns.filter(({ isKey }) => isKey);
    if (keys.length === 0) {
      const place = await this.#one(`select ctid from ${table.name}`, table.name);
      return place === undefined ? undefined : `ctid = ${place}`;
    }
    const list = keys.map(({ name }) => `format('%s = %L', ${escapeLiteral(name)}, ${name})`).join(', ');
    return (
      (await this.#text(`select concat_ws(' and ', ${list}) from ${table.name}`, table.name)) ?? undefined
    );
  }

  async #valueFor(table: Relation, column: Column): Promise<string | undefined> {
    if (column.refers) return this.#existing(column.refers.table, column.refers.column);
    if (!column.isKey && this.#random.chance(0.3)) return this.#existing(table.name, column.name);
    return this.#fresh(column);
  }

  #fresh({ type, category }: Column): string | undefined {
    const number = ++this.#made;
    if (category === 'N') return String(this.#random.chance(0.5) ? 1000 + number : this.#random.below(100));
    if (category === 'S') return `'New ${number}'`;
    if (category === 'B') return String(this.#random.chance(0.5));
    if (category === 'D') return `'2026-0${1 + (number % 9)}-01'`;
    if (type === 'uuid') return `md5('${number}')::uuid`;
    return type.startsWith('json') ? `'{"n": ${number}}'` : undefined;
  }

  /** A value that there is, as a literal; `null` as well. */
  #existing(table: string, column: string): Promise<string | undefined> {
    return this.#one(`select ${column} from ${table}`, table);
  }

  async #one(select: string, table: string): Promise<string | undefined> {
    const text = await this.#text(select.replace(/^select (.*) from/, 'select ($1)::text from'), table);
    return text === null ? 'null' : text && escapeLiteral(text);
  }

  /** One column of a random row. @returns undefined where there is none */
  async #text(select: string, table: string): Promise<string | null | undefined> {
    const [{ count }] = (await this.#client.query(`select count(*)::int as count from ${table}`)).rows as [
      { count: number },
    ];
    if (count === 0) return undefined;
    const isView = this.#of('v').some(({ name }) => name === table);
    const order = isView ? '' : 'order by tableoid, ctid';
    const { rows } = await this.#client.query({
      text: `${select} ${order} offset ${this.#random.below(count)} limit 1`,
      rowMode: 'array',
    });
    return (rows as (string | null)[][])[0]?.[0];
  }
}
