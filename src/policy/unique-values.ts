import type { GraphQLObjectType } from 'graphql';
import { entityTag, type Tag } from '../purge/tag';
import { joinedWords } from './name-words';

/** Names of values that no two objects should share. */
const UNIQUE = new Set([
  'slug',
  'handle',
  'sku',
  'code',
  'key',
  'username',
  'login',
  'email',
  'permalink',
  'path',
  'isbn',
  'ean',
]);

/** Whether a value of this name tells an object from all others of its type: a slug, an address. */
export function isUnique(name: string): boolean {
  return UNIQUE.has(joinedWords(name));
}

/**
 * An answer that was found by such a value carries this tag, and giving the value to an object purges it: should two share one
 * all the same, the other may be found in its place. Made as if it were a key.
 * @param tagName of the type in tags
 */
export function uniqueValueTag(tagName: string, value: string | number): Tag {
  return entityTag(tagName, String(value).toLowerCase());
}

/** The types of which a value of this name is one that tells their objects from others. */
export function uniqueIn(types: readonly GraphQLObjectType[], name: string): readonly GraphQLObjectType[] {
  if (!isUnique(name)) return [];
  const word = joinedWords(name);
  return types.filter((type) => Object.keys(type.getFields()).some((field) => joinedWords(field) === word));
}
