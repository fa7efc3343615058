import type { GraphQLObjectType } from 'graphql';
import { indexOfWords, wordsOf } from './name-words';

const BASE64 = /^[A-Za-z0-9+/_-]{4,}={0,2}$/;
const PRINTABLE = /^[\x20-\x7e]+$/;
/** Longer ones are no ids. */
const LONGEST = 300;

/**
 * The key inside an object's global id: 7 in `gid://shop/Post/7`, and in `Post:7` or `["posts",7]` in base64. An API
 * that takes the one may show the other as the key of its objects.
 * @returns undefined if it is no global id, or one of another type
 */
export function plainId(type: GraphQLObjectType, value: string): string | undefined {
  if (value.length > LONGEST) return undefined;
  const url = /^gid:\/\/[^/]+\/(?:[^/]+\/)*([^/]+)\/([^/?]+)/.exec(value);
  if (url) return isOf(type, url[1]!) ? url[2] : undefined;
  if (!BASE64.test(value)) return undefined;
  const text = Buffer.from(value, 'base64').toString('utf8');
  if (!PRINTABLE.test(text)) return undefined;
  // As PostGraphile does it: the table's name, and its key.
  const pair = /^\["([^"]+)",\s*"?([^",[\]]+)"?\]$/.exec(text) ?? /^([A-Za-z]\w*)[:|](.+)$/.exec(text);
  return pair && isOf(type, pair[1]!) ? pair[2] : undefined;
}

const PLAIN = /^(?:\d{1,19}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** How a plain id is called beside a global one. */
const BESIDE = /^(?:database|db|internal|legacy|numeric|original|raw|row)_?id$|^pk$/i;

/**
 * The reverse: the global ids that a plain id stands for in an API that may take either, as far as they are known
 * from objects that have both.
 */
export function globalIds(type: GraphQLObjectType, value: string): readonly string[] {
  if (!PLAIN.test(value) || !Object.keys(type.getFields()).some((name) => BESIDE.test(name))) return [];
  return [type.name, type.name.toLowerCase()].map((name) =>
    Buffer.from(`${name}:${value}`).toString('base64'),
  );
}

/** All other keys under which objects of a type may be known that a mutation is given the key of. */
export function otherIds(type: GraphQLObjectType, value: string): readonly string[] {
  const plain = plainId(type, value);
  return plain === undefined ? globalIds(type, value) : [plain];
}

/** Whether a name is that of a type: `posts` that of Post. */
function isOf({ name }: GraphQLObjectType, text: string): boolean {
  const words = wordsOf(text);
  return words.length === wordsOf(name).length && indexOfWords(words, wordsOf(name)) === 0;
}
