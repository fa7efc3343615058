import { isObjectType } from 'graphql';
import { possiblePaths } from '../policy/possible-paths';
import { nodesOfField } from '../schema/directives';
import { fieldShapes } from '../policy/field-shapes';
import type { Lifetimes } from './lifetimes';
import { possibleTypes } from '../policy/type-shape';
import { definedFields, listNames, type Subject } from './subject';

/**
 * Arguments of cached lists, and of figures about them, that may choose by more than the list's own objects, and do not say
 * so: texts to search for, JSON. What such a list depends on is not known.
 */
export function checkArguments({ schema, rules, findings }: Subject, lifetimes: Lifetimes): void {
  const shapes = fieldShapes(schema, rules);
  for (const { type, field, coordinate } of definedFields(schema)) {
    if (!isObjectType(type) || !lifetimes.ofField(type.name, field)) continue;
    const { elements, about } = shapes.of(type, field);
    const at = [...elements, ...about];
    if (at.length === 0 || rules.fieldTags(type.name, field.name).length > 0) continue;
    const { unread } = possiblePaths(shapes, field, at);
    if (unread.length === 0) continue;
    const objects = at.flatMap((one) => possibleTypes(schema, one));
    const known = listNames([...new Set(objects.map(({ name }) => rules.tagName(name)))]);
    const message = `${coordinate} takes ${listNames(unread)}, which may look at more than ${known}: changes of anything else do not purge it.`;
    findings.add('argument-not-read', coordinate, nodesOfField(type, field), message);
  }
}
