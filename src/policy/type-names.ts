import {
  isCompositeType,
  isIntrospectionType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import pluralize from 'pluralize';
import { wordsOf } from './name-words';
import type { Rules } from './rules';
import { connectionNode, edgeNode, isReachable, isRootType } from './type-shape';

/**
 * Words that say of a type what it is made of rather than what it is about: `UserType` and `UserModel` are users. A type
 * is found without them where none has the name itself.
 */
const FILLERS: ReadonlySet<string> = new Set([
  'document',
  'dto',
  'entity',
  'item',
  'model',
  'node',
  'object',
  'output',
  'record',
  'relation',
  'row',
  'select',
  'type',
]);

/** Finds the types of a schema by how people write them in other names: in any style, one or many of them. */
export class TypeNames {
  readonly #exact = new Map<string, Set<GraphQLCompositeType>>();
  readonly #stripped = new Map<string, Set<GraphQLCompositeType>>();
  readonly #byEnd = new Map<string, Set<GraphQLCompositeType>>();
  readonly #all: readonly GraphQLCompositeType[];
  #keyed: readonly GraphQLObjectType[] | undefined;

  constructor(types: readonly GraphQLCompositeType[]) {
    this.#all = types;
    for (const type of types) {
      const words = wordsOf(type.name);
      add(this.#exact, words, type);
      const core = withoutFillers(words);
      if (core.length < words.length)
        for (let start = 0; start < core.length; start++) add(this.#stripped, core.slice(start), type);
      for (let start = 1; start < words.length; start++) add(this.#byEnd, words.slice(start), type);
    }
  }

  /**
   * The types that some words name: those that have the very name; else those that have it with a filler, be it at the end
   * of a longer one, as generated APIs have the rows of one table under several names (`BooksItem`, `AuthorsBooksRelation`).
   */
  named(words: readonly string[]): readonly GraphQLCompositeType[] {
    const exact = find(this.#exact, words);
    return exact.length > 0 ? exact : find(this.#stripped, words);
  }

  /** The object types that are known by one field, and that is not called `id`. */
  keyed(rules: Rules): readonly GraphQLObjectType[] {
    return (this.#keyed ??= [...this.#all].filter((type): type is GraphQLObjectType => {
      const keys = isObjectType(type) ? rules.keyFields(type.name) : undefined;
      return keys?.length === 1 && keys[0] !== 'id';
    }));
  }

  /** The one type whose name ends in these words: `option` where there is a `PollOption` and no other. */
  endingIn(words: readonly string[]): readonly GraphQLCompositeType[] {
    const found = find(this.#byEnd, words);
    return found.length === 1 ? found : [];
  }
}

const known = new WeakMap<Rules, TypeNames>();

/** The names of the types that answers to queries can show as themselves: no roots, no pages of lists. */
export function typeNames(schema: GraphQLSchema, rules: Rules): TypeNames {
  let names = known.get(rules);
  if (!names) known.set(rules, (names = new TypeNames(shownTypes(schema, rules))));
  return names;
}

function shownTypes(schema: GraphQLSchema, rules: Rules): GraphQLCompositeType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLCompositeType =>
      isCompositeType(type) &&
      !isIntrospectionType(type) &&
      !isRootType(schema, type) &&
      isReachable(schema, rules, type.name) &&
      !connectionNode(type, rules) &&
      !edgeNode(type, rules),
  );
}

function withoutFillers(words: readonly string[]): readonly string[] {
  const last = words.findLastIndex((word) => !FILLERS.has(word));
  return words.slice(0, last + 1);
}

function add(
  index: Map<string, Set<GraphQLCompositeType>>,
  words: readonly string[],
  type: GraphQLCompositeType,
): void {
  for (const key of keysOf(words)) {
    const types = index.get(key);
    if (types) types.add(type);
    else index.set(key, new Set([type]));
  }
}

function find(
  index: ReadonlyMap<string, ReadonlySet<GraphQLCompositeType>>,
  words: readonly string[],
): readonly GraphQLCompositeType[] {
  if (words.length === 0) return [];
  return [...new Set(keysOf(words).flatMap((key) => [...(index.get(key) ?? [])]))];
}

/** As it is, and as one of them. What is singular already may not look so (`Gas`), which is why both are tried. */
function keysOf(words: readonly string[]): readonly string[] {
  const before = words.slice(0, -1).join('');
  const last = words.at(-1)!;
  const one = singular(last);
  return one === last ? [before + last] : [before + last, before + one];
}

/** A word takes a hundred patterns, and a schema has few words. */
const MOST_WORDS = 20_000;
const singulars = new Map<string, string>();

function singular(word: string): string {
  const known = singulars.get(word);
  if (known !== undefined) return known;
  if (singulars.size >= MOST_WORDS) singulars.clear();
  const one = pluralize.singular(word);
  singulars.set(word, one);
  return one;
}
