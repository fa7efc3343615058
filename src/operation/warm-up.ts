import {
  isCompositeType,
  isUnionType,
  parse,
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql';
import { fieldShapes } from '../policy/field-shapes';
import type { Knowledge } from './operation';
import { operationVersion } from './operation-version';

/**
 * Works out what operations over a schema depend on, before any is asked for: a little with each step. Of a large schema the
 * first operations would else take a turn of tenths of a second each, for much of it is found by looking through the whole.
 */
export function* warmUp(knowledge: Knowledge): Generator<void, void> {
  const { schema, rules } = knowledge;
  const shapes = fieldShapes(schema, rules);
  const types = Object.values(schema.getTypeMap())
    .filter(isCompositeType)
    .filter(({ name }) => !name.startsWith('__'));
  for (const type of types) {
    shapes.namesOf(type);
    yield;
  }
  for (const type of types) {
    if (isUnionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      operationVersion(knowledge, documentWith(type, field));
      yield;
    }
  }
}

/** A field, once more with each of its arguments. */
function documentWith(type: GraphQLNamedType, { name, args }: GraphQLField<unknown, unknown>): DocumentNode {
  const fields = [name, ...args.map((argument) => `${name}(${argument.name}: null)`)];
  return parse(`fragment Fields on ${type.name} { ${fields.join(' ')} }`, { noLocation: true });
}
