import type { CacheKey, Entry, Store } from '../cache/entry';
import type { Audience } from '../cache/audience';
import type { Engine } from '../engine/engine';
import type { Exchange } from '../engine/exchange';
import type { Asked } from '../operation/asked';
import { makeEntry, type EntrySettings } from './make-entry';
import type { Position } from '../purge/position';
import type { PurgeTable } from '../purge/table';
import type { Reason } from '../report/reason';

/** An answer that was just made, whole. */
export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly exchange: Exchange;
  /** what was stored; undefined with `why` it was not */
  readonly entry: Entry | undefined;
  readonly why: Reason | undefined;
  /** it holds data and no error: the same bytes are right for every media type, and for everyone with this key */
  readonly clean: boolean;
}

export interface FillParts {
  readonly table: PurgeTable;
  readonly asOf: () => Position;
  readonly now: () => number;
  /** where entries are kept, each told without being waited for (P43); none: the client asked for that */
  readonly stores: readonly Store[];
  readonly entries: EntrySettings;
}

/**
 * Asks upstream and stores what may be stored. The as-of is taken before upstream is asked, never when the answer is
 * stored: a purge in between is then newer than the entry, whenever the answer arrives (P01, P03).
 */
export async function fill(
  parts: FillParts,
  engine: Engine,
  asked: Asked,
  key: CacheKey,
  scope: 'shared' | 'private',
  headers: Readonly<Record<string, string>>,
  accept: string,
  signal: Audience | undefined,
): Promise<Answered> {
  const asOf = parts.asOf();
  const exchange: Exchange = { asked, refusal: undefined, scope, headers, signal, wantsExtensions: false };
  const answered = await run(engine, exchange, accept);
  const entry = makeEntry(parts.entries, parts.table, key, asOf, answered, parts.now());
  if (typeof entry === 'string') return { ...answered, entry: undefined, why: entry };
  if (parts.stores.length === 0) return { ...answered, entry: undefined, why: 'request' };
  for (const store of parts.stores) void store.set(entry);
  return { ...answered, entry, why: undefined };
}

/** Runs an exchange through Yoga and reads the whole answer. */
export async function run(
  engine: Engine,
  exchange: Exchange,
  accept: string,
): Promise<Omit<Answered, 'entry' | 'why'>> {
  const response = await engine.run(exchange, accept);
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? 'application/json; charset=utf-8',
    body: await response.text(),
    exchange,
    clean:
      response.status === 200 &&
      exchange.result !== undefined &&
      !exchange.result.errors &&
      !!exchange.result.data,
  };
}
