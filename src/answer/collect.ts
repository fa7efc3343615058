import type { GraphQLObjectType } from 'graphql';
import { stepsOfRequest, throughArguments, type Steps } from '../policy/argument-paths';
import { uniqueValueTag } from '../policy/unique-values';
import { strictest, type FieldLimit } from '../policy/field-limit';
import { fieldShapes } from '../policy/field-shapes';
import { declaredTag, entityTag, isKeyValue, type KeyValue, type Tag } from '../purge/tag';
import { argumentsOf } from './arguments';
import { namedBy, type Chosen } from './chosen';
import { openTag } from './expand-tags';
import type { Question } from './question';
import { changeTagsOf, type FieldPlan, type Missing, type ObjectPlan, type Selection } from './selection';
import { PART_TYPE } from '../policy/part-names';
import { TYPE_ALIAS } from './internal-fields';

/** What one pass over an answer finds. */
export interface Collected {
  /** every tag the answer can be purged by */
  readonly tags: ReadonlySet<Tag>;
  /** the entities in it: tag -> type name */
  readonly entities: ReadonlyMap<Tag, string>;
  /** the strictest over the fields that are in the answer; undefined where nothing limits it: it holds no field */
  readonly limit: FieldLimit | undefined;
  /** of what the operation's policy is open for, something is missing or PRIVATE: see `Policy.isOpen` */
  readonly mayBePrivate: boolean;
  /** what could not be tagged: such an answer could not be purged, so it is not stored */
  readonly untagged: string | undefined;
  /** something that the gateway had added was in it, and was taken out */
  readonly trimmed: boolean;
  /** a number in a key may have had more digits than a double: what was read with `readJson` has them */
  readonly isRounded: boolean;
}

/**
 * Reads an answer once: finds its tags and its maxAge, and takes out the gateway's additions. Linear in the answer.
 * It follows the selection, never the data alone: the contents of a custom scalar are not read.
 *
 * @param data the answer's `data`; changed in place
 */
export function collect(
  question: Question,
  data: Record<string, unknown>,
  variables: Readonly<Record<string, unknown>>,
): Collected {
  const collector = new Collector(variables);
  const plan = question.root.planFor(question.rootType);
  if (plan) collector.fields(plan, data);
  return collector;
}

class Collector implements Collected {
  readonly tags = new Set<Tag>();
  readonly entities = new Map<Tag, string>();
  limit: FieldLimit | undefined;
  mayBePrivate = false;
  untagged: string | undefined;
  trimmed = false;
  isRounded = false;
  #lookedThrough: Set<FieldPlan> | undefined;
  readonly #steps = stepsOfRequest();

  constructor(readonly variables: Readonly<Record<string, unknown>>) {}

  fields(plan: ObjectPlan, object: Record<string, unknown>): void {
    for (const field of plan.fields) {
      const value = object[field.responseKey];
      // Skipped by @skip or @include, or an answer cut short: either way it says nothing.
      if (value === undefined) continue;
      if (field.limit && !isWithin(this.limit, field.limit)) this.limit = strictest(this.limit, field.limit);
      if (field.tags.length > 0) this.#declared(plan, field, object);
      for (const tag of field.listTags) this.tags.add(tag);
      for (const tag of field.changeTags) this.tags.add(tag);
      if (field.argumentsOf) this.#through(plan, field);
      if (!field.selection) continue;
      if (value === null) {
        this.#missing(field);
        this.mayBePrivate ||= field.privateTypes.length > 0;
      } else this.#value(field, field.selection, value);
    }
    for (const name of plan.internal) {
      delete object[name];
      this.trimmed = true;
    }
  }

  #value(field: FieldPlan, selection: Selection, value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.#value(field, selection, item);
      return;
    }
    if (value === null || typeof value !== 'object') return;
    const object = value as Record<string, unknown>;
    const type = field.certainType ?? object[TYPE_ALIAS] ?? object[PART_TYPE] ?? object['__typename'];
    const plan = typeof type === 'string' ? selection.planFor(type) : undefined;
    if (!plan) {
      this.untagged ??= 'an object of unknown type';
      return;
    }
    this.mayBePrivate ||= field.privateTypes.includes(plan.type);
    this.tags.add(plan.typeTag);
    if (plan.keys) this.#entity(plan, plan.keys, object);
    else this.#typeTags(plan, {});
    if (plan.keys && field.chosen) this.#chosen(field.chosen, selection, plan, object);
    this.fields(plan, object);
  }

  /** Another may be chosen in its place, unless the arguments name this one. */
  #chosen(chosen: Chosen, { source }: Selection, plan: ObjectPlan, object: Record<string, unknown>): void {
    const type = source.schema.getType(plan.type) as GraphQLObjectType;
    const shown = (name: string): unknown => shownValue(plan, object, name);
    const values = namedBy(source.rules, chosen, type, shown, this.variables);
    for (const value of values ?? []) this.tags.add(uniqueValueTag(plan.tagName, value));
    if (!values) for (const tag of chosen.tags) this.tags.add(tag);
  }

  /** The arguments of a field are the same wherever in the answer it is, so they are looked through once. */
  #through(plan: ObjectPlan, field: FieldPlan): void {
    if (this.#lookedThrough?.has(field)) return;
    (this.#lookedThrough ??= new Set()).add(field);
    const tags = throughTags(plan, field, this.variables, this.#steps);
    if (tags) for (const tag of tags) this.tags.add(tag);
    else this.untagged ??= `the arguments of ${plan.type}.${field.definition.name}`;
  }

  #entity(plan: ObjectPlan, keys: readonly (readonly string[])[], object: Record<string, unknown>): void {
    const values: KeyValue[] = [];
    for (const names of keys) {
      const value = firstOf(object, names);
      if (typeof value === 'number' && !Number.isSafeInteger(value)) this.isRounded = true;
      if (!isKeyValue(value)) {
        this.untagged ??= `${plan.type} without its key`;
        return;
      }
      values.push(value);
    }
    const tag = entityTag(plan.tagName, values);
    this.tags.add(tag);
    this.entities.set(tag, plan.type);
    if (plan.tags.length > 0) this.#typeTags(plan, entityKeyOf(plan, object));
  }

  /** The tags that a type declares for its objects. */
  #typeTags(plan: ObjectPlan, key: Record<string, unknown>): void {
    for (const format of plan.tags) {
      const text = format.render({ key });
      if (text === undefined) this.untagged ??= plan.type;
      else this.tags.add(declaredTag(text));
    }
  }

  /** An entity that is not there: creating it must purge this answer. */
  #missing(field: FieldPlan): void {
    if (field.missing)
      for (const tag of missingTags(field.missing, argumentsOf(field, this.variables))) this.tags.add(tag);
  }

  #declared(plan: ObjectPlan, field: FieldPlan, object: Record<string, unknown>): void {
    const values = { args: argumentsOf(field, this.variables), key: entityKeyOf(plan, object) };
    for (const format of field.tags) {
      const text = format.render(values);
      if (format.problem !== undefined) this.untagged ??= `${plan.type}.${field.definition.name}`;
      else this.tags.add(text === undefined ? openTag(format) : declaredTag(text));
    }
  }
}

/** The tags of what a field's arguments lead to; undefined where there is too much in them to look at. */
export function throughTags(
  { source }: ObjectPlan,
  { definition, node, argumentsOf = [] }: FieldPlan,
  variables: Readonly<Record<string, unknown>>,
  steps: Steps,
): readonly Tag[] | undefined {
  const shapes = fieldShapes(source.schema, source.rules);
  const types = throughArguments(shapes, { definition, node, variables }, argumentsOf, steps);
  return types && changeTagsOf(source, types);
}

/** The tags of an answer in which an object is missing. @param args of the field that would have returned it */
export function missingTags({ tags, named }: Missing, args: Readonly<Record<string, unknown>>): Tag[] {
  const entities = named.flatMap(({ type, keys }) => {
    const values = keys.map((key) => args[key]);
    return values.every(isKeyValue) ? [entityTag(type, values)] : [];
  });
  return [...tags, ...entities];
}

/** The value of a field by its name, if it was requested: as part of the key, or by the client. */
function shownValue(
  { keys, keyNames, values }: ObjectPlan,
  object: Record<string, unknown>,
  name: string,
): unknown {
  const names = keys?.[keyNames.indexOf(name)];
  if (names) return firstOf(object, names);
  const responseKey = values.get(name);
  return responseKey === undefined ? undefined : object[responseKey];
}

/** The value of the first of these names that is there. */
export function firstOf(object: Record<string, unknown>, names: readonly string[]): unknown {
  for (const name of names) if (object[name] !== undefined) return object[name];
  return undefined;
}

/** The values of an object's key fields by their names in the schema. */
function entityKeyOf(
  { keys, keyNames }: ObjectPlan,
  object: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(keyNames.map((name, index) => [name, firstOf(object, keys![index]!)]));
}

/** Nearly every field is within what an earlier one allowed, and then nothing is compared twice or made. */
function isWithin(known: FieldLimit | undefined, limit: FieldLimit): boolean {
  return known !== undefined && known.maxAge <= limit.maxAge && known.staleUntil <= limit.staleUntil;
}
