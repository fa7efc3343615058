/**
 * The messages of PostgreSQL's `pgoutput`, protocol version 1, values as text (documentation of PostgreSQL 15, 55.9). Pure.
 *
 * A decoder of our own: the known library confirms positions that were only received, and makes numbers of texts.
 */

import type { Lsn } from '../purge/database-position';

/** A column's value as PostgreSQL writes it. null is NULL; undefined was not sent: it is unchanged, or not in the identity. */
export type Value = string | null | undefined;

/** In the order of {@link Relation.columns}. */
export type Tuple = readonly Value[];

/** Which columns of a row the log holds as they were before a change. */
export type RowIdentity = 'default' | 'nothing' | 'full' | 'index';

export interface RelationColumn {
  readonly name: string;
  /** it is part of the replica identity; of `full` each is */
  readonly isKey: boolean;
}

/** A table as the messages after it mean it. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly identity: RowIdentity;
  readonly columns: readonly RelationColumn[];
}

/** What was done to one row. */
export type RowChange =
  | { readonly kind: 'insert'; readonly relation: Relation; readonly row: Tuple }
  /** `old` undefined: no column of the identity changed, and no other column's former value is known */
  | {
      readonly kind: 'update';
      readonly relation: Relation;
      readonly row: Tuple;
      readonly old: Tuple | undefined;
    }
  | { readonly kind: 'delete'; readonly relation: Relation; readonly old: Tuple };

export type PgoutputMessage =
  | RowChange
  | { readonly kind: 'begin'; readonly xid: number }
  /** `end` is where the commit's record ends: what is confirmed when the transaction is done with */
  | { readonly kind: 'commit'; readonly end: Lsn }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'truncate'; readonly relations: readonly Relation[] }
  /** of `pg_logical_emit_message` */
  | {
      readonly kind: 'message';
      readonly isTransactional: boolean;
      readonly prefix: string;
      readonly content: string;
    }
  | { readonly kind: 'other' };

/** Something came that is no message of this protocol, or about a table that was never described. */
export class PgoutputError extends Error {}

const IDENTITIES: Readonly<Record<string, RowIdentity>> = {
  d: 'default',
  n: 'nothing',
  f: 'full',
  i: 'index',
};

const OTHER: PgoutputMessage = { kind: 'other' };

/** Decodes the messages of one connection, in order: tables are described once, before the first row. */
export class PgoutputDecoder {
  readonly #relations = new Map<number, Relation>();
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * @param bytes one message, whole
   * @throws PgoutputError
   */
  decode(bytes: Buffer): PgoutputMessage {
    this.#bytes = bytes;
    this.#at = 0;
    try {
      return this.#message();
    } catch (cause) {
      if (cause instanceof PgoutputError) throw cause;
      // It ends too early, and a number was read beyond its end.
      throw new PgoutputError('a message of pgoutput is cut off', { cause });
    }
  }

  #message(): PgoutputMessage {
    const tag = this.#char();
    switch (tag) {
      case 'I':
        return this.#insert();
      case 'U':
        return this.#update();
      case 'D':
        return this.#delete();
      case 'B':
        this.#at += 16;
        return { kind: 'begin', xid: this.#uint32() };
      case 'C': {
        this.#at += 9;
        return { kind: 'commit', end: this.#uint64() };
      }
      case 'R':
        return this.#relation();
      case 'T':
        return this.#truncate();
      case 'M':
        return this.#emitted();
      // The name of a type, and whence a transaction was replicated to this server: neither changes what a row is.
      case 'Y':
      case 'O':
        return OTHER;
      default:
        throw new PgoutputError(
          `a message of pgoutput begins with ${JSON.stringify(tag)}, which is not known`,
        );
    }
  }

  #insert(): PgoutputMessage {
    const relation = this.#known();
    this.#expect('N');
    return { kind: 'insert', relation, row: this.#tuple() };
  }

  #update(): PgoutputMessage {
    const relation = this.#known();
    const old = this.#old();
    this.#expect('N');
    return { kind: 'update', relation, row: this.#tuple(), old };
  }

  #delete(): PgoutputMessage {
    const relation = this.#known();
    const old = this.#old();
    if (!old) throw new PgoutputError('a deleted row comes without its key');
    return { kind: 'delete', relation, old };
  }

  /**
   * The whole row (O), or the columns of the identity (K). All others come as null then, and mean nothing; those of an identity never
   * are null. By which identity a row of a partition was written only that says: it may differ from the table's.
   */
  #old(): Tuple | undefined {
    const tag = String.fromCharCode(this.#bytes.readUInt8(this.#at));
    if (tag !== 'K' && tag !== 'O') return undefined;
    this.#at++;
    const tuple = this.#tuple();
    return tag === 'O' ? tuple : tuple.map((value) => value ?? undefined);
  }

  #truncate(): PgoutputMessage {
    const count = this.#uint32();
    // CASCADE and RESTART IDENTITY: what was emptied is listed either way.
    this.#at++;
    return { kind: 'truncate', relations: Array.from({ length: count }, () => this.#known()) };
  }

  #emitted(): PgoutputMessage {
    const isTransactional = this.#uint8() === 1;
    this.#at += 8;
    const prefix = this.#string();
    return { kind: 'message', isTransactional, prefix, content: this.#text(this.#uint32()) };
  }

  #relation(): PgoutputMessage {
    const oid = this.#uint32();
    // That of pg_catalog comes empty.
    const schema = this.#string() || 'pg_catalog';
    const name = this.#string();
    const letter = this.#char();
    const identity = IDENTITIES[letter];
    if (!identity) throw new PgoutputError(`the replica identity ${JSON.stringify(letter)} is not known`);
    const columns = Array.from({ length: this.#uint16() }, () => {
      const isKey = (this.#uint8() & 1) === 1;
      const column = { name: this.#string(), isKey };
      // Its type and modifier: the catalogue says more of them.
      this.#at += 8;
      return column;
    });
    const relation: Relation = { oid, schema, name, identity, columns };
    this.#relations.set(oid, relation);
    return { kind: 'relation', relation };
  }

  #known(): Relation {
    const oid = this.#uint32();
    const relation = this.#relations.get(oid);
    if (!relation) throw new PgoutputError(`a row of the table ${oid} comes before its description`);
    return relation;
  }

  #tuple(): Tuple {
    const count = this.#uint16();
    const values: Value[] = [];
    for (let index = 0; index < count; index++) values.push(this.#value());
    return values;
  }

  #value(): Value {
    const tag = this.#char();
    if (tag === 't') return this.#text(this.#uint32());
    if (tag === 'n') return null;
    if (tag === 'u') return undefined;
    throw new PgoutputError(`a value of the kind ${JSON.stringify(tag)} was not asked for`);
  }

  #expect(tag: string): void {
    const found = this.#char();
    if (found !== tag) throw new PgoutputError(`${JSON.stringify(found)} stands where a row should begin`);
  }

  #text(length: number): string {
    if (this.#at + length > this.#bytes.length) throw new PgoutputError('a message of pgoutput is cut off');
    const text = this.#bytes.toString('utf8', this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  #string(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new PgoutputError('a message of pgoutput is cut off');
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  #char(): string {
    return String.fromCharCode(this.#uint8());
  }

  #uint8(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  #uint16(): number {
    const value = this.#bytes.readUInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  #uint32(): number {
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  #uint64(): Lsn {
    const value = this.#bytes.readBigUInt64BE(this.#at);
    this.#at += 8;
    return value;
  }
}
