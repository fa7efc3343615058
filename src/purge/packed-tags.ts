import type { Tag } from './tag';

/**
 * A number for a text, the same each time (FNV-1a, 32 bits). Different texts may have the same: it can tell that something
 * is not there, and never that it is.
 */
export function fnv1a(text: string): number {
  return fnv1aOn(FNV_START, text, 0, text.length);
}

/** The hash of a text that goes on with a part of another. */
export function fnv1aOn(hash: number, text: string, from: number, to: number): number {
  for (let at = from; at < to; at++) hash = extendFnv1a(hash, text.charCodeAt(at));
  return hash;
}

/** The hash of no text at all. */
export const FNV_START = 0x811c9dc5 | 0;

/** The hash of a text with one more character. */
export function extendFnv1a(hash: number, character: number): number {
  return Math.imul(hash ^ character, 0x01000193);
}

/**
 * Tags in one string. Each begins with a head: how many characters it shares with the tag before it, and how many of
 * its own follow. An array of strings takes 28 bytes per tag besides its characters; here it is one or two, and
 * `Product:` is stored once. Packing is lossless: unpacking gives exactly the packed texts (P20).
 *
 *     head   5 bits shared, 3 bits own; 7 of its own or more: 7, and further characters of up to 255 that are added to it
 *
 * No number is above 255, so the string takes one byte for each character as long as the tags do.
 */
export type PackedTags = string & { readonly [brand]: true };

declare const brand: unique symbol;

const MOST_SHARED = 31;
const MOST_OWN = 7;
const OWN_BITS = 3;
const MOST_ADDED = 255;

/** Packs tags, in their order. The result is a flat string that keeps no other string alive. */
export function packTags(tags: readonly Tag[]): PackedTags {
  const parts: string[] = [];
  let last = '';
  for (const tag of tags) {
    const shared = sharedStart(last, tag);
    const own = tag.length - shared;
    parts.push(String.fromCharCode((shared << OWN_BITS) | Math.min(own, MOST_OWN)));
    for (let more = own - MOST_OWN; more >= 0; more -= MOST_ADDED) {
      parts.push(String.fromCharCode(Math.min(more, MOST_ADDED)));
    }
    parts.push(tag.slice(shared));
    last = tag;
  }
  return parts.join('') as PackedTags;
}

/** The tags that were packed. */
export function unpackTags(packed: PackedTags): Tag[] {
  const tags: Tag[] = [];
  let last = '';
  for (let at = 0; at < packed.length;) {
    const shared = packed.charCodeAt(at) >> OWN_BITS;
    const own = ownLength(packed, at);
    at += headLength(own);
    last = last.slice(0, shared) + packed.slice(at, at + own);
    tags.push(last as Tag);
    at += own;
  }
  return tags;
}

/** The hashes of the last tag's beginnings, by their length: the next one goes on from where it differs. */
const beginnings = new Int32Array(MOST_SHARED + 1).fill(FNV_START);

/** Whether a predicate holds for the hash of every packed tag (see `fnv1a`), without unpacking any. */
export function everyHash(packed: PackedTags, holds: (hash: number) => boolean): boolean {
  for (let at = 0; at < packed.length;) {
    let length = packed.charCodeAt(at) >> OWN_BITS;
    const own = ownLength(packed, at);
    at += headLength(own);
    let hash = beginnings[length]!;
    for (const end = at + own; at < end; at++) {
      hash = extendFnv1a(hash, packed.charCodeAt(at));
      if (++length <= MOST_SHARED) beginnings[length] = hash;
    }
    if (!holds(hash)) return false;
  }
  return true;
}

/** How many characters the tag with this head has of its own. */
function ownLength(packed: string, at: number): number {
  let own = packed.charCodeAt(at) & MOST_OWN;
  if (own < MOST_OWN) return own;
  for (let added = MOST_ADDED; added === MOST_ADDED; own += added) added = packed.charCodeAt(++at);
  return own;
}

function headLength(own: number): number {
  return own < MOST_OWN ? 1 : 2 + Math.floor((own - MOST_OWN) / MOST_ADDED);
}

function sharedStart(last: string, tag: string): number {
  const most = Math.min(last.length, tag.length, MOST_SHARED);
  let shared = 0;
  while (shared < most && last.charCodeAt(shared) === tag.charCodeAt(shared)) shared++;
  return shared;
}
