import { isInterfaceType, isIntrospectionType, isObjectType, isUnionType } from 'graphql';
import type {
  GraphQLField,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLUnionType,
} from 'graphql';
import type { Rules } from '../rules';
import type { Findings } from './finding';

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
