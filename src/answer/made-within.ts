import type { GraphQLCompositeType, GraphQLObjectType } from 'graphql';
import { usesArguments, writtenThrough, type Steps } from '../policy/argument-paths';
import { fieldShapes } from '../policy/field-shapes';
import type { NamedEntities } from '../policy/named-entities';
import { possiblePaths } from '../policy/possible-paths';
import type { Touch, Touches } from '../policy/touched-types';
import { hasList, possibleTypes } from '../policy/type-shape';
import type { PurgedTags } from './purged-tags';
import type { Returned } from './returned';
import type { FieldPlan, PlanSource } from './selection';

/** One field of a mutation that was asked for: what it was given, what is known of it, and what it purges so far. */
export interface AskedMutation {
  readonly source: PlanSource;
  readonly plan: FieldPlan;
  readonly variables: Readonly<Record<string, unknown>>;
  /** coerced values of its arguments */
  readonly args: Readonly<Record<string, unknown>>;
  readonly touches: Touches;
  readonly touch: Touch;
  readonly named: NamedEntities;
  /** the object types that its name is about */
  readonly subjects: ReadonlySet<GraphQLObjectType>;
  readonly purged: PurgedTags;
  readonly steps: Steps;
}

/** Adds to what a mutation purges what is made or changed along with what it is about: `createPost(data: { author: { name: "Ada" } })`. */
export function purgeMadeWithin(mutation: AskedMutation, returned: Returned): void {
  const { source, plan, variables, args, touches, touch, named, subjects, purged, steps } = mutation;
  const { schema, rules } = source;
  const at = [...subjects, ...touch.carried];
  const { definition, node } = plan;
  const shapes = fieldShapes(schema, rules);
  if (at.length === 0 || !usesArguments(shapes, definition, node, at)) return;
  const written = writtenThrough(shapes, { definition, node, variables }, at, steps);
  // There is too much in them to look at.
  if (!written)
    for (const type of possiblePaths(shapes, definition, at, true).leadsTo.keys()) purged.all(type);
  const changes = saysWithin(args, CHANGES);
  const deletes = saysWithin(args, DELETES);
  const made = new Set<GraphQLObjectType>();
  const objects = at.flatMap((type) => possibleTypes(schema, type));
  for (const type of written?.types ?? []) {
    const possible = possibleTypes(schema, type);
    // What is only referred to by its key stays what it is.
    const isNamed = named.entities.some((one) => possible.includes(one.type));
    if (deletes) for (const one of touches.hangingOn(possible)) purged.all(one);
    const isMade = written!.made.has(type) || createsWithin(args);
    // What is found by other values, or taken from what it was of, is there already, and may have figures.
    const isFound = !isNamed && (written!.found.has(type) || !isMade);
    if (changes) purged.all(type);
    else if (isMade || isFound || written!.described.has(type) || written!.found.has(type))
      purged.lists(type);
    else continue;
    // Its figures may follow, and what it refers to may be set from the other side: `setOwner(userId, skus)`.
    const mayFollow =
      purged.withReferences &&
      possible.some(
        (one) => touches.hasFigures(one) || objects.some((target) => purged.refersTo(one, target)),
      );
    if (isFound && mayFollow && !isTold(mutation, possible, [...at, ...written!.types], returned))
      purged.all(type);
    for (const one of possible) made.add(one);
  }
  purgeReferredTo(mutation, made, at);
}

/** Whether what an answer refers to is the only one of these types that can have been meant. @param among that may refer to it */
function isTold(
  { source: { schema, rules }, touches }: AskedMutation,
  types: readonly GraphQLObjectType[],
  among: readonly GraphQLCompositeType[],
  { entities }: Returned,
): boolean {
  const names = types.map(({ name }) => `${rules.tagName(name)}:`);
  const isThere = Array.from(entities.values()).some(({ references }) =>
    [...references].some((tag) => names.some((name) => tag.startsWith(name))),
  );
  const ways = new Set(among.flatMap((type) => possibleTypes(schema, type))).values();
  const leading = [...ways].flatMap((type) => touches.waysTo(type, types));
  return isThere && leading.length === 1 && !hasList(leading[0]!.type);
}

/** What is made within another may refer to anything, unless that is said of it: figures of it follow. */
function purgeReferredTo(
  { touches, touch, named, purged }: AskedMutation,
  made: ReadonlySet<GraphQLObjectType>,
  at: readonly GraphQLCompositeType[],
): void {
  for (const owner of made) {
    for (const field of touches.references(owner)) {
      const targets = touches.targetsOf(field);
      const isBack = targets.some((type) => at.includes(type) || made.has(type));
      const isSaid = targets.some(
        (type) => touch.declared.has(type.name) || named.knowsWithin(type, field.name, owner),
      );
      if (!isBack && !isSaid) purged.purgeTargets(field, true);
    }
    purged.keylessReferences(owner);
  }
}

const CREATES = /create|insert|upsert/i;
const CHANGES = /update|delete|upsert|remove|conflict/i;
const DELETES = /delete|remove/i;

/** Whether the arguments ask for something to be made that hangs on what the mutation is about: `author: { create: ... }`. */
export function createsWithin(args: unknown): boolean {
  return saysWithin(args, CREATES);
}

/** Of a variable the same object stands wherever it is used. */
const said = new WeakMap<object, Map<RegExp, boolean>>();

function saysWithin(args: unknown, what: RegExp): boolean {
  if (typeof args !== 'object' || args === null) return false;
  let known = said.get(args);
  if (!known) said.set(args, (known = new Map<RegExp, boolean>()));
  let says = known.get(what);
  if (says === undefined) {
    says = Object.entries(args).some(
      ([name, value]) =>
        (what.test(name) && value !== null && value !== undefined) || saysWithin(value, what),
    );
    known.set(what, says);
  }
  return says;
}
