import { hash } from 'node:crypto';
import type { Purge } from './log';
import { changeTag, EVERYTHING, impliedBy, membershipOf, isSessionTag, typeOf, type Tag } from './tag';

/**
 * The keys by which a CDN in front finds the answers to purge. A key is a digest of a tag: all have one length,
 * contain no character that some CDN treats specially, and do not reveal which objects an answer contains. If two
 * tags had one key, a copy would be purged more often than necessary.
 */

/** Cloudflare takes about so many keys of an answer; with their spaces they stay below the 16 KB of Cloudflare and Fastly. */
const MOST_KEYS = 1000;

/** Hex digits: Cloudflare tells no upper case from lower. */
const KEY_LENGTH = 12;

/** What purges all answers, and nothing else that the CDN keeps. */
export const ALL_KEY = keyOf(EVERYTHING);

/**
 * The keys that purge an answer with these tags. If there are too many, one key for any change of a type replaces
 * all keys about that type.
 * @returns undefined if there are still too many: then the CDN must not cache the answer
 */
export function keysOfAnswer(tags: readonly Tag[]): readonly string[] | undefined {
  const all = new Set([EVERYTHING, ...tags.map(knownTag)]);
  const few = all.size <= MOST_KEYS ? all : new Set([EVERYTHING, ...tags.map(foldedTag)]);
  return few.size <= MOST_KEYS ? Array.from(few, keyOf) : undefined;
}

/** The keys of all answers that these purges are about. No session's answer is ever kept by a CDN. */
export function keysOfPurges(purges: readonly Pick<Purge, 'tag'>[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { tag } of purges) {
    if (isSessionTag(tag)) continue;
    for (const each of [tag, ...impliedBy(tag)]) keys.add(keyOf(knownTag(each)));
  }
  return keys;
}

function foldedTag(tag: Tag): Tag {
  const type = typeOf(tag);
  return type === undefined ? knownTag(tag) : changeTag(type);
}

/**
 * The tag that the CDN gets for a tag. One process sends all purges, and during a rolling upgrade that may be a
 * gateway that does not know {@link membershipTag}: any change of the type stands for it.
 */
function knownTag(tag: Tag): Tag {
  const type = membershipOf(tag);
  return type === undefined ? tag : changeTag(type);
}

function keyOf(tag: Tag): string {
  return hash('sha256', tag, 'hex').slice(0, KEY_LENGTH);
}
