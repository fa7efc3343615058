import { getNamedType, isLeafType, isObjectType, type GraphQLObjectType } from 'graphql';
import { nodesOfField } from '../directive-nodes';
import { fieldShapes } from '../field-shapes';
import type { Lifetimes } from '../lifetimes';
import { hasList, isKeyless } from '../type-shape';
import { whatMutationsPurge } from './check-lists';
import { fieldsOf, type DefinedField, type Subject } from './subject';

/**
 * What is cached at the root and changes without anything purging it: plain values, such as a count, and objects without a
 * key that no mutation returns, where neither a list in them, nor their filter, nor their name tells what they are about.
 */
export function checkValues(subject: Subject, lifetimes: Lifetimes): void {
  const { rules, findings } = subject;
  const unpurged = objectsNothingPurges(subject);
  for (const { type, field, coordinate } of fieldsAtRoot(subject)) {
    if (!lifetimes.ofField(type.name, field) || rules.fieldTags(type.name, field.name).length > 0) continue;
    const named = getNamedType(field.type);
    const nodes = nodesOfField(type, field);
    if (fieldShapes(subject.schema, rules).of(type, field).about.length > 0) continue;
    if (isLeafType(named)) {
      const message = `${coordinate} is a plain value: its answers carry no tag, and no purge reaches them.`;
      findings.add('value-nobody-purges', coordinate, nodes, message);
    } else if (isObjectType(named) && unpurged.has(named)) {
      const message = `${coordinate} returns ${named.name}, an object without a key, and no mutation purges it.`;
      findings.add('object-nobody-purges', coordinate, nodes, message);
    }
  }
}

/** The fields of the query type, and of objects without a key and without lists that it leads to one by one. */
function fieldsAtRoot({ schema, rules }: Subject): readonly DefinedField[] {
  const query = schema.getQueryType();
  const holders = new Set<GraphQLObjectType>(query ? [query] : []);
  // A set may grow while it is gone through.
  for (const holder of holders) {
    for (const field of Object.values(holder.getFields())) {
      const named = getNamedType(field.type);
      const { elements, about } = fieldShapes(schema, rules).of(holder, field);
      if (hasList(field.type) || elements.length > 0 || about.length > 0) continue;
      if (isObjectType(named) && isKeyless(schema, named, rules)) holders.add(named);
    }
  }
  // The plain values of those are their objects' own.
  return [...holders].flatMap((holder) =>
    fieldsOf(holder).filter(({ field }) => holder === query || !isLeafType(getNamedType(field.type))),
  );
}

/** Objects that are met one by one, hold no list, and are returned by no mutation. */
export function objectsNothingPurges(subject: Subject): ReadonlySet<GraphQLObjectType> {
  const { schema, rules } = subject;
  const { touched } = whatMutationsPurge(subject);
  const found = new Set<GraphQLObjectType>();
  for (const { type, field } of fieldsAtRoot(subject)) {
    const named = getNamedType(field.type);
    if (hasList(field.type) || !isObjectType(named) || !isKeyless(schema, named, rules)) continue;
    const { elements, about } = fieldShapes(schema, rules).of(type, field);
    const shapes = fieldShapes(schema, rules);
    const hasValues = Object.values(named.getFields()).some(
      (one) => isLeafType(getNamedType(one.type)) && shapes.countedBy(named, one).length === 0,
    );
    if (hasValues && elements.length === 0 && about.length === 0 && !touched.has(named.name))
      found.add(named);
  }
  return found;
}
