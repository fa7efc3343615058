import { hash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { judge } from '../cache/judge';
import type { CacheKey, Entry } from '../cache/entry';
import type { Exchange } from '../engine/exchange';
import { refine } from '../policy/analyse';
import { isTypeName } from '../policy/type-shape';
import type { Position } from '../purge/position';
import type { PurgeTable } from '../purge/table';
import { parseTag, type Tag } from '../purge/tag';
import type { Reason } from '../report/reason';
import type { UpstreamWord } from '../upstream/word';

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
  const { schema, rules } = asked!.operation.question.root.source;
  const isType = (name: string) => isTypeName(schema, rules, name);
  const added = word.tags.flatMap((text) => parseTag(text, isType) ?? []);
  return [...new Set([...tags, ...added])];
}
