import {
  type GraphQLSchema,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLUnionType,
} from 'graphql';
import type { Rules } from '../policy/rules';
import { changedType, type TagFormat } from '../policy/tag-format';
import { isTypeName } from '../policy/type-shape';
import type { Findings } from './finding';

/** What a tag format names, by how it is written. See `purge/tag.ts`. */
export type TagKind =
  | { readonly kind: 'entity'; readonly type: string; readonly rest: string }
  | { readonly kind: 'list' | 'type' | 'change'; readonly type: string }
  | { readonly kind: 'declared' };

/** Agrees with `renderTag`: only fixed text, or fixed text up to the colon, names another kind than a declared tag. */
export function tagKind(schema: GraphQLSchema, rules: Rules, format: TagFormat): TagKind {
  const { text, placeholders } = format;
  const change = changedType(format);
  if (change !== undefined) return { kind: 'change', type: change };
  const entity = /^([_A-Za-z]\w*):(.*)$/s.exec(text);
  if (entity) return { kind: 'entity', type: entity[1]!, rest: entity[2]! };
  if (placeholders.length > 0) return { kind: 'declared' };
  const list = /^\[([_A-Za-z]\w*)\]$/.exec(text);
  if (list) return { kind: 'list', type: list[1]! };
  return isTypeName(schema, rules, text) ? { kind: 'type', type: text } : { kind: 'declared' };
}

/** A pattern of every tag that a format can make. */
export function patternOf({ literals }: TagFormat): RegExp {
  const escaped = literals.map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 's');
}

/** One of the tags that a format can make. */
export function exampleOf({ literals }: TagFormat): string {
  return literals.join('x');
}

export type TypeWithFields = GraphQLObjectType | GraphQLInterfaceType;

export type RootKind = 'query' | 'mutation' | 'subscription';

/** What is checked, and where findings go. */
export interface Subject {
  readonly schema: GraphQLSchema;
  readonly rules: Rules;
  readonly findings: Findings;
}

/** A field and the type that defines it. */
export interface DefinedField {
  readonly type: TypeWithFields;
  readonly field: GraphQLField<unknown, unknown>;
  readonly coordinate: string;
}

/** The object, interface and union types of a schema, introspection apart, in its order. */
export function compositeTypes(schema: GraphQLSchema): (TypeWithFields | GraphQLUnionType)[] {
  return Object.values(schema.getTypeMap()).filter(
    (type) =>
      (isObjectType(type) || isInterfaceType(type) || isUnionType(type)) && !isIntrospectionType(type),
  ) as (TypeWithFields | GraphQLUnionType)[];
}

export function definedFields(schema: GraphQLSchema): DefinedField[] {
  return compositeTypes(schema).flatMap((type) => (isUnionType(type) ? [] : fieldsOf(type)));
}

export function fieldsOf(type: TypeWithFields): DefinedField[] {
  return Object.values(type.getFields()).map((field) => ({
    type,
    field,
    coordinate: `${type.name}.${field.name}`,
  }));
}

export function rootKind(schema: GraphQLSchema, type: string): RootKind | undefined {
  if (schema.getQueryType()?.name === type) return 'query';
  if (schema.getMutationType()?.name === type) return 'mutation';
  return schema.getSubscriptionType()?.name === type ? 'subscription' : undefined;
}

/** `A`, `A and B`, `A, B and 3 more`. */
export function listNames(names: readonly string[]): string {
  if (names.length <= 3) return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}
