import { isObjectType, type GraphQLObjectType } from 'graphql';
import { nodesOfField } from '../schema/directives';
import { possiblePaths } from '../policy/possible-paths';
import { fieldShapes } from '../policy/field-shapes';
import { finderOf } from '../policy/finder';
import type { Lifetimes } from './lifetimes';
import { isProcess } from '../policy/mutation-name';
import { mayFailAlone } from '../policy/mutation-shapes';
import { touchesOf, type Touch, type Touches } from '../policy/touched-types';
import { listedTypes, possibleTypes, relationsOf } from '../policy/type-shape';
import { listNames, type Subject } from './subject';

/**
 * What the schema shows that a mutation may change besides, and only the operator can know: what goes with what is deleted,
 * what something was taken from, whose figures follow. And where a mutation purges a whole type for want of a key.
 */
export function checkChanges(subject: Subject, lifetimes: Lifetimes): void {
  const { schema, rules, findings } = subject;
  const touches = touchesOf(schema, rules);
  for (const { type: holder, field } of touches.all) {
    const touch = touches.of(field);
    if (touch.isNothing || touches.leadsToMutations(field)) continue;
    const coordinate = `${holder.name}.${field.name}`;
    const nodes = nodesOfField(holder, field);
    const isPurged = ({ name }: GraphQLObjectType): boolean => touch.declared.has(name);
    const kept = (types: readonly GraphQLObjectType[]): string[] =>
      [...new Set(types)]
        .filter((type) => lifetimes.ofType(type.name) && !isPurged(type))
        .map(({ name }) => name);

    const gone = touch.effect === 'deletes' ? subjectsOf(subject, touch) : [];
    const followers = kept(touches.hangingOn(gone));
    if (followers.length > 0) {
      const message = `${coordinate} deletes ${listNames(gone.map(({ name }) => name))}, which ${listNames(followers)} may refer to. What the database deletes or changes with it is not purged.`;
      findings.add('delete-may-cascade', coordinate, nodes, message);
    }
    const along =
      touch.effect !== 'deletes' && isProcess(field.name) ? kept(takenAlong(subject, touches, touch)) : [];
    if (along.length > 0) {
      const message = `${coordinate} may take along what hangs on what it changes: ${listNames(along)}. Of these only what it returns or is given is purged.`;
      findings.add('change-may-cascade', coordinate, nodes, message);
    }
    // Of one that returns nothing of what it changes `@purges` says all of it.
    if (touch.carried.length === 0 && touch.rule?.tags.length) {
      const unsaid = kept(gone.length > 0 ? gone : subjectsOf(subject, touch));
      if (unsaid.length > 0) {
        const message = `${coordinate} returns nothing of what it changes, so that it purges what @purges names and nothing else: not ${listNames(unsaid)}.`;
        findings.add('purges-without-its-type', coordinate, nodes, message);
      }
      continue;
    }
    const former = touch.effect === 'deletes' ? [] : kept(formerOwners(subject, touches, touch));
    if (former.length > 0) {
      const message = `${coordinate} may take something from ${former.length === 1 ? `one ${former[0]}` : `one of ${listNames(former)}`} and give it to another. Of the former one only the lists that show it are purged.`;
      findings.add('former-owner', coordinate, nodes, message);
    }
    const whole = kept(wholeTypes(subject, touches, touch));
    if (whole.length > 0) {
      const message = `${coordinate} purges all answers with ${listNames(whole)}: nothing tells which one it changes where the client does not select it.`;
      findings.add('mutation-purges-type', coordinate, nodes, message);
    }
  }
}

function subjectsOf({ schema }: Subject, { subjects, carried }: Touch): readonly GraphQLObjectType[] {
  const named = subjects.flatMap((type) => possibleTypes(schema, type));
  return named.length > 0 ? named : carried.slice(0, 1);
}

/** What refers to what a mutation is about, and what that holds lists of: its own lines, and what these are about. */
function takenAlong(
  { schema, rules }: Subject,
  touches: Touches,
  { subjects, carried, names, others }: Touch,
): readonly GraphQLObjectType[] {
  const given = names.possible.flatMap(({ types, isCertain }) => (isCertain ? types : []));
  const about = new Set([
    ...subjects.flatMap((type) => possibleTypes(schema, type)),
    ...carried,
    ...given.map((name) => schema.getType(name)).filter(isObjectType),
  ]);
  const held = [...about].flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => listedTypes(schema, field.type, rules)),
  );
  const along = [...touches.hangingOn([...about]), ...held.flatMap((type) => possibleTypes(schema, type))];
  return along.filter((type) => !about.has(type) && !others.includes(type));
}

/**
 * The types of which an argument names the new owner: of a reference of what is changed (`updatePost(authorId)`), of the
 * other side of it (`setOwner(userId, productIds)`), or of something within what is made, which was there before
 * (`createAuthor(posts: [{ id }])`, `createComment(post: { id, author: { id } })`).
 */
function formerOwners(subject: Subject, touches: Touches, touch: Touch): readonly GraphQLObjectType[] {
  const { schema, rules } = subject;
  const changed = [...subjectsOf(subject, touch), ...touch.carried];
  const named = new Map(touch.names.possible.flatMap((one) => one.types.map((type) => [type, one] as const)));
  const owners = new Set<GraphQLObjectType>();
  const isNew = touch.effect === 'creates';
  // By its key, or by another value: `projectPath`.
  const { leadsTo } = possiblePaths(fieldShapes(schema, rules), touch.field, changed, true);
  const isGiven = (type: GraphQLObjectType): boolean => named.has(type.name) || leadsTo.has(type);
  for (const type of new Set(changed)) {
    // What is made had no owner.
    for (const target of isNew || !touch.withReferences ? [] : referredTo(touches, type))
      if (isGiven(target) && target !== type && touches.hasFigures(target)) owners.add(target);
    for (const [, target] of relationsOf(schema, rules, type)) {
      if (!isObjectType(target) || !named.get(target.name)?.isMany || target === type) continue;
      if (referredTo(touches, target).includes(type)) owners.add(type);
    }
  }
  for (const owner of ownersWithin(subject, touches, touch)) owners.add(owner);
  return [...owners];
}

/** Owners given to what an object within the arguments is about, beside its key: `post: { id, author: { id } }`. */
function ownersWithin(
  { schema, rules }: Subject,
  touches: Touches,
  { names, subjects }: Touch,
): readonly GraphQLObjectType[] {
  const about = subjects.flatMap((type) => possibleTypes(schema, type));
  return names.possible.flatMap(({ path, types, isCertain }) => {
    const around = path.split('.');
    const key = around.pop()!;
    if (!isCertain || around.length === 0 || around.some(isCondition)) return [];
    const within = `${around.join('.')}.`;
    const beside = names.possible.filter((one) => one.path !== path && one.path.startsWith(within));
    const given = new Set(beside.flatMap((one) => one.types));
    const owned = types
      .filter((name) => rules.keyFields(name)?.join(' and ') === key)
      .map((name) => schema.getType(name))
      .filter(isObjectType);
    return owned
      .filter((type) => !about.includes(type))
      .flatMap((type) => referredTo(touches, type).filter((target) => target !== type))
      .filter((target) => given.has(target.name) && touches.hasFigures(target));
  });
}

/** What an argument is called that chooses what is returned, or what is changed. */
function isCondition(name: string): boolean {
  return /^(filters?|wheres?|conditions?)$/i.test(name);
}

/** The entities that objects of a type refer to one by one. */
function referredTo(touches: Touches, type: GraphQLObjectType): readonly GraphQLObjectType[] {
  return touches.references(type).flatMap((field) => touches.targetsOf(field));
}

/** The types that it purges whole although they have keys. */
function wholeTypes(
  { schema, rules }: Subject,
  touches: Touches,
  touch: Touch,
): readonly GraphQLObjectType[] {
  const { carried, field, subjects, names, effect, withReferences } = touch;
  const isGiven = (type: GraphQLObjectType): boolean =>
    names.possible.some(({ types, isCertain }) => isCertain && types.includes(type.name));
  const strict = touches.strictPlaces(field).map(({ type }) => type);
  const lost = (withReferences ? carried : [])
    .filter((type) => !finderOf(schema, rules, type))
    .flatMap((type) => touches.references(type).filter((one) => !mayFailAlone(one)))
    .flatMap((reference) => touches.targetsOf(reference));
  const guessed =
    carried.length === 0 && effect !== 'creates' && touches.payloadKeys(touch).length === 0
      ? subjects.flatMap((type) => possibleTypes(schema, type))
      : [];
  const isNew = new Set(effect === 'creates' ? subjects.flatMap((type) => possibleTypes(schema, type)) : []);
  return [...strict.filter((type) => !isNew.has(type)), ...lost, ...guessed].filter(
    (type) => touches.roleOf(type) === 'entity' && !isGiven(type),
  );
}
