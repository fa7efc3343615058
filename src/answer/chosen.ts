import { valueFromASTUntyped, type GraphQLObjectType } from 'graphql';
import { joinedWords, wordsOf } from '../policy/name-words';
import type { Rules } from '../policy/rules';
import { isUnique } from '../policy/unique-values';
import type { Tag } from '../purge/tag';
import type { AskedField } from './place';

/**
 * A single object that nothing above it covers, such as `latestPost`: unless the arguments name it, another may be chosen
 * whenever the lists of its type change.
 */
export interface Chosen {
  /** the fields that chose it, from the root on */
  readonly by: readonly AskedField[];
  /** the tags of the lists it was chosen from */
  readonly tags: readonly Tag[];
}

/** Names of fields of type `ID!` that identify the object itself, as words without separators. */
const IDENTIFIERS = new Set([
  'id',
  'nodeid',
  'uid',
  'uuid',
  'guid',
  'gid',
  'globalid',
  'documentid',
  'rowid',
]);

/** Names in a filter behind which no value is one that every object has that passes. */
const ALTERNATIVES = new Set(['or', 'not', 'nor', 'none']);

/** Operators that only let that very value pass. */
const EQUALS = new Set(['eq', 'equals', 'equalto', 'equal', 'is']);

/**
 * Whether the arguments hold a value that no other object has, and the object has that very value. No other object can
 * take its place then unless this one changes, or is given the same. Such a value is
 *
 * - a whole key: one of `@key`, or `id`;
 * - a field of type `ID!` that is called like an identifier;
 * - all that the field is given, where the answer shows all of it, the field is called like its type, alone or by what it is
 *   given, `postBySlug(slug:)`, and something like a slug is among that: two may have one title, `postByTitle(title:)`.
 *
 * @param shown the value of one of its fields; undefined where it was not asked for
 * @returns the values of the last kind that are like slugs: see `uniqueValueTag`; undefined where the arguments hold none of all
 */
export function namedBy(
  rules: Rules,
  { by }: Pick<Chosen, 'by'>,
  type: GraphQLObjectType,
  shown: (field: string) => unknown,
  variables: Readonly<Record<string, unknown>>,
): readonly (string | number)[] | undefined {
  const given = new Map<string, unknown>();
  for (const asked of by) {
    for (const [name, value] of argumentsOf(asked, variables)) gather(given, name, value);
  }
  if (given.size === 0) return undefined;
  const prefix = joinedWords(type.name);
  const hasGiven = (field: string, mustShow: boolean): boolean => {
    const word = joinedWords(field);
    const value = given.get(word) ?? given.get(prefix + word);
    const own = shown(field);
    if (value === undefined || (own === undefined && mustShow)) return false;
    return own === undefined || String(own) === String(value);
  };
  if (rules.keys(type.name).some((fields) => fields.every((field) => hasGiven(field, false)))) return [];
  if (identifiersOf(type).some((field) => hasGiven(field, false))) return [];
  const last = by.at(-1)!;
  const names = argumentsOf(last, variables).map(([name]) => name);
  if (!isCalledBy(last.definition.name, type.name, names) || !names.every((name) => hasGiven(name, true)))
    return undefined;
  return names.filter(isUnique).map((name) => shown(name) as string | number);
}

function argumentsOf(
  { definition, node }: AskedField,
  variables: Readonly<Record<string, unknown>>,
): readonly (readonly [name: string, value: unknown])[] {
  return definition.args.flatMap(({ name, defaultValue }) => {
    const argument = node.arguments?.find((one) => one.name.value === name);
    const sent = argument && valueFromASTUntyped(argument.value, variables as Record<string, unknown>);
    const value = sent ?? defaultValue ?? undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** The plain values within an argument, by the names that they are compared with. */
function gather(given: Map<string, unknown>, name: string, value: unknown): void {
  const word = joinedWords(name);
  if (ALTERNATIVES.has(word) || value === null || Array.isArray(value)) return;
  if (typeof value !== 'object') {
    // Two values of one name: what passes has one of them.
    given.set(word, given.has(word) && given.get(word) !== value ? NaN : value);
    return;
  }
  for (const [inner, one] of Object.entries(value)) {
    gather(given, EQUALS.has(joinedWords(inner)) ? name : inner, one);
  }
}

const known = new WeakMap<GraphQLObjectType, readonly string[]>();

/** The fields of type `ID!` that are called like an identifier of the object itself. */
function identifiersOf(type: GraphQLObjectType): readonly string[] {
  let identifiers = known.get(type);
  if (identifiers) return identifiers;
  const own = `${joinedWords(type.name)}id`;
  const fields = Object.values(type.getFields()).filter((field) => String(field.type) === 'ID!');
  identifiers = fields
    .map(({ name }) => name)
    .filter((name) => [own, ...IDENTIFIERS].includes(joinedWords(name)));
  known.set(type, identifiers);
  return identifiers;
}

/** Whether a field's name says that an object is looked up by these arguments: `post(slug:)`, `postByYearAndSlug(year:, slug:)`. */
function isCalledBy(field: string, type: string, names: readonly string[]): boolean {
  const words = wordsOf(field);
  const own = wordsOf(type);
  if (names.length === 0 || !own.every((word, index) => words[index] === word)) return false;
  if (words.length === own.length) return names.every((name) => isUnique(name));
  if (!names.some((name) => isUnique(name))) return false;
  const by = words.slice(own.length).filter((word) => word !== 'and');
  return by.join('') === ['by', ...names.map(joinedWords)].join('');
}
