import type { GraphQLCompositeType, GraphQLObjectType } from 'graphql';
import { entityTag, type Tag } from '../purge/tag';
import { otherIds } from './global-ids';
import { wordsOf } from './name-words';
import { uniqueValueTag } from './unique-values';

/** The entities that the arguments of a mutation name: they were there before it, whatever it returns. */
export interface NamedEntities {
  readonly tags: ReadonlySet<Tag>;
  /** those of them that stand for a value which an object may be given, such as a slug, and not for a key */
  readonly valueTags: ReadonlySet<Tag>;
  /** those whose key is certain to be the entity's, and not some other number or text that it has */
  readonly entities: readonly NamedEntity[];
  /**
   * Whether it is certain which entity of a type a field of this name leads to: `author` where there is an `authorId`.
   * @param owner that has the field; undefined: any
   */
  knows(type: GraphQLObjectType, name: string, owner?: GraphQLObjectType): boolean;
  /** The same of what is made within what the mutation is about, and has an author of its own. */
  knowsWithin(type: GraphQLObjectType, name: string, owner: GraphQLObjectType): boolean;
  /** Whether one of a type is called by that alone: `userId`. It may be any that is a user. */
  callsByType(type: GraphQLObjectType): boolean;
}

/** An entity by its key. */
export interface EntityKey {
  readonly type: GraphQLObjectType;
  /** the values of its key fields, in order */
  readonly key: readonly (string | number)[];
}

/** One that an argument names. */
export interface NamedEntity extends EntityKey {
  /** it is what the mutation is about, and not another of the type that this refers to: `parentId` */
  readonly isSubject: boolean;
}

/**
 * The types that some words may be about, and what they are called there: by the name of a field that leads to them; by
 * their own (undefined); or by nothing that would tell them from others of their type (null).
 */
export interface Called {
  readonly types: readonly GraphQLCompositeType[];
  readonly called: string | undefined | null;
  /** they are what the mutation is about, and called nothing */
  readonly isSubject?: boolean;
  /** nothing says what the mutation is about: they are all that it may be */
  readonly isGuess?: boolean;
  /** the names of the entities that refer to them so, where these are made or changed within what the mutation is about */
  readonly owners?: readonly string[];
}

/** The same of entities, whose key a value is. */
export interface Meaning extends Called {
  readonly types: readonly GraphQLObjectType[];
}

/** Words of payloads before what they tell the key of: `deletedId`, `removedPostId`. */
const PARTICIPLES: ReadonlySet<string> = new Set(
  'added affected archived changed created deleted destroyed inserted modified removed updated'.split(' '),
);

/** The words of a payload's field that say what it holds. */
export function tellingWords(name: string): readonly string[] {
  const words = wordsOf(name);
  return words.filter((word, at) => at === words.length - 1 || !PARTICIPLES.has(word));
}

/** Gathers what the values of one mutation's arguments name. */
export class Named implements NamedEntities {
  readonly tags = new Set<Tag>();
  readonly valueTags = new Set<Tag>();
  readonly entities: NamedEntity[] = [];
  /** `User author`: a type, and what one of it is called */
  readonly #known = new Set<string>();
  /** `User author Comment`: the same of what is made within another; `User author` of what the mutation is about */
  readonly #owned = new Set<string>();
  readonly #byType = new Set<string>();

  /** @param tagName the name that objects of a type have in tags */
  constructor(readonly tagName: (type: string) => string) {}

  add({ types, called, isSubject, owners }: Meaning, values: readonly unknown[], isCertain: boolean): void {
    const key = values.map(keyValue);
    if (!key.every((value) => value !== undefined)) return;
    for (const type of types) {
      this.tags.add(entityTag(this.tagName(type.name), key));
      // Its objects may show the key that a global id is made of, or a global id that is made of the key.
      for (const other of key.length === 1 ? otherIds(type, String(key[0])) : [])
        this.tags.add(entityTag(this.tagName(type.name), [other]));
      if (!isCertain) continue;
      this.entities.push({ type, key, isSubject: isSubject === true });
      if (called !== null) {
        const name = `${type.name} ${called ?? wordsOf(type.name).join('')}`;
        this.#known.add(name);
        if (!owners) this.#owned.add(name);
        else for (const owner of owners) this.#owned.add(`${name} ${owner}`);
      }
      if (called === undefined && !isSubject && !owners) this.#byType.add(type.name);
    }
  }

  /** A value of these types that should be one object's alone. */
  addUnique(types: readonly GraphQLObjectType[], value: unknown): void {
    if (typeof value !== 'string' && typeof value !== 'number') return;
    for (const type of types) {
      const tag = uniqueValueTag(this.tagName(type.name), value);
      this.tags.add(tag);
      this.valueTags.add(tag);
    }
  }

  callsByType({ name }: GraphQLObjectType): boolean {
    return this.#byType.has(name);
  }

  knows(type: GraphQLObjectType, name: string, owner?: GraphQLObjectType): boolean {
    const called = calledSo(type, name);
    if (!owner) return this.#known.has(called);
    return this.#owned.has(called) || this.knowsWithin(type, name, owner);
  }

  knowsWithin(type: GraphQLObjectType, name: string, owner: GraphQLObjectType): boolean {
    return this.#owned.has(`${calledSo(type, name)} ${owner.name}`);
  }
}

function calledSo({ name: type }: GraphQLObjectType, name: string): string {
  return `${type} ${tellingWords(name).join('')}`;
}

function keyValue(value: unknown): string | number | undefined {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}
