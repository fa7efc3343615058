import { isCompositeType, type ExecutionResult } from 'graphql';
import type { Audience } from '../cache/single-flight';
import type { CacheKey, Entry } from '../cache/entry';
import type { Asked } from '../operation/bound-operation';
import { refine } from '../policy/analyse';
import type { Position } from '../purge/position';
import { parseTag, type Tag } from '../purge/tag';
import type { Region } from '../region/region';
import type { Reason } from '../report/reason';
import { SILENT, type UpstreamWord } from '../upstream/storage-hints';
import type { Exchange } from '../yoga/execution';
import type { Engine } from '../yoga/yoga';
import type { AnswerType } from './media-type';
import { whyNotStored } from './rules';

/** An answer that was just made, whole. */
export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly exchange: Exchange;
  /** it holds data and no error: the same bytes are right for every media type, and for everyone with this key */
  readonly clean: boolean;
}

/** The same, and what became of it here. */
export interface Filled extends Answered {
  /** what was stored; undefined with `why` it was not */
  readonly entry: Entry | undefined;
  readonly why: Reason | undefined;
}

export interface EntrySettings {
  /** seconds */
  readonly staleIfError: number;
  /** what upstream says of an answer's storage */
  readonly upstreamWord: (
    headers: Readonly<Record<string, string>>,
    extensions: ExecutionResult['extensions'] | null,
  ) => UpstreamWord;
}

/** What is asked for, for whom, and how upstream is asked for it. */
export interface Destination {
  readonly engine: Engine;
  readonly asked: Asked;
  readonly key: CacheKey;
  readonly scope: 'shared' | 'private';
  readonly headers: Readonly<Record<string, string>>;
  readonly type: AnswerType;
  /** aborted when nobody waits any more */
  readonly signal: Audience | undefined;
  /** false: the client wants its answer stored nowhere (RFC 9111 5.2.1.5), or nobody could vouch for it */
  readonly stores: boolean;
}

/**
 * Asks upstream and stores what may be stored. The as-of is taken before upstream is asked, never when the answer is
 * stored: a purge in between is then newer than the entry, whenever the answer arrives (P01, P03).
 */
export async function fill(region: Region, settings: EntrySettings, to: Destination): Promise<Filled> {
  const asOf = region.asOf();
  const { asked, scope, headers, signal } = to;
  const exchange: Exchange = { asked, refusal: undefined, scope, headers, signal, wantsExtensions: false };
  const answered = await run(to.engine, exchange, to.type);
  const entry = makeEntry(region, settings, { key: to.key, asOf, answered });
  if (typeof entry === 'string') return { ...answered, entry: undefined, why: entry };
  if (!to.stores) return { ...answered, entry: undefined, why: 'request' };
  region.keep(entry);
  return { ...answered, entry, why: undefined };
}

/** Runs an exchange through Yoga and reads the whole answer. */
export async function run(engine: Engine, exchange: Exchange, accept: string): Promise<Answered> {
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

/** Makes an entry of an answer, or says by which of the rules it may not be stored. */
export function makeEntry(
  region: Region,
  settings: EntrySettings,
  {
    key,
    asOf,
    answered: { body, exchange, clean },
  }: {
    readonly key: CacheKey;
    readonly asOf: Position;
    readonly answered: Answered;
  },
): Entry | Reason {
  const { storableFor = 0, collected, answer, asked, result, scope } = exchange;
  const word = answer ? settings.upstreamWord(answer.headers, result?.extensions) : SILENT;
  const why = whyNotStored({
    isClean: clean && answer?.answered === true && collected !== undefined,
    setsCookie: answer?.headers['set-cookie'] !== undefined,
    allowedFor: storableFor,
    isTagged: collected?.untagged === undefined,
    word,
    scope: scope === 'shared' ? 'shared' : 'private',
  });
  if (why !== undefined) return why;
  return region.entryOf({
    key,
    body: Buffer.from(body),
    asOf,
    tags: withUpstreamTags(collected!.tags, word, exchange),
    answeredAt: region.now() - word.age * 1000,
    maxAge: Math.min(storableFor, word.maxAge),
    swr: word.mustRevalidate ? 0 : refine(asked!.operation.policy, collected!.limit).swr,
    staleIfError: word.mustRevalidate ? 0 : settings.staleIfError,
  });
}

function withUpstreamTags(tags: ReadonlySet<Tag>, word: UpstreamWord, { asked }: Exchange): Tag[] {
  if (word.tags.length === 0) return [...tags];
  const { schema } = asked!.operation.question.root.source;
  const isType = (name: string) => isCompositeType(schema.getType(name));
  const added = word.tags.flatMap((text) => parseTag(text, isType) ?? []);
  return [...new Set([...tags, ...added])];
}
