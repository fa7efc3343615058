import { hash } from 'node:crypto';
import { isCompositeType, type ExecutionResult } from 'graphql';
import { judge } from '../cache/lookup';
import type { CacheKey, Entry, Store } from '../cache/entry';
import type { Exchange } from '../yoga/execution';
import { refine } from '../policy/analyse';
import type { Position } from '../purge/position';
import type { PurgeTable } from '../purge/table';
import { parseTag, type Tag } from '../purge/tag';
import type { Reason } from '../report/reason';
import type { UpstreamWord } from '../upstream/storage-hints';
import type { Audience } from '../cache/single-flight';
import type { Engine } from '../yoga/yoga';
import type { Asked } from '../operation/bound-operation';

export interface EntrySettings {
  readonly maxEntryBytes: number;
  /** seconds */
  readonly staleIfError: number;
  /** what upstream says of an answer's storage */
  readonly upstreamWord: (
    headers: Readonly<Record<string, string>>,
    extensions: ExecutionResult['extensions'] | null,
  ) => UpstreamWord;
}

/**
 * Makes an entry of an answer, or says why it may not be stored: errors, partial data, a cookie, anything that could
 * not be purged, and whatever upstream forbids.
 * @param clean whether the answer holds data and no error
 * @param answeredAt monotonic milliseconds
 */
export function makeEntry(
  settings: EntrySettings,
  table: PurgeTable,
  key: CacheKey,
  asOf: Position,
  answered: { readonly body: string; readonly exchange: Exchange; readonly clean: boolean },
  answeredAt: number,
): Entry | Reason {
  const { exchange, clean } = answered;
  const { storableFor, collected, answer, asked, result, scope } = exchange;
  if (!clean || !collected || !answer?.answered || !asked) return 'error';
  if (answer.headers['set-cookie'] !== undefined) return 'set-cookie';
  if (storableFor === undefined || storableFor <= 0) return 'no-policy';
  if (collected.untagged !== undefined) return 'untagged';
  const body = Buffer.from(answered.body);
  if (body.length > settings.maxEntryBytes) return 'too-large';
  const word = settings.upstreamWord(answer.headers, result?.extensions);
  const maxAge = Math.min(storableFor, word.maxAge);
  if (maxAge <= word.age || (word.isPrivate && scope === 'shared')) return 'upstream';
  const entry: Entry = {
    key,
    body,
    etag: `"${hash('sha256', body, 'base64url').slice(0, 27)}"`,
    asOf,
    tags: withUpstreamTags(collected.tags, word, exchange),
    answeredAt: answeredAt - word.age * 1000,
    heldSince: answeredAt,
    maxAge,
    swr: word.mustRevalidate ? 0 : refine(asked.operation.policy, collected.limit).swr,
    staleIfError: word.mustRevalidate ? 0 : settings.staleIfError,
  };
  // Purged while it was on its way: whoever waited began before the purge, but nobody later may have it.
  const judgement = judge(entry, table, answeredAt);
  return judgement === 'purged' || judgement === 'distrusted' ? judgement : entry;
}

function withUpstreamTags(tags: ReadonlySet<Tag>, word: UpstreamWord, { asked }: Exchange): Tag[] {
  if (word.tags.length === 0) return [...tags];
  const { schema } = asked!.operation.question.root.source;
  const isType = (name: string) => isCompositeType(schema.getType(name));
  const added = word.tags.flatMap((text) => parseTag(text, isType) ?? []);
  return [...new Set([...tags, ...added])];
}

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
