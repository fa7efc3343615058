import {
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
  Kind,
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type ConstValueNode,
} from 'graphql';
import { argumentNamed, directivesNamed, nodesOfField, nodesOfType } from '../schema/directives';
import { findKeys, type Key } from './key-fields';
import { readTableRules, type TableRule } from './table-rules';

interface FieldRules {
  readonly hint: CacheHint | undefined;
  readonly tags: readonly string[];
  readonly purges: PurgeRule | undefined;
}

interface TypeRules {
  readonly hint: CacheHint | undefined;
  readonly tags: readonly string[];
  readonly keys: readonly Key[];
  readonly tables: readonly TableRule[];
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
 * @param options.maxAgeLimit seconds, of maxAge and swr together
 */
export function readRules(
  schema: GraphQLSchema,
  {
    defaultMaxAge,
    maxAgeLimit = LONGEST_MAX_AGE,
  }: { readonly defaultMaxAge: number; readonly maxAgeLimit?: number },
): Rules {
  const types = new Map<string, TypeRules>();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    if (isUnionType(type)) {
      const hint = readHint(directivesNamed('cacheControl', nodesOfType(type)));
      types.set(type.name, { hint, tags: NONE, keys: [], tables: [], fields: new Map() });
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
  const hints = hintsOf(types);
  return {
    defaultMaxAge,
    maxAgeLimit,
    longestServed: Math.min(
      maxAgeLimit,
      longestOf(
        hints.map(({ hint }) => hint),
        defaultMaxAge,
      ),
    ),
    cutByLimit: hints
      .filter(({ hint: { maxAge = 0, swr = 0 } }) => maxAge + swr > maxAgeLimit)
      .map(({ coordinate }) => coordinate),
    typeHint: (type) => types.get(type)?.hint,
    fieldHint: (type, field) => types.get(type)?.fields.get(field)?.hint,
    keyFields: (type) => types.get(type)?.keys[0]?.fields,
    keys: (type) => types.get(type)?.keys.map(({ fields }) => fields) ?? [],
    tagName: (type) => types.get(type)?.keys[0]?.entity ?? type,
    typesTagged: (name) => tagged.get(name) ?? NONE,
    fieldTags: (type, field) => types.get(type)?.fields.get(field)?.tags ?? NONE,
    typeTags: (type) => types.get(type)?.tags ?? NONE,
    tables: Array.from(types, ([type, { tables }]) => tables.map((rule) => ({ type, rule }))).flat(),
    purgeRule: (field) => types.get(mutation)?.fields.get(field)?.purges,
  };
}

/** Every `@cacheControl`, with what it stands at. */
function hintsOf(types: ReadonlyMap<string, TypeRules>): { coordinate: string; hint: CacheHint }[] {
  const all = Array.from(types, ([type, { hint, fields }]) => [
    { coordinate: type, hint },
    ...Array.from(fields, ([name, field]) => ({ coordinate: `${type}.${name}`, hint: field.hint })),
  ]);
  return all
    .flat()
    .filter((each): each is { coordinate: string; hint: CacheHint } => each.hint !== undefined);
}

/** Seconds. What one declaration says of maxAge may meet what another says of swr. */
function longestOf(hints: readonly CacheHint[], defaultMaxAge: number): number {
  const most = (values: readonly (number | undefined)[]): number =>
    values.reduce<number>((so, value = 0) => Math.max(so, value), 0);
  return most([defaultMaxAge, ...hints.map(({ maxAge }) => maxAge)]) + most(hints.map(({ swr }) => swr));
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
    tables: isRoot ? [] : readTableRules(directivesNamed('table', nodesOfType(type))),
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

/** Of several uses the later wins, argument by argument. What cannot be read of the others is true: purge more, not less. */
function readPurges(directives: readonly ConstDirectiveNode[]): PurgeRule | undefined {
  if (directives.length === 0) return undefined;
  let tags = NONE;
  let lists = true;
  let references = true;
  let session = true;
  let isNothing = true;
  for (const directive of directives) {
    const tagsValue = argumentNamed('tags', directive);
    const listsValue = argumentNamed('lists', directive);
    const referencesValue = argumentNamed('references', directive);
    const sessionValue = argumentNamed('session', directive);
    // An empty list of tags is no statement: it is what a generated overlay leaves where nothing was filled in.
    if (tagsValue ?? listsValue ?? referencesValue ?? sessionValue) isNothing = false;
    if (tagsValue) {
      // GraphQL coerces a single value to a list of one (specification 3.11).
      const items = tagsValue.kind === Kind.LIST ? tagsValue.values : [tagsValue];
      tags = items.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : []));
    }
    if (listsValue) lists = !isFalse(listsValue);
    if (referencesValue) references = !isFalse(referencesValue);
    if (sessionValue) session = !isFalse(sessionValue);
  }
  return { tags, lists, references, session, isNothing };
}

function isFalse(value: ConstValueNode): boolean {
  return value.kind === Kind.BOOLEAN && !value.value;
}

/** The longest time a cache should hold to, in seconds: 2^31 (RFC 9111 1.2.2) less one, GraphQL's largest Int. */
export const LONGEST_MAX_AGE = 2_147_483_647;

type Draft = { -readonly [Part in keyof CacheHint]: CacheHint[Part] };

/**
 * Reads `@cacheControl`. Of several uses the later wins, argument by argument, so that an overlay changes only what it
 * names. maxAge and inheritMaxAge answer one question, so naming either replaces both; named together,
 * inheritMaxAge wins as in Apollo Server.
 *
 * A value that cannot be read is taken in the strictest way (maxAge 0, PRIVATE): never a reason to share more.
 */
export function readHint(directives: readonly ConstDirectiveNode[]): CacheHint | undefined {
  if (directives.length === 0) return undefined;
  const hint: Draft = {};
  for (const directive of directives) {
    const maxAge = argumentNamed('maxAge', directive);
    const scope = argumentNamed('scope', directive);
    const inheritMaxAge = argumentNamed('inheritMaxAge', directive);
    const swr = argumentNamed('swr', directive);
    if (maxAge ?? inheritMaxAge) {
      delete hint.maxAge;
      delete hint.inheritMaxAge;
      if (inheritMaxAge?.kind === Kind.BOOLEAN && inheritMaxAge.value) hint.inheritMaxAge = true;
      else if (maxAge) hint.maxAge = readSeconds(maxAge);
    }
    if (scope) hint.scope = readScope(scope);
    if (swr) hint.swr = readSeconds(swr);
  }
  return hint;
}

function readSeconds(value: ConstValueNode): number {
  const seconds = value.kind === Kind.INT ? Number(value.value) : 0;
  return Math.min(Math.max(seconds, 0), LONGEST_MAX_AGE);
}

function readScope(value: ConstValueNode): Scope {
  return value.kind === Kind.ENUM && value.value === 'PUBLIC' ? 'PUBLIC' : 'PRIVATE';
}

/** PRIVATE: for one session only. As in Apollo's `@cacheControl`. */
export type Scope = 'PUBLIC' | 'PRIVATE';

/** `@cacheControl` on one field or one type, as declared; what was not said is undefined. */
export interface CacheHint {
  /** seconds */
  readonly maxAge?: number;
  readonly scope?: Scope;
  readonly inheritMaxAge?: boolean;
  /** seconds past maxAge during which the answer may be served while it is refreshed (RFC 5861) */
  readonly swr?: number;
}

/** `@purges` on a mutation field: what it purges beyond or below the automatic rule. */
export interface PurgeRule {
  /** tag formats as users write tags, for example `Post:{$args.id}` */
  readonly tags: readonly string[];
  /** false: the lists of the types this mutation returns keep their members, so leave them alone */
  readonly lists: boolean;
  /** false: nothing changes of what the objects that it returns only refer to, no count either, so leave that alone */
  readonly references: boolean;
  /** false: nothing changes for who makes it, so leave the private answers of their session alone */
  readonly session: boolean;
  /** `@purges` with no arguments: it changes nothing that answers show */
  readonly isNothing: boolean;
}

/** What the directives of a schema say, read once. Everything that decides about caching asks here. */
export interface Rules {
  /** `@cacheControl` on an object, interface or union type. */
  typeHint(type: string): CacheHint | undefined;
  /** `@cacheControl` on a field definition. */
  fieldHint(type: string, field: string): CacheHint | undefined;
  /**
   * The fields that identify an entity of an object type, in order: `@key(fields)`, else `['id']` where it has such a
   * field that is never null and needs no arguments, else undefined: its objects cannot be purged one by one.
   */
  keyFields(type: string): readonly string[] | undefined;
  /** All sets of fields that identify an entity of an object type: each `@key`, and such an `id`. */
  keys(type: string): readonly (readonly string[])[];
  /** The name that objects of a type have in tags: that of `@key(entity:)`, else the type's own. */
  tagName(type: string): string;
  /** The types whose `@key(entity:)` is this name, and the one that is called so; empty where there is no such `@key`. */
  typesTagged(name: string): readonly string[];
  /** `@cacheTag` formats on a field definition. */
  fieldTags(type: string, field: string): readonly string[];
  /** `@cacheTag` formats on an object type; they may use `{$key.x}`. */
  typeTags(type: string): readonly string[];
  /** each `@table`, with the object type that it is on */
  readonly tables: readonly { readonly type: string; readonly rule: TableRule }[];
  /** `@purges` on a field of the mutation type. */
  purgeRule(field: string): PurgeRule | undefined;
  /** seconds, for root fields and object fields that say nothing */
  readonly defaultMaxAge: number;
  /** seconds an answer may be served at most, stale or not, whatever is declared */
  readonly maxAgeLimit: number;
  /** seconds that no answer of this schema is served for longer, stale or not */
  readonly longestServed: number;
  /** the fields and types whose maxAge and swr are beyond that limit */
  readonly cutByLimit: readonly string[];
}
