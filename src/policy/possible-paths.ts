import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
} from 'graphql';
import { chooses, orderedThrough, PLAIN, readStep } from './argument-paths';
import type { FieldShapes } from './field-shapes';
import { isPageArgument } from './paging';

type Types = readonly GraphQLCompositeType[];

/** What a field's arguments can lead to, whatever a request sends. */
export interface PossiblePaths {
  /** a type that they lead to -> the first way to it: `filter.author`, `orderBy: AUTHOR__NAME_ASC` */
  readonly leadsTo: ReadonlyMap<GraphQLCompositeType, string>;
  /** arguments that say nothing that can be read: texts to search for, JSON, names that are no field's */
  readonly unread: readonly string[];
}

/** Input fields that are looked at for one field. Inputs that lead to each other in circles have no end. */
const MOST_INPUTS = 2000;

/** Scalars that can hold any value. */
const ANYTHING = /json|object|any|map|dict|hash/i;

/** All that the arguments of a field can lead to, for people to read. @param isWritten by a mutation: filters do not count */
export function possiblePaths(
  shapes: FieldShapes,
  { args }: GraphQLField<unknown, unknown>,
  at: Types,
  isWritten = false,
): PossiblePaths {
  const leadsTo = new Map<GraphQLCompositeType, string>();
  const unread: string[] = [];
  const seen = new Set<string>();
  const open = args.map((input) => ({
    input: input as GraphQLArgument | GraphQLInputField,
    way: input.name,
    at,
  }));
  const note = (types: Types, way: string) => {
    for (const type of types) if (!leadsTo.has(type)) leadsTo.set(type, way);
  };
  // The shortest ways first.
  for (let index = 0; index < open.length && index < MOST_INPUTS; index++) {
    const { input, way, at: types } = open[index]!;
    if (isWritten && chooses(input.name)) continue;
    const named = getNamedType(input.type);
    const step = readStep(shapes, input.name, named, isInputObjectType(named), types);
    note(step.leadsTo, way);
    if (step.within.length === 0) continue;
    if (isEnumType(named)) {
      for (const { name } of named.getValues())
        note(orderedThrough(shapes, name, step.within), `${way}: ${name}`);
    } else if (isInputObjectType(named)) {
      const place = `${named.name} ${step.within.map(({ name }) => name).join()}`;
      if (seen.has(place)) continue;
      seen.add(place);
      for (const field of Object.values(named.getFields()))
        open.push({ input: field, way: `${way}.${field.name}`, at: step.within });
    } else if (step.leadsTo.length === 0 && types === at) {
      const isUnknown = step.isUnknown && MEASURES.has(named.name);
      if (isUnknown || isUnreadable(named.name, input.name)) unread.push(way);
    }
  }
  return { leadsTo, unread };
}

/** Scalars whose values are compared with something, or switch something on. */
const MEASURES = new Set(['Int', 'Float', 'Boolean']);

function isUnreadable(scalar: string, name: string): boolean {
  return (scalar === 'String' && !isPageArgument(name)) || (!PLAIN.has(scalar) && ANYTHING.test(scalar));
}
