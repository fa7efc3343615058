import { getNamedType, type GraphQLCompositeType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { changedKeysOf } from './changed-keys';
import { possiblePaths } from './possible-paths';
import { fieldShapes } from './field-shapes';
import { finderOf } from './finder';
import type { Rules } from './rules';
import { mayFailAlone, type KeyPlace } from './mutation-shapes';
import { touchesOf, type Touch, type Touches } from './touched-types';
import { possibleTypes } from './type-shape';

/** Types named in one sentence. */
const MOST_NAMES = 6;

const EFFECTS: Readonly<Record<Touch['effect'], string>> = {
  creates: 'is new',
  changes: 'is changed',
  deletes: 'is deleted',
  either: 'is new or changed',
  unknown: 'may be changed',
};

/**
 * What a mutation field purges, in words: what `touchedBy` decides by, told beforehand. For `lastmile check` and `explain`.
 * @returns sentences without a full stop
 */
export function describeTouch(
  schema: GraphQLSchema,
  rules: Rules,
  field: GraphQLField<unknown, unknown>,
): readonly string[] {
  return new Description(schema, rules, field).sentences();
}

class Description {
  readonly #touches: Touches;
  readonly #touch: Touch;
  readonly #places: readonly KeyPlace[];

  constructor(
    readonly schema: GraphQLSchema,
    readonly rules: Rules,
    field: GraphQLField<unknown, unknown>,
  ) {
    this.#touches = touchesOf(schema, rules);
    this.#touch = this.#touches.of(field);
    const type = getNamedType(field.type) as GraphQLCompositeType;
    this.#places = this.#touch.carried.length > 0 ? this.#touches.placesIn(type, '') : [];
  }

  sentences(): readonly string[] {
    const { isNothing, rule, carried } = this.#touch;
    if (this.#touches.leadsToMutations(this.#touch.field))
      return ['what those of its fields do that are asked for'];
    if (isNothing) return ['nothing: @purges says that it changes nothing that is shown'];
    const declared = rule?.tags.length ? [`what @purges declares: ${listed(rule.tags)}`] : [];
    if (carried.length === 0 && declared.length > 0) return declared;
    const sentences = [
      ...this.#returned(),
      ...this.#references(),
      ...this.#unasked(),
      ...this.#named(),
      ...this.#within(),
      ...this.#subjects(),
      ...this.#others(),
      ...this.#changedKeys(),
      ...declared,
    ];
    return sentences.length > 0
      ? sentences
      : ['nothing: neither its name, its arguments nor its answer tell what it changes'];
  }

  #returned(): string[] {
    const of = (role: 'entity' | 'shown'): string[] =>
      names(this.#places.filter(({ type }) => this.#touches.roleOf(type) === role).map(({ type }) => type));
    const entities = of('entity');
    const shown = of('shown');
    const viewed = names(this.#places.flatMap(({ type }) => this.#touches.viewedBy(type)));
    const beside = entities.filter((name) => this.#mayBeBeside(name));
    const listedOnes = entities.filter((name) => !beside.includes(name));
    const lists =
      this.#touch.rule?.lists === false
        ? this.#keptLists()
        : `${listedOnes.length > 0 ? `, and the lists of ${listed(listedOnes)}` : ''}${
            beside.length > 0 ? `; those of ${listed(beside)} unless it was there before` : ''
          }`;
    return [
      ...(entities.length > 0 ? [`each ${listed(entities)} that it returns${lists}`] : []),
      ...(shown.length > 0
        ? [`all answers with ${listed(shown)}, which it returns and which has no key`]
        : []),
      ...(viewed.length > 0
        ? [`all answers with ${listed(viewed)}, whose rows that shows under another name`]
        : []),
    ];
  }

  #keptLists(): string {
    return this.#touch.keepsLists
      ? ', but no count of those that a filter lets through: it stays in the lists that it is in'
      : '';
  }

  /** Of a type that what the mutation is about refers to, and that is beside it in a payload. */
  #mayBeBeside(name: string): boolean {
    const subjects = this.#touch.subjects.flatMap((type) => possibleTypes(this.schema, type));
    return (
      !subjects.some((type) => type.name === name) &&
      subjects.some((type) =>
        this.#touches
          .references(type)
          .some((field) => this.#touches.targetsOf(field).some((target) => target.name === name)),
      )
    );
  }

  /** What an entity that it returns refers to: asked for within the mutation, after it, or not at all. */
  #references(): string[] {
    if (!this.#touch.withReferences) return [];
    // Nothing follows from what was only beside it.
    const entities = new Set(
      this.#places.map(({ type }) => type).filter(({ name }) => !this.#mayBeBeside(name)),
    );
    const fields = [...entities].flatMap((owner) =>
      this.#touches.references(owner).map((field) => ({ owner, field })),
    );
    const coordinates = (some: typeof fields) =>
      listed(some.map(({ owner, field }) => `${owner.name}.${field.name}`));
    const found = fields.filter(({ owner, field }) => mayFailAlone(field) || this.#isFound(owner));
    const lost = fields.filter((one) => !found.includes(one));
    const keyless = names([...entities].flatMap((type) => [...this.#touches.keylessReferences(type)]));
    return [
      ...(keyless.length > 0
        ? [`all answers with ${listed(keyless)}, to which that refers and which has no key`]
        : []),
      ...(found.length > 0 ? [`what that refers to, but not the lists of it: ${coordinates(found)}`] : []),
      ...lost.map(
        ({ owner, field }) =>
          `all answers with ${listed(names(this.#touches.targetsOf(field)))}, if the client does not select the key of ${owner.name}.${field.name} ` +
          `and no argument names it: the field is non-null, and no root field returns its parent, so the gateway does not ask for it`,
      ),
    ];
  }

  #isFound(owner: KeyPlace['type']): boolean {
    return finderOf(this.schema, this.rules, owner) !== undefined;
  }

  /** What may not be null in a payload is not asked for: a failure of it would be the client's. */
  #unasked(): string[] {
    const { effect, subjects, names: given } = this.#touch;
    const isSubject = new Set(subjects.flatMap((type) => possibleTypes(this.schema, type)));
    return this.#touches
      .strictPlaces(this.#touch.field)
      .filter(({ type }) => {
        const isNew = effect === 'creates' && isSubject.has(type);
        return (
          !isNew && !given.possible.some(({ types, isCertain }) => isCertain && types.includes(type.name))
        );
      })
      .map(
        ({ type, name }) =>
          `all answers with ${type.name}, if the client does not select ${name}: it may not be null, so the gateway does not ask for it`,
      );
  }

  #named(): string[] {
    const { possible } = this.#touch.names;
    const { carried, subjects } = this.#touch;
    const shown = possible.flatMap(({ path, types }) => {
      const purged = types.filter((type) =>
        this.#touches.isPurgedWhereNamed(this.#touch, this.rules.tagName(type)),
      );
      return purged.length > 0 ? [`${listed(purged)} by ${path}`] : [];
    });
    if (shown.length === 0) return [];
    const lists = carried.length === 0 && subjects.length === 0 ? ', and the lists of that' : '';
    return [`what its arguments name: ${listed(shown)}${lists}`];
  }

  #within(): string[] {
    const { field, subjects, carried } = this.#touch;
    const at = [...subjects.flatMap((type) => possibleTypes(this.schema, type)), ...carried];
    const { leadsTo } = possiblePaths(fieldShapes(this.schema, this.rules), field, at, true);
    const ways = Array.from(leadsTo, ([{ name }, way]) => `${name} by ${way}`);
    if (at.length === 0 || ways.length === 0) return [];
    return [
      `the lists of what its arguments make along with that, all of what they change, and of what refers to what they delete: ${listed(ways)}`,
    ];
  }

  #others(): string[] {
    const { others } = this.#touch;
    return others.length > 0
      ? [
          `all answers with ${listed(names(others))}: by the mutation's name, others of them may change as well`,
        ]
      : [];
  }

  #changedKeys(): string[] {
    const { possible } = changedKeysOf(this.#touches, this.#touch);
    return possible.map(
      ({ path, type, field, referring }) =>
        `all answers with ${listed(referring)}, which refer to a ${type} by ${field}, where ${path} changes that`,
    );
  }

  #subjects(): string[] {
    const { effect, subjects, names: given, carried, declared } = this.#touch;
    return subjects.flatMap((subject) => {
      const types = possibleTypes(this.schema, subject);
      if (carried.some((type) => types.includes(type))) return [];
      const by = `${subject.name} ${EFFECTS[effect]}, by the mutation's name`;
      const isEntity = types.some((type) => this.#touches.roleOf(type) === 'entity');
      const isTold = types.some(
        ({ name }) =>
          declared.has(name) || given.possible.some((one) => one.isCertain && one.types.includes(name)),
      );
      const told = this.#touches.payloadKeys(this.#touch);
      if (isEntity && isTold) return [`the lists of ${subject.name}: ${by}`];
      if (isEntity && effect === 'creates') return [`the lists of ${subject.name}: ${by}`];
      if (isEntity && told.length > 0)
        return [`the ${subject.name} that ${listed(told)} tells, and its lists: ${by}`];
      return [`all answers with ${subject.name}: ${by}, and nothing tells which`];
    });
  }
}

function names(types: readonly { readonly name: string }[]): string[] {
  return [...new Set(types.map(({ name }) => name))];
}

/** `A`, `A and B`, `A, B and 3 more`. */
function listed(all: readonly string[]): string {
  if (all.length > MOST_NAMES)
    return `${all.slice(0, MOST_NAMES - 1).join(', ')} and ${all.length - MOST_NAMES + 1} more`;
  return all.join(', ').replace(/, ([^,]*)$/, ' and $1');
}
