import { getNamedType, isAbstractType, isCompositeType } from 'graphql';
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { fieldLimit } from './field-limit';
import type { Rules } from './rules';

/** How long answers can live at best, wherever in the schema they lead. */
export interface Lifetimes {
  /** seconds an answer can live that has an object of this type; undefined when no query can return one */
  ofType(type: string): number | undefined;
  /** seconds an answer can live that has this field; undefined when no query can reach it */
  ofField(type: string, field: GraphQLField<unknown, unknown>): number | undefined;
}

/**
 * Follows every way from the query type. An answer lives as long as its shortest-lived field, and the longest-lived way
 * to a type is what counts for it: the widest path of a graph, found by raising types until none rises any more.
 */
export function findLifetimes(schema: GraphQLSchema, rules: Rules): Lifetimes {
  const best = new Map<string, number>();
  const limited = (type: string, field: GraphQLField<unknown, unknown>): number | undefined => {
    const above = best.get(type);
    return above === undefined
      ? undefined
      : Math.min(above, fieldLimit(schema, rules, type, field)?.maxAge ?? above);
  };
  const raised: GraphQLObjectType[] = [];
  const raise = (type: GraphQLObjectType, seconds: number): void => {
    if ((best.get(type.name) ?? -1) >= seconds) return;
    best.set(type.name, seconds);
    raised.push(type);
  };
  const query = schema.getQueryType();
  if (query) raise(query, Infinity);
  for (let type = raised.pop(); type; type = raised.pop()) {
    for (const field of Object.values(type.getFields())) {
      const named = getNamedType(field.type);
      if (!isCompositeType(named)) continue;
      const seconds = limited(type.name, field) ?? 0;
      for (const one of isAbstractType(named) ? schema.getPossibleTypes(named) : [named]) raise(one, seconds);
    }
  }
  return { ofType: (type) => best.get(type), ofField: limited };
}
