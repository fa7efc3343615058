import {
  getArgumentValues,
  getNullableType,
  GraphQLFloat,
  isInputObjectType,
  isListType,
  type GraphQLInputType,
} from 'graphql';
import { ExactNumber } from '../json/exact-number';
import type { FieldPlan } from './selection';

/**
 * A field's arguments, by name. Equal values are equal here whether they come in a variable or stand in the document.
 * @returns nothing where this copy of the schema cannot read them: upstream judged them and answered, so it only costs a tag
 */
export function argumentsOf(
  { definition, node }: Pick<FieldPlan, 'definition' | 'node'>,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  try {
    const values = getArgumentValues(definition, node, variables);
    for (const { name, type } of definition.args) {
      const value = values[name];
      if (typeof value === 'object' && value !== null) values[name] = readAs(value, type);
    }
    return values;
  } catch {
    return {};
  }
}

const read = new WeakMap<object, Map<GraphQLInputType, unknown>>();

/** The same for the same value, so that a variable is not looked through again for each field that takes it. */
function readAs(value: object, type: GraphQLInputType): unknown {
  let known = read.get(value);
  if (!known) read.set(value, (known = new Map<GraphQLInputType, unknown>()));
  if (!known.has(type)) known.set(type, asInDocument(value, type));
  return known.get(type);
}

/** A value of a variable, with doubles where the document's own would be: a Float has no more digits than that. */
function asInDocument(value: unknown, type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (nullable === GraphQLFloat) return value instanceof ExactNumber ? Number(value.toString()) : value;
  if (isListType(nullable))
    return Array.isArray(value) ? value.map((item) => asInDocument(item, nullable.ofType)) : value;
  if (!isInputObjectType(nullable) || typeof value !== 'object' || value === null) return value;
  const fields = nullable.getFields();
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      Object.hasOwn(fields, name) ? asInDocument(member, fields[name]!.type) : member,
    ]),
  );
}
