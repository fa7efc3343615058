import { createHash } from 'node:crypto';
import { ExactNumber, numberText } from '../json/exact-number';

/**
 * A tag as the table and the log hold it. The first characters say what kind it is, so that no id, however strange,
 * can be read as another kind:
 *
 *   `Product:7`    an entity         a GraphQL name, a colon, the id as it is
 *   `[Product]`    lists of a type   brackets around a GraphQL name
 *   `Product`      a type            every answer that holds any Product
 *   `~Product`     any change        what a purge of any of the three above purges as well, see {@link impliedBy}
 *   `~[Product]`   any membership    the same, but for purges of entities that are known to keep all lists as they are
 *   `#posts-by-7`  a declared tag    what an operator declared, behind a `#`
 *   `@` + digest   a session         the private answers of one session, see {@link sessionTag}
 *   `*`            everything
 *
 * A tag that is long or is not well-formed Unicode is replaced by a hash that keeps its kind: tags travel through
 * Redis as UTF-8, where two different lone surrogates would become the same character.
 */
export type Tag = string & { readonly [brand]: true };

declare const brand: unique symbol;

/** Every entry carries this tag by implication: purging it purges all. */
export const EVERYTHING = '*' as Tag;

/**
 * What a tag is about, as far as that can be told before there is an answer: `Product` of `Product:7` and of `Product`,
 * `[Product]`, and of a declared tag its first word, `#posts` of `#posts-by-7`.
 */
export type TagSubject = string & { readonly [subjectBrand]: true };

declare const subjectBrand: unique symbol;

/** What every declared tag is about, whatever its first word. */
export const ANY_DECLARED = '#' as TagSubject;

/** What every tag is about. */
export const ANY_TAG = '*' as TagSubject;

/** What a declared tag is about that is kept as a hash. */
export const HASHED_DECLARED = '#\0' as TagSubject;

export function subjectOf(tag: Tag): TagSubject {
  return tag.slice(0, subjectLength(tag)) as unknown as TagSubject;
}

/** How many of a tag's first characters are its subject. */
export function subjectLength(tag: Tag): number {
  if (tag.charCodeAt(0) === HASH_SIGN) return wordEnd(tag, 1);
  if (tag.charCodeAt(0) === BRACKET) return tag.length;
  const colon = tag.indexOf(':');
  return colon < 0 ? tag.length : colon;
}

/**
 * What the declared tags are about that begin with a text and go on in any way, unless they are hashed.
 * @param isWhole nothing follows the text
 */
export function declaredSubject(start: string, isWhole: boolean): TagSubject {
  const end = wordEnd(start, 0);
  return !isWhole && end === start.length ? ANY_DECLARED : (`#${start.slice(0, end)}` as TagSubject);
}

const HASH_SIGN = 35;
const BRACKET = 91;

/** Where a word ends that begins here; what begins with no word is about its first character. */
function wordEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && isWordCharacter(text.charCodeAt(end))) end++;
  return end === from ? Math.min(from + 1, text.length) : end;
}

/** A letter, a digit or an underscore of ASCII. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95
  );
}

/** Tags longer than this many UTF-16 units are kept as a hash. */
const LONGEST = 160;

const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

/** What a field of a key may hold. Equal numbers are one key, however they are written. */
export type KeyValue = string | number | ExactNumber;

export function isKeyValue(value: unknown): value is KeyValue {
  return typeof value === 'string' || typeof value === 'number' || value instanceof ExactNumber;
}

/** An entity, for example `Product:7`. A composite key is its values in the declared order. */
export function entityTag(type: string, key: KeyValue | readonly KeyValue[]): Tag {
  const kind = `${boundedName(type)}:`;
  const parts = isKeyValue(key) ? [keyText(key)] : key.map(keyText);
  return bounded(kind, parts.length > 1 ? parts.map(escapeKeyPart).join(':') : parts[0]!);
}

function keyText(value: KeyValue): string {
  return typeof value === 'string' ? value : numberText(value);
}

/** The lists whose elements are of a type. */
export function listTag(type: string): Tag {
  return `[${boundedName(type)}]` as Tag;
}

/** Every answer that holds any entity of a type. */
export function typeTag(type: string): Tag {
  return boundedName(type) as Tag;
}

/**
 * Any change of a type: an answer that carries it depends on more objects than it shows, such as a list that is ordered
 * by the names of its items' authors.
 */
export function changeTag(type: string): Tag {
  return `~${boundedName(type)}` as Tag;
}

/**
 * Anything that may move objects of a type into lists or out of them: an answer that carries it depends on which objects
 * there are that it does not show, and on nothing else of theirs, such as a count of those that a filter lets through.
 */
export function membershipTag(type: string): Tag {
  return `~[${boundedName(type)}]` as Tag;
}

/**
 * What a purge of a tag purges as well: the {@link changeTag} and the {@link membershipTag} of its type. Purges get
 * these when they are applied; no record contains them, so they do not make the log larger.
 * @param keepsLists see `Purge`
 * @returns none for a declared tag, a session and everything
 */
export function impliedBy(tag: Tag, keepsLists = false): readonly Tag[] {
  if (tag.charCodeAt(0) === CHANGE)
    return membershipOf(tag) === undefined ? [`~[${tag.slice(1)}]` as Tag] : [];
  const type = typeOf(tag);
  if (type === undefined) return [];
  const change = `~${type}` as Tag;
  return keepsLists ? [change] : [change, `~[${type}]` as Tag];
}

/** The type of a {@link membershipTag}; undefined for any other tag. */
export function membershipOf(tag: Tag): string | undefined {
  return tag.charCodeAt(0) === CHANGE && tag.charCodeAt(1) === LIST ? tag.slice(2, -1) : undefined;
}

/** A tag from `@cacheTag`, with its placeholders filled in. */
export function declaredTag(text: string): Tag {
  return bounded('#', text);
}

/**
 * The private answers of a session: the digest of what identifies it, which is the same in every gateway and can be
 * written into the log. What a browser sends are bytes; text stands for its UTF-8.
 */
export function sessionTag(value: string | Buffer): Tag {
  return `${SESSION}${createHash('sha256').update(value).digest('base64url')}` as Tag;
}

/** All sessions: every private answer carries it besides its own session's tag. */
export const ANY_SESSION = '@' as Tag;

/**
 * The type that a tag is about: of an entity, of lists, or itself.
 * @returns undefined for a declared tag, a session, everything, and for any change of a type or of its lists
 */
export function typeOf(tag: Tag): string | undefined {
  const first = tag.charCodeAt(0);
  if (first === DECLARED || first === ALL || first === CHANGE || first === SESSION_SIGN) return undefined;
  if (first === LIST) return tag.slice(1, -1);
  const colon = tag.indexOf(':');
  return colon < 0 ? tag : tag.slice(0, colon);
}

const DECLARED = '#'.charCodeAt(0);
const ALL = EVERYTHING.charCodeAt(0);
const CHANGE = '~'.charCodeAt(0);
const LIST = '['.charCodeAt(0);
const SESSION_SIGN = '@'.charCodeAt(0);

export function isSessionTag(tag: Tag): boolean {
  return tag.startsWith(SESSION);
}

/** No GraphQL name begins with it, and every other kind of tag has a different first character. */
const SESSION = '@';

/** Characters of a digest that are shown: enough to tell two apart, and nothing to purge by. */
const SHOWN = 6;

/**
 * Reads a tag as a user writes it: `Product:7`, `[Product]`, `Product`, `~Product`, `~[Product]`, else a declared tag.
 * A bare name is a type only if the schema has such a type: `featured` is then a declared tag.
 * @returns undefined for text that can be no tag: empty, or `*` (purging everything has a name of its own).
 */
export function parseTag(text: string, isType: (name: string) => boolean): Tag | undefined {
  if (text === '' || text === EVERYTHING) return undefined;
  if (NAME.test(text)) return isType(text) ? typeTag(text) : declaredTag(text);
  if (text.startsWith('[') && text.endsWith(']') && NAME.test(text.slice(1, -1)))
    return listTag(text.slice(1, -1));
  if (text.startsWith('~') && NAME.test(text.slice(1))) return changeTag(text.slice(1));
  if (text.startsWith('~[') && text.endsWith(']') && NAME.test(text.slice(2, -1)))
    return membershipTag(text.slice(2, -1));
  const colon = text.indexOf(':');
  if (colon > 0 && NAME.test(text.slice(0, colon)))
    return entityTag(text.slice(0, colon), text.slice(colon + 1));
  return declaredTag(text);
}

/** A tag as a user would write it. Not for hashed tags, which only show that they are; a session's digest is cut off. */
export function formatTag(tag: Tag): string {
  if (isSessionTag(tag)) return `${tag.slice(0, SESSION.length + SHOWN)}...`;
  return tag.startsWith('#') ? tag.slice(1) : tag;
}

/** Composite keys are joined by colons, so a colon inside a part is escaped, and the escape character with it. */
function escapeKeyPart(part: string): string {
  return part.replace(/[%:]/g, (character) => (character === '%' ? '%25' : '%3A'));
}

/** A hashed text is NUL and 43 characters; a text that holds a NUL is hashed too, so none can pose as one. */
function bounded(kind: string, rest: string): Tag {
  if (rest.length <= LONGEST && rest.isWellFormed() && !rest.includes('\0')) return (kind + rest) as Tag;
  return (kind + hashed(rest)) as Tag;
}

/** GraphQL sets no limit to a name, and the purge API takes any: without this one row could hold a whole request. */
function boundedName(name: string): string {
  return name.length <= LONGEST ? name : hashed(name);
}

function hashed(text: string): string {
  // UTF-16 keeps lone surrogates apart, where UTF-8 would replace each by the same character.
  return `\0${createHash('sha256').update(text, 'utf16le').digest('base64url')}`;
}
