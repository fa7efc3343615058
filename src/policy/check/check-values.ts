import { getNamedType, isLeafType } from 'graphql';
import { nodesOfField } from '../directive-nodes';
import type { Lifetimes } from '../lifetimes';
import { fieldsOf, type Subject } from './subject';

/**
 * Cached plain values at the root, such as a count: no entity and no list is in such an answer, so without a declared tag
 * nothing can purge it but a purge of everything.
 */
export function checkValues({ schema, rules, findings }: Subject, lifetimes: Lifetimes): void {
  const query = schema.getQueryType();
  for (const { type, field, coordinate } of query ? fieldsOf(query) : []) {
    if (!isLeafType(getNamedType(field.type)) || !lifetimes.ofField(type.name, field)) continue;
    if (rules.fieldTags(type.name, field.name).length > 0) continue;
    const message = `${coordinate} is a plain value: its answers carry no tag, and no purge reaches them.`;
    findings.add('value-nobody-purges', coordinate, nodesOfField(type, field), message);
  }
}
