import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputField,
} from 'graphql';
import { orderedThrough, PLAIN, readStep, type Step } from './argument-paths';
import type { FieldShapes } from './field-shapes';
import { ASKING, firstWord, wordsOf } from './name-words';
import { isPageArgument } from './paging';
import { isRootType, possibleTypes } from './type-shape';

type Types = readonly GraphQLCompositeType[];

/** Input fields that are gone through for one argument before all names count. */
const MOST_INPUTS = 2000;

/**
 * All that decides where an argument leads, whatever a request sends for it: two schemas for which this is the same find
 * the same types by it. See `throughArguments`, whose steps these are.
 * @param at the types of the objects that the argument's field returns
 */
export function argumentTexts(shapes: FieldShapes, argument: GraphQLArgument, at: Types): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<string>();
  const open: { readonly input: GraphQLArgument | GraphQLInputField; readonly at: Types }[] = [
    { input: argument, at },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const named = getNamedType(next.input.type);
    // The value of a custom scalar may be an object or not.
    const [{ within }] = [isInputObjectType(named), true].map((hasFields) => {
      const step = readStep(shapes, next.input.name, named, hasFields, next.at);
      texts.push(`${next.input.name} ${namesOf(step.leadsTo)} ${namesOf(step.within)}`);
      return step;
    }) as [Step, Step];
    if (within.length === 0) continue;
    if (isEnumType(named)) {
      for (const { name } of named.getValues())
        texts.push(`${name} ${namesOf(orderedThrough(shapes, name, within))}`);
    } else if (isInputObjectType(named)) {
      const place = `${named.name} ${namesOf(within)}`;
      if (seen.has(place)) continue;
      seen.add(place);
      texts.push(place);
      if (seen.size > MOST_INPUTS) return relationTexts(shapes);
      for (const field of Object.values(named.getFields())) open.push({ input: field, at: within });
    } else if (!PLAIN.has(named.name) && !isPageArgument(next.input.name)) {
      // Paths in a text, and names within JSON, can be any.
      texts.push(...relationTexts(shapes));
    }
  }
  return texts;
}

const known = new WeakMap<FieldShapes, readonly string[]>();

/** Where names can lead anywhere in a schema: all that `FieldNames` finds relations by. */
export function relationTexts(shapes: FieldShapes): readonly string[] {
  let texts = known.get(shapes);
  if (!texts) known.set(shapes, (texts = findRelationTexts(shapes)));
  return texts;
}

function findRelationTexts({ schema, rules }: FieldShapes): readonly string[] {
  const texts: string[] = [];
  const plain: { readonly text: string; readonly name: string }[] = [];
  const begun = new Set<string>();
  const targets = new Set<GraphQLCompositeType>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isCompositeType(type) || isUnionType(type)) continue;
    if (type.name.startsWith('__') || isRootType(schema, type)) continue;
    for (const field of Object.values(type.getFields())) {
      const text = `${type.name}.${field.name}: ${String(field.type)}`;
      const target = getNamedType(field.type);
      if (!isCompositeType(target)) {
        plain.push({ text, name: field.name });
        continue;
      }
      begun.add(firstWord(field.name));
      targets.add(target);
      texts.push(text);
    }
  }
  for (const type of targets) {
    const members = isAbstractType(type) ? possibleTypes(schema, type).map(({ name }) => name) : [];
    texts.push(`${type.name} ${rules.keyFields(type.name)?.join(' ')} ${members.sort().join(' ')}`);
  }
  // A longer name goes before one that it begins with, wherever it leads.
  for (const { text, name } of plain)
    if (begun.has(firstWord(name)) || ASKING.has(wordsOf(name)[0] ?? '')) texts.push(text);
  return texts;
}

function namesOf(types: Types): string {
  return types.map(({ name }) => name).join();
}
