import { getNamedType, isCompositeType, isObjectType, type GraphQLSchema } from 'graphql';
import { referredTypes } from '../policy/referred-types';
import type { Rules } from '../policy/rules';
import { touchesOf } from '../policy/touched-types';
import { elementTypes, possibleTypes } from '../policy/type-shape';
import type { Lifetimes } from './lifetimes';

/** A type of which mutations purge objects for no other reason than that what they are about refers to them. */
export interface ReferredType {
  readonly type: string;
  /** the fields of the mutation type that do, but for those of which `@purges(references: false)` says that they change none */
  readonly mutations: readonly string[];
  /** how many fields whose answers are kept lead to such objects */
  readonly shownBy: number;
}

/** Where `@purges(references: false)` would keep answers, were it true: the types that most fields show first. */
export function referredByMutations(
  schema: GraphQLSchema,
  rules: Rules,
  lifetimes: Lifetimes,
): readonly ReferredType[] {
  const touches = touchesOf(schema, rules);
  const mutations = new Map<string, string[]>();
  for (const { type: holder, field } of touches.all) {
    const { carried, isNothing, withReferences } = touches.of(field);
    // Groups are not asked, and of what returns nothing it cannot be said. The rules are those of the mutation type's fields.
    if (holder !== schema.getMutationType() || carried.length === 0 || isNothing || !withReferences) continue;
    for (const { name } of referredTypes(schema, rules, field)) {
      if (!lifetimes.ofType(name)) continue;
      mutations.set(name, [...(mutations.get(name) ?? []), `${holder.name}.${field.name}`]);
    }
  }
  const shownBy = countWays(schema, rules, lifetimes);
  return Array.from(mutations, ([type, by]) => ({
    type,
    mutations: by,
    shownBy: shownBy.get(type) ?? 0,
  })).sort((a, b) => b.shownBy - a.shownBy || b.mutations.length - a.mutations.length);
}

/** How many fields whose answers are kept lead to objects of each type, one or many. */
function countWays(schema: GraphQLSchema, rules: Rules, lifetimes: Lifetimes): ReadonlyMap<string, number> {
  const ways = new Map<string, number>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (!lifetimes.ofField(type.name, field)) continue;
      const named = getNamedType(field.type);
      const led = [...elementTypes(schema, field.type, rules), ...(isCompositeType(named) ? [named] : [])];
      for (const { name } of new Set(led.flatMap((one) => possibleTypes(schema, one))))
        ways.set(name, (ways.get(name) ?? 0) + 1);
    }
  }
  return ways;
}
