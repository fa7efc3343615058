import { hash } from 'node:crypto';
import type { Purge } from './log';
import { changeTag, EVERYTHING, impliedBy, membershipOf, isSessionTag, typeOf, type Tag } from './tag';

/**
 * By what a CDN in front knows the answers that it keeps, and what it is told to give up. A key is a digest of a tag: it has
 * one length, no character that some CDN reads in its own way, and tells nobody which objects an answer holds. Two tags with
 * one key would cost a copy more than need be.
 */

/** Cloudflare takes about so many keys of an answer; with their spaces they stay below the 16 KB of Cloudflare and Fastly. */
const MOST_KEYS = 1000;

/** Hex digits: Cloudflare tells no upper case from lower. */
const KEY_LENGTH = 12;

/** What purges all answers, and nothing else that the CDN keeps. */
export const ALL_KEY = keyOf(EVERYTHING);

/**
 * The keys that an answer with these tags is purged by. Where there are too many, one for any change of a type stands for all
 * that are about that type.
 * @returns undefined when there are too many even so: then the CDN must not keep it
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
 * The tag that a CDN knows a tag as. One process sends all purges, and while an upgrade rolls it may be a gateway that knows
 * of no {@link membershipTag}: any change stands for it.
 */
function knownTag(tag: Tag): Tag {
  const type = membershipOf(tag);
  return type === undefined ? tag : changeTag(type);
}

function keyOf(tag: Tag): string {
  return hash('sha256', tag, 'hex').slice(0, KEY_LENGTH);
}
