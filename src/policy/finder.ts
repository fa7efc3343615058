import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isLeafType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Rules } from './rules';
import { wordsOf } from './name-words';
import { hasList, possibleTypes } from './type-shape';

/** How an entity is found: by one field with an argument for each field of its key. */
export interface Finder {
  readonly field: GraphQLField<unknown, unknown>;
  /** for each field of the key, in order: the argument that takes it */
  readonly arguments: readonly GraphQLArgument[];
  /** the one argument, an object, that holds them all under their names; undefined: they stand by themselves */
  readonly within: GraphQLArgument | undefined;
}

const known = new WeakMap<Rules, Map<string, Finder | undefined>>();

/**
 * The root field that finds an entity of a type by its key: `post(id:)`, `post(postId:)`, `post(where: { id: })`, or for
 * all that it may return `node(id:)`.
 */
export function finderOf(schema: GraphQLSchema, rules: Rules, type: GraphQLObjectType): Finder | undefined {
  let finders = known.get(rules);
  if (!finders) known.set(rules, (finders = new Map()));
  if (!finders.has(type.name)) finders.set(type.name, findFinder(schema, rules, type));
  return finders.get(type.name);
}

function findFinder(schema: GraphQLSchema, rules: Rules, type: GraphQLObjectType): Finder | undefined {
  const keys = rules.keyFields(type.name);
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
  if (!keys) return undefined;
  const finders = fields.flatMap((field) => {
    const returned = getNamedType(field.type);
    if (!isCompositeType(returned) || hasList(field.type)) return [];
    if (!possibleTypes(schema, returned).includes(type)) return [];
    return finder(field, keys, type) ?? [];
  });
  // One that returns this very type knows what it is asked for; another may take ids of another kind.
  return finders.find(({ field }) => getNamedType(field.type) === type) ?? finders[0];
}

function finder(
  field: GraphQLField<unknown, unknown>,
  keys: readonly string[],
  type: GraphQLObjectType,
): Finder | undefined {
  const plain = keys.map((key) => field.args.find((argument) => takes(argument, key, type, keys.length)));
  const required = field.args.filter(isRequiredArgument);
  if (plain.every((argument) => argument !== undefined)) {
    return required.every((argument) => plain.includes(argument))
      ? { field, arguments: plain, within: undefined }
      : undefined;
  }
  const within = field.args.find(({ type: of }) => holds(of, keys));
  return within && required.every((argument) => argument === within)
    ? { field, arguments: [], within }
    : undefined;
}

/** `id`, or where one field is the whole key `postId`. */
function takes(
  { name, type: of }: GraphQLArgument,
  key: string,
  type: GraphQLObjectType,
  keys: number,
): boolean {
  if (!isLeafType(getNullableType(of))) return false;
  return name === key || (keys === 1 && wordsOf(name).join('') === wordsOf(type.name + '_' + key).join(''));
}

/** `PostWhereUniqueInput { id email }`: an object that wants nothing else than a key. */
function holds(type: GraphQLInputType, keys: readonly string[]): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || isListType(getNullableType(type))) return false;
  const fields = named.getFields();
  return (
    keys.every((key) => fields[key] !== undefined && isLeafType(getNullableType(fields[key].type))) &&
    Object.values(fields).every((field) => keys.includes(field.name) || !isRequiredInputField(field))
  );
}
