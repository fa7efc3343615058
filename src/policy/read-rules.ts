import { isInterfaceType, isIntrospectionType, isObjectType, isUnionType, Kind } from 'graphql';
import type {
  ConstDirectiveNode,
  GraphQLField,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLSchema,
} from 'graphql';
import { argumentNamed, directivesNamed, nodesOfField, nodesOfType } from './directive-nodes';
import { findKeys, type Key } from './key-fields';
import { readHint } from './read-hint';
import type { CacheHint, PurgeRule, Rules } from './rules';

interface FieldRules {
  readonly hint: CacheHint | undefined;
  readonly tags: readonly string[];
  readonly purges: PurgeRule | undefined;
}

interface TypeRules {
  readonly hint: CacheHint | undefined;
  readonly tags: readonly string[];
  readonly keys: readonly Key[];
  readonly fields: ReadonlyMap<string, FieldRules>;
}

const NONE: readonly string[] = [];

/**
 * Reads the directives of a schema once. Never throws: schemas from elsewhere declare smaller or other directives of the
 * same names, so what is there is read and what is odd is left to `lastmile check`.
 *
 * Tags on an interface, or on a field of one, hold for the types that implement it: more tags on an answer are never
 * wrong, and an answer names the object type only.
 *
 * @param options.defaultMaxAge seconds, for root fields and object fields that say nothing
 */
export function readRules(schema: GraphQLSchema, options: { readonly defaultMaxAge: number }): Rules {
  const types = new Map<string, TypeRules>();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    if (isUnionType(type)) {
      const hint = readHint(directivesNamed('cacheControl', nodesOfType(type)));
      types.set(type.name, { hint, tags: NONE, keys: [], fields: new Map() });
    } else if (isObjectType(type) || isInterfaceType(type)) {
      types.set(type.name, readType(type, roots.includes(type as GraphQLObjectType)));
    }
  }
  const tagged = new Map<string, string[]>();
  for (const [type, { keys }] of types) {
    const entity = keys[0]?.entity;
    if (entity !== undefined) tagged.set(entity, [...(tagged.get(entity) ?? []), type]);
  }
  // A type that is called so itself.
  for (const [entity, alike] of tagged)
    if (types.has(entity) && types.get(entity)!.keys[0]?.entity === undefined) alike.push(entity);
  const mutation = schema.getMutationType()?.name ?? '';
  return {
    defaultMaxAge: options.defaultMaxAge,
    typeHint: (type) => types.get(type)?.hint,
    fieldHint: (type, field) => types.get(type)?.fields.get(field)?.hint,
    keyFields: (type) => types.get(type)?.keys[0]?.fields,
    keys: (type) => types.get(type)?.keys.map(({ fields }) => fields) ?? [],
    tagName: (type) => types.get(type)?.keys[0]?.entity ?? type,
    typesTagged: (name) => tagged.get(name) ?? NONE,
    fieldTags: (type, field) => types.get(type)?.fields.get(field)?.tags ?? NONE,
    typeTags: (type) => types.get(type)?.tags ?? NONE,
    purgeRule: (field) => types.get(mutation)?.fields.get(field)?.purges,
  };
}

function readType(type: GraphQLObjectType | GraphQLInterfaceType, isRoot: boolean): TypeRules {
  const fields = new Map<string, FieldRules>();
  for (const field of Object.values(type.getFields())) fields.set(field.name, readField(type, field));
  const nodes = [type, ...type.getInterfaces()].flatMap(nodesOfType);
  return {
    hint: readHint(directivesNamed('cacheControl', nodesOfType(type))),
    tags: readFormats(directivesNamed('cacheTag', nodes)),
    // A root type may have an `id` field, but there is only one of it: it is no entity.
    keys: isRoot ? [] : findKeys(type),
    fields,
  };
}

function readField(
  type: GraphQLObjectType | GraphQLInterfaceType,
  field: GraphQLField<unknown, unknown>,
): FieldRules {
  const nodes = nodesOfField(type, field);
  const inherited = type.getInterfaces().flatMap((parent) => {
    const same = parent.getFields()[field.name];
    return same ? nodesOfField(parent, same) : [];
  });
  return {
    hint: readHint(directivesNamed('cacheControl', nodes)),
    tags: readFormats(directivesNamed('cacheTag', [...nodes, ...inherited])),
    purges: readPurges(directivesNamed('purges', nodes)),
  };
}

function readFormats(directives: readonly ConstDirectiveNode[]): readonly string[] {
  const formats = directives.map((directive) => argumentNamed('format', directive));
  const texts = formats.flatMap((format) => (format?.kind === Kind.STRING ? [format.value] : []));
  return texts.length === 0 ? NONE : [...new Set(texts)];
}

/** Of several uses the later wins, argument by argument. A `lists` that cannot be read is true: purge more, not less. */
function readPurges(directives: readonly ConstDirectiveNode[]): PurgeRule | undefined {
  if (directives.length === 0) return undefined;
  let tags = NONE;
  let lists = true;
  for (const directive of directives) {
    const tagsValue = argumentNamed('tags', directive);
    const listsValue = argumentNamed('lists', directive);
    if (tagsValue) {
      // GraphQL coerces a single value to a list of one (specification 3.11).
      const items = tagsValue.kind === Kind.LIST ? tagsValue.values : [tagsValue];
      tags = items.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : []));
    }
    if (listsValue) lists = !(listsValue.kind === Kind.BOOLEAN && !listsValue.value);
  }
  return { tags, lists };
}
