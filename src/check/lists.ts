import { isCompositeType, isObjectType, type GraphQLCompositeType } from 'graphql';
import { nodesOfField } from '../schema/directives';
import { fieldShapes } from '../policy/field-shapes';
import { isPrivateType } from '../policy/field-limit';
import type { Lifetimes } from './lifetimes';
import { parseRowFormat, parseTagFormat } from '../policy/tag-format';
import { touchedTypes, touchesOf } from '../policy/touched-types';
import { possibleTypes } from '../policy/type-shape';
import {
  definedFields,
  listNames,
  type DefinedField,
  type Subject,
  exampleOf,
  patternOf,
  tagKind,
} from './subject';

/** Cached lists whose members change without anything purging them, one finding for each type of element. */
export function checkLists(subject: Subject, lifetimes: Lifetimes): void {
  const { schema, rules, findings } = subject;
  const { purged, touched, declared } = whatMutationsPurge(subject);
  const unpurged = new Map<GraphQLCompositeType, DefinedField[]>();
  for (const defined of definedFields(schema)) {
    const { type, field } = defined;
    const shape = fieldShapes(schema, rules).of(type, field);
    const listed = [...shape.listed, ...shape.about];
    const [element] = listed;
    if (!element || !isObjectType(type) || !lifetimes.ofField(type.name, field)) continue;
    // They come and go with the one whose they are, and so do their answers.
    if (isPrivateType(rules, type) && rules.keyFields(type.name)) continue;
    // Purging the lists of a type purges those of every interface and union that its objects can be listed as.
    const elements = listed.flatMap((one) => possibleTypes(schema, one));
    if (elements.some(({ name }) => purged.has(name))) continue;
    const formats = rules.fieldTags(type.name, field.name).map(parseTagFormat);
    if (formats.some((format) => declared.some((text) => patternOf(format).test(text)))) continue;
    unpurged.set(element, [...(unpurged.get(element) ?? []), defined]);
  }
  for (const [element, lists] of unpurged) {
    const { coordinate } = lists[0]!;
    const nodes = lists.flatMap(({ type, field }) => nodesOfField(type, field)).toReversed();
    const where = listNames(lists.map((list) => list.coordinate));
    const isTouched = touched.has(element.name);
    const message = isTouched
      ? `Mutations return ${element.name}, and none purges its lists: ${where}.`
      : `No mutation purges lists of ${element.name}: ${where}.`;
    const code = isTouched ? 'list-never-purged' : 'list-purged-from-outside';
    findings.add(code, coordinate, nodes, message, { also: lists.slice(1).map((list) => list.coordinate) });
  }
}

/** What the mutations of a schema purge, and what its database does, as far as types and directives tell. */
export function whatMutationsPurge({ schema, rules }: Subject) {
  /** object types whose lists are purged */
  const purged = new Set<string>();
  const touched = new Set<string>();
  const declared: string[] = [];
  const purgeLists = (type: GraphQLCompositeType): void => {
    for (const { name } of possibleTypes(schema, type))
      for (const alike of [name, ...rules.typesTagged(rules.tagName(name))]) purged.add(alike);
  };
  const touches = touchesOf(schema, rules);
  for (const { field } of touches.all) {
    const { rule } = touches.of(field);
    for (const type of touchedTypes(schema, rules, field)) {
      touched.add(type.name);
      // What has no key is purged as a type, and its lists with it.
      if (rule?.lists !== false || (isObjectType(type) && !rules.keyFields(type.name))) purgeLists(type);
    }
    for (const format of (rule?.tags ?? []).map(parseTagFormat)) {
      const kind = tagKind(schema, rules, format);
      if (kind.kind === 'declared' && !format.problem) declared.push(exampleOf(format));
      if (kind.kind !== 'list' && kind.kind !== 'type') continue;
      for (const name of [kind.type, ...rules.typesTagged(kind.type)]) {
        const named = schema.getType(name);
        if (!isCompositeType(named)) continue;
        purgeLists(named);
        if (kind.kind === 'type') touched.add(name);
      }
    }
  }
  for (const { type, rule } of rules.tables) {
    const named = schema.getType(type);
    touched.add(type);
    if (isObjectType(named)) purgeLists(named);
    declared.push(...rule.tags.map((text) => exampleOf(parseRowFormat(text))));
  }
  return { purged, touched, declared };
}
