import { isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { fieldShapes } from './field-shapes';
import { possiblePaths } from './possible-paths';
import type { Rules } from './rules';
import { touchesOf } from './touched-types';
import { possibleTypes } from './type-shape';

/**
 * The types of which a mutation may purge objects, or all, for no other reason than that what it is about refers to them, or
 * that an argument names one: what `@purges(references: false)` leaves alone.
 */
export function referredTypes(
  schema: GraphQLSchema,
  rules: Rules,
  field: GraphQLField<unknown, unknown>,
): readonly GraphQLObjectType[] {
  const touches = touchesOf(schema, rules);
  const { carried, subjects, names } = touches.of(field);
  const about = new Set([...carried, ...subjects.flatMap((subject) => possibleTypes(schema, subject))]);
  const { leadsTo } = possiblePaths(fieldShapes(schema, rules), field, [...about], true);
  const within = [...leadsTo.keys()].flatMap((type) => possibleTypes(schema, type));
  const named = names.possible.flatMap(({ types }) => types.map((name) => schema.getType(name)));
  const referred = [...about, ...within].flatMap((type) => [
    ...touches.references(type).flatMap((reference) => touches.targetsOf(reference)),
    ...touches.keylessReferences(type),
  ]);
  return [...new Set([...referred, ...within, ...named.filter(isObjectType)])].filter(
    (type) => !about.has(type),
  );
}
