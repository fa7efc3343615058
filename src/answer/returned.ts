import {
  getNamedType,
  isCompositeType,
  isObjectType,
  type ExecutionResult,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';
import type { EntityKey } from '../policy/named-entities';
import type { KeyPlace } from '../policy/mutation-shapes';
import { touchesOf, type Touch, type Touches } from '../policy/touched-types';
import { entityTag, type Tag } from '../purge/tag';
import { firstOf } from './collect';
import { isInternal, keyAlias, TYPE_ALIAS } from './internal-fields';
import type { FieldPlan, ObjectPlan, PlanSource, Selection } from './selection';

/** Upstream's answer to a mutation; without `data` if there is none, or it is unknown. */
export type MutationAnswer = Pick<ExecutionResult, 'data' | 'errors'>;

type Field = GraphQLField<unknown, unknown>;
type Path = readonly (string | number)[];

/** An entity that a mutation returned. */
export interface ReturnedEntity extends EntityKey {
  /** the entities it refers to, as far as the answer tells */
  readonly references: Set<Tag>;
  /** the references of which the answer tells nothing */
  readonly unknown: Set<Field>;
}

/** A field that ran, at the root of a mutation or in a namespace. */
export interface RanField {
  readonly plan: FieldPlan;
  /** undefined: it is not in the answer */
  readonly value: unknown;
  /** response keys of what it is in */
  readonly path: readonly string[];
}

/**
 * What one field of a mutation returned, directly or in payloads at any depth. Ignores what the client selected
 * below that.
 */
export class Returned {
  readonly entities = new Map<Tag, ReturnedEntity>();
  /** types of objects without a key */
  readonly shown = new Set<GraphQLObjectType>();
  /** types of which something is missing that should be there, or came without what tells it from others */
  readonly lost = new Set<GraphQLObjectType>();
  /** those of them of which something failed: nothing is known of what it referred to */
  readonly failed = new Set<GraphQLObjectType>();
  /** what could not be asked for */
  readonly unasked: KeyPlace[] = [];
  /** types of which there is nothing, and nothing failed */
  readonly absent = new Set<GraphQLObjectType>();
  /** references of objects that are there, which failed themselves */
  readonly lostReferences: { readonly type: GraphQLObjectType; readonly field: Field }[] = [];
  /** what objects without a key refer to, and the types of these objects */
  readonly references = new Map<Tag, GraphQLObjectType>();
  /** what the mutation is about, where a payload tells its key only */
  readonly told = new Map<Tag, EntityKey>();

  readonly #touches: Touches;
  readonly #touch: Touch;
  readonly #source: PlanSource;
  readonly #failures: Failures;

  constructor(source: PlanSource, { plan, value, path: above }: RanField, failures: Failures) {
    this.#source = source;
    this.#failures = failures;
    this.#touches = touchesOf(source.schema, source.rules);
    this.#touch = this.#touches.of(plan.definition);
    const type = getNamedType(plan.definition.type);
    if (!plan.selection || !isCompositeType(type)) return;
    const path = [...above, plan.responseKey];
    if (value !== undefined && value !== null) this.#value(plan.selection, type, value, path);
    // What should be there may have been changed all the same, also where nothing is said to have failed.
    else this.#lose(type, value === undefined || failures.has(path));
  }

  #value(selection: Selection, type: GraphQLCompositeType, value: unknown, path: Path): void {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.#value(selection, type, item, [...path, index]);
      return;
    }
    if (typeof value !== 'object' || value === null) {
      this.#missing(type, path);
      return;
    }
    const object = value as Record<string, unknown>;
    const plan = planOf(selection, type, object);
    const concrete = plan && this.#source.schema.getType(plan.type);
    if (!plan || !isObjectType(concrete)) {
      this.#lose(type, true);
      return;
    }
    const role = this.#touches.roleOf(concrete);
    if (role === 'entity') this.#entity(plan, concrete, object, path);
    else if (role === 'shown') this.#shown(plan, concrete, object, path);
    else if (role === 'payload') this.#payload(plan, concrete, object, path);
    // The lists of a page. What is in it is what the client wanted to see.
    else if (role === 'page') for (const one of this.#touches.carriedBy(concrete)) this.absent.add(one);
  }

  #payload(plan: ObjectPlan, type: GraphQLObjectType, object: Record<string, unknown>, path: Path): void {
    for (const { field, types } of this.#touch.names.inPayload(type)) {
      const value = object[keyAlias(type.name, field)];
      for (const key of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (!isKey(key)) continue;
        for (const one of types)
          this.told.set(entityTag(this.#source.rules.tagName(one.name), key), { type: one, key: [key] });
      }
    }
    for (const field of this.#touches.carriedFields(type)) {
      const target = getNamedType(field.type) as GraphQLCompositeType;
      const responses = responsesOf(plan, field, object);
      const all = responses.filter(({ responseKey }) => object[responseKey] !== null);
      // What the gateway asked for has its keys; what the client did may have them.
      const own = all.filter(({ responseKey }) => isInternal(responseKey));
      const values = own.length > 0 ? own : all;
      if (responses.length === 0) this.unasked.push(...this.#touches.placesIn(target, field.name));
      else if (values.length === 0) this.#missing(target, this.#worst(responses, path));
      for (const { responseKey, selection } of values)
        this.#value(selection!, target, object[responseKey], [...path, responseKey]);
    }
  }

  #entity(plan: ObjectPlan, type: GraphQLObjectType, object: Record<string, unknown>, path: Path): void {
    const key = keyIn(plan, object);
    if (!key) {
      this.#lose(type, true);
      return;
    }
    const tag = entityTag(this.#source.rules.tagName(type.name), key);
    let entity = this.entities.get(tag);
    if (!entity) {
      entity = { type, key, references: new Set(), unknown: new Set(this.#touches.references(type)) };
      this.entities.set(tag, entity);
    }
    for (const field of entity.unknown) {
      const found = this.#reference(plan, type, field, object, path);
      if (found === 'unknown') continue;
      entity.unknown.delete(field);
      for (const reference of found) entity.references.add(reference);
    }
  }

  #shown(plan: ObjectPlan, type: GraphQLObjectType, object: Record<string, unknown>, path: Path): void {
    for (const part of this.#touches.carriedBy(type)) this.shown.add(part);
    for (const field of this.#touches.references(type)) {
      const found = this.#reference(plan, type, field, object, path);
      if (found === 'unknown') this.lostReferences.push({ type, field });
      else for (const reference of found) this.references.set(reference, type);
    }
  }

  /** The entities that a field of an object leads to. */
  #reference(
    plan: ObjectPlan,
    type: GraphQLObjectType,
    field: Field,
    object: Record<string, unknown>,
    path: Path,
  ): readonly Tag[] | 'unknown' {
    const target = getNamedType(field.type) as GraphQLCompositeType;
    const responses = responsesOf(plan, field, object);
    const found = responses.flatMap(({ responseKey, selection }) =>
      tagIn(selection!, target, object[responseKey]),
    );
    if (found.length > 0) return found;
    const nulls = responses.filter(({ responseKey }) => object[responseKey] === null);
    if (nulls.length === 0) return 'unknown';
    if (this.#failures.has(this.#worst(nulls, path))) this.lostReferences.push({ type, field });
    return [];
  }

  /** A place in a payload, or an item of a list, without an object in it. */
  #missing(type: GraphQLCompositeType, path: Path): void {
    if (this.#failures.has(path)) this.#lose(type, true);
    else for (const one of this.#touches.carriedBy(type)) this.absent.add(one);
  }

  #lose(type: GraphQLCompositeType, isFailure: boolean): void {
    for (const one of this.#touches.carriedBy(type)) {
      this.lost.add(one);
      if (isFailure) this.failed.add(one);
    }
  }

  /** Of several answers to one field that are all null: the path of one that failed, if any did. */
  #worst(responses: readonly FieldPlan[], path: Path): Path {
    const paths = responses.map(({ responseKey }) => [...path, responseKey]);
    return paths.find((one) => this.#failures.has(one)) ?? paths[0]!;
  }
}

/** Where an answer failed. */
export class Failures {
  readonly #paths = new Set<string>();
  readonly #areAnywhere: boolean;

  constructor({ data, errors = [] }: MutationAnswer) {
    // An error that does not say where it belongs may belong anywhere.
    this.#areAnywhere = !data || errors.some(({ path }) => !path);
    for (const { path = [] } of errors) {
      for (let end = 1; end <= path.length; end++) this.#paths.add(path.slice(0, end).join('\0'));
    }
  }

  /** Whether what is null at a path may be so because something there, or below it, failed. */
  has(path: Path): boolean {
    return this.#areAnywhere || this.#paths.has(path.join('\0'));
  }
}

/** The tag of the one entity that a value is, if its key is there. */
export function tagIn(selection: Selection, type: GraphQLCompositeType, value: unknown): readonly Tag[] {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Record<string, unknown>;
  const plan = planOf(selection, type, object);
  const key = plan && keyIn(plan, object);
  return key ? [entityTag(plan.tagName, key)] : [];
}

function planOf(
  selection: Selection,
  type: GraphQLCompositeType,
  object: Record<string, unknown>,
): ObjectPlan | undefined {
  const name = isObjectType(type) ? type.name : (object[TYPE_ALIAS] ?? object['__typename']);
  return typeof name === 'string' ? selection.planFor(name) : undefined;
}

/** The answers to one field of an object: the client's under any name, if without arguments, and the gateway's own. */
function responsesOf(plan: ObjectPlan, field: Field, object: Record<string, unknown>): readonly FieldPlan[] {
  return plan.fields.filter(
    ({ definition, responseKey, node }) =>
      definition.name === field.name &&
      object[responseKey] !== undefined &&
      (isInternal(responseKey) || !node.arguments?.length),
  );
}

function keyIn(plan: ObjectPlan, object: Record<string, unknown>): (string | number)[] | undefined {
  const values = plan.keys?.map((names) => firstOf(object, names));
  return values?.every(isKey) ? values : undefined;
}

function isKey(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
