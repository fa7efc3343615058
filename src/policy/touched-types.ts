import {
  getNamedType,
  isCompositeType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { KeyNames } from './key-names';
import { isBulk, isProcess, readMutationName, siblingsOf, type Effect } from './mutation-name';
import { composite, mayFailAlone, MutationShapes, type KeyPlace } from './mutation-shapes';
import type { PurgeRule, Rules } from './rules';
import { parseTagFormat } from './tag-format';
import { typeNames } from './type-names';
import { elementTypes, hasList, possibleTypes, typesNamed } from './type-shape';

/** What a mutation field touches, as far as the schema tells. See `describe-touch.ts` for the same in words. */
export interface Touch {
  readonly field: GraphQLField<unknown, unknown>;
  readonly rule: PurgeRule | undefined;
  readonly effect: Effect;
  /** what it returns, directly or in payloads: object types that are entities or shown, and the nodes of pages */
  readonly carried: readonly GraphQLObjectType[];
  /** what its name is about, where that can be told; empty where nothing is to follow from it */
  readonly subjects: readonly GraphQLCompositeType[];
  readonly names: KeyNames;
  /**
   * Types of which it may change any: siblings of what it moves, pins or makes the default, and what hangs on what it is
   * only given the key of, where its name says that many of something are meant.
   */
  readonly others: readonly GraphQLObjectType[];
  /** the types that `@purges` names itself */
  readonly declared: ReadonlySet<string>;
  /** `@purges` with nothing in it: it changes nothing that is shown */
  readonly isNothing: boolean;
  /**
   * false: `@purges` says that it changes what it returns and what its name is about, and nothing that these only refer to. Of
   * one that returns nothing of what it changes that is not taken: what is left is guessed.
   */
  readonly withReferences: boolean;
  /**
   * `@purges(lists: false)` says that what it returns is in the same lists as before, but for what is new in those that `tags`
   * names. Not of what it changes where `tags` names something, nor of what it deletes: that may have left another list.
   */
  readonly keepsLists: boolean;
}

type TouchedObjects = Pick<Touch, 'subjects' | 'carried' | 'names'>;

/** A field that changes something. */
export interface MutationField {
  /** that has it */
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  /** the names of the fields that lead to it, its own the last: `post`, `delete` */
  readonly path: readonly string[];
}

const known = new WeakMap<Rules, Touches>();

/** What the mutations of one schema touch, worked out when first asked for and then kept. */
export function touchesOf(schema: GraphQLSchema, rules: Rules): Touches {
  let touches = known.get(rules);
  if (!touches) known.set(rules, (touches = new Touches(schema, rules)));
  return touches;
}

/** What each field of the mutation type touches. */
export class Touches extends MutationShapes {
  readonly #touches = new Map<GraphQLField<unknown, unknown>, Touch>();
  #all: ReadonlyMap<GraphQLField<unknown, unknown>, MutationField> | undefined;
  #referring: ReadonlyMap<GraphQLObjectType, ReadonlySet<GraphQLObjectType>> | undefined;

  /** @param field of the mutation type, or of a namespace */
  of(field: GraphQLField<unknown, unknown>): Touch {
    const found = this.#touches.get(field);
    if (found) return found;
    const touch = this.#touch(field);
    this.#touches.set(field, touch);
    return touch;
  }

  /** The fields of the mutation type, and those of the namespaces that it leads to. */
  get all(): Iterable<MutationField> {
    return (this.#all ??= this.#findAll()).values();
  }

  /** Whether what a field returns holds mutations. */
  leadsToMutations(field: GraphQLField<unknown, unknown>): boolean {
    const named = getNamedType(field.type);
    return isObjectType(named) && this.roleOf(named) === 'namespace';
  }

  #findAll(): ReadonlyMap<GraphQLField<unknown, unknown>, MutationField> {
    const all = new Map<GraphQLField<unknown, unknown>, MutationField>();
    const mutation = this.schema.getMutationType();
    const open = mutation ? [{ type: mutation, path: [] as readonly string[] }] : [];
    const seen = new Set<GraphQLObjectType>();
    // The shortest ways first. A list may grow while it is gone through.
    for (const { type, path } of open) {
      if (seen.has(type)) continue;
      seen.add(type);
      for (const field of Object.values(type.getFields())) {
        const here = [...path, field.name];
        all.set(field, { type, field, path: here });
        const named = getNamedType(field.type);
        if (isObjectType(named) && this.leadsToMutations(field)) open.push({ type: named, path: here });
      }
    }
    return all;
  }

  /** The types with a field that leads to one of these, and to no list of them. */
  hangingOn(targets: readonly GraphQLObjectType[]): readonly GraphQLObjectType[] {
    this.#referring ??= this.#findReferring();
    const hanging = new Set(targets.flatMap((type) => [...(this.#referring!.get(type) ?? [])]));
    return [...hanging].filter((type) => !targets.includes(type));
  }

  /** The fields of a type that lead to one of these, or to lists of them. */
  waysTo(
    type: GraphQLObjectType,
    targets: readonly GraphQLObjectType[],
  ): readonly GraphQLField<unknown, unknown>[] {
    return Object.values(type.getFields()).filter((field) => {
      const named = getNamedType(field.type);
      const elements = elementTypes(this.schema, field.type, this.rules);
      const led = [...elements, ...(isCompositeType(named) ? [named] : [])];
      return led.flatMap((one) => possibleTypes(this.schema, one)).some((one) => targets.includes(one));
    });
  }

  #findReferring(): ReadonlyMap<GraphQLObjectType, ReadonlySet<GraphQLObjectType>> {
    const referring = new Map<GraphQLObjectType, Set<GraphQLObjectType>>();
    const add = (target: GraphQLObjectType, type: GraphQLObjectType): void => {
      const known = referring.get(target);
      if (known) known.add(type);
      else referring.set(target, new Set([type]));
    };
    for (const type of Object.values(this.schema.getTypeMap())) {
      if (!isObjectType(type)) continue;
      const role = this.roleOf(type);
      if (role !== 'entity' && role !== 'shown') continue;
      for (const field of this.references(type)) for (const one of this.targetsOf(field)) add(one, type);
      // What has no key may be deleted as well.
      for (const field of Object.values(type.getFields())) {
        const named = getNamedType(field.type);
        if (isObjectType(named) && !hasList(field.type)) add(named, type);
      }
    }
    return referring;
  }

  /** See {@link Touch.others}. */
  #others({ name }: GraphQLField<unknown, unknown>, { subjects, carried, names }: TouchedObjects) {
    const siblings = siblingsOf(name, [...subjects, ...carried]);
    if (siblings) {
      const changed = new Set(subjects.flatMap((type) => possibleTypes(this.schema, type)));
      return [...(changed.size > 0 ? changed : carried)].filter((type) => hasSiblings(type, siblings));
    }
    if (!isBulk(name) || subjects.length > 0 || carried.length > 0) return [];
    const given = names.possible.flatMap(({ types, isCertain }) => (isCertain ? types : []));
    const owners = [...new Set(given)].map((type) => this.schema.getType(type)).filter(isObjectType);
    return this.hangingOn(owners);
  }

  /**
   * The references that are asked for of an object that a mutation returns. Where what they lead to is left alone, those only
   * that may lead to what stands beside it in a payload, and tell that it was there before.
   */
  askedReferences(
    { withReferences, carried, subjects }: Touch,
    type: GraphQLObjectType,
  ): readonly GraphQLField<unknown, unknown>[] {
    const references = this.references(type);
    if (withReferences) return references;
    // Of what may be about anything nothing is said to be beside it.
    if (subjects.length === 0) return [];
    const about = new Set(subjects.flatMap((subject) => possibleTypes(this.schema, subject)));
    const beside = carried.filter((one) => !about.has(one));
    return references.filter((field) => this.targetsOf(field).some((target) => beside.includes(target)));
  }

  /**
   * Whether what arguments name of a type is purged by itself: not where it is only referred to, and that is left alone. Where a
   * mutation's name is about nothing, what they name may be that.
   * @param name as in tags
   */
  isPurgedWhereNamed({ withReferences, carried, subjects }: Touch, name: string): boolean {
    if (withReferences || subjects.length === 0) return true;
    const types = [...carried, ...subjects.flatMap((subject) => possibleTypes(this.schema, subject))];
    return types.some((type) => this.rules.tagName(type.name) === name);
  }

  /** What is not asked for where the client does not select the way to it: that may not be null. */
  strictPlaces({ type }: GraphQLField<unknown, unknown>): readonly KeyPlace[] {
    return compositeOf(type)
      .flatMap((returned) => possibleTypes(this.schema, returned))
      .flatMap((one) => this.carriedFields(one))
      .filter((field) => !mayFailAlone(field))
      .flatMap((field) => this.placesIn(composite(field), field.name));
  }

  /** The fields of what a mutation returns that tell the key of what its name is about, asked for where nothing else does. */
  payloadKeys({ field, names }: Touch): readonly string[] {
    return compositeOf(field.type)
      .flatMap((type) => possibleTypes(this.schema, type))
      .filter((type) => this.roleOf(type) === 'payload')
      .flatMap((type) => names.inPayload(type).map((key) => key.field));
  }

  #touch(field: GraphQLField<unknown, unknown>): Touch {
    const schema = this.schema;
    const rules = this.rules;
    this.#all ??= this.#findAll();
    const path = this.#all.get(field)?.path ?? [field.name];
    const rule = path.length === 1 ? rules.purgeRule(field.name) : undefined;
    const named = getNamedType(field.type);
    const carried = isCompositeType(named) ? this.carriedBy(named) : [];
    const name = readMutationName(typeNames(schema, rules), path.join('_'));
    const { effect, types } = name;
    const names = new KeyNames({ schema, rules }, field, name, carried);
    const objects = new Set(types.flatMap((type) => possibleTypes(schema, type)).map(({ name }) => name));
    // An unknown verb may only read what it names: `trackPageView`. What it is given the key of it may change, and
    // what goes through something is changed.
    const isGiven = () => names.possible.some((one) => one.types.some((type) => objects.has(type)));
    const subjects = effect !== 'unknown' || isProcess(field.name) || isGiven() ? types : [];
    return {
      field,
      rule,
      effect,
      carried,
      subjects,
      names,
      others: this.#others(field, { subjects, carried, names }),
      declared: declaredTypes(schema, rules, rule),
      isNothing: rule?.isNothing === true,
      withReferences: rule?.references !== false || carried.length === 0,
      keepsLists:
        rule?.lists === false && (effect === 'creates' || (effect !== 'deletes' && rule.tags.length === 0)),
    };
  }
}

/** How fields are called that hold the place of an object among others. */
const PLACE = /(?:position|order|ordinal|rank|index|place|priority|sequence|sort)$/i;

/** Whether objects of a type show where they stand among others, or whether they are the one that was chosen. */
function hasSiblings(type: GraphQLObjectType, siblings: 'order' | 'choice'): boolean {
  return Object.values(type.getFields()).some((field) => {
    const { name } = getNamedType(field.type);
    return siblings === 'choice' ? name === 'Boolean' : PLACE.test(field.name) && name !== 'Boolean';
  });
}

/** The types whose entities, lists or answers `@purges` names. */
function declaredTypes(
  schema: GraphQLSchema,
  rules: Rules,
  rule: PurgeRule | undefined,
): ReadonlySet<string> {
  const names = (rule?.tags ?? []).flatMap((text) => {
    if (parseTagFormat(text).problem) return [];
    const name = /^\[?([_A-Za-z]\w*)(?:$|[\]:])/.exec(text)?.[1];
    return typesNamed(schema, rules, name).flatMap((type) =>
      possibleTypes(schema, type).map((one) => one.name),
    );
  });
  return new Set(names);
}

function compositeOf(type: GraphQLOutputType): GraphQLCompositeType[] {
  const named = getNamedType(type);
  return isCompositeType(named) ? [named] : [];
}

/** The types of which a mutation field purges lists or all answers, whatever its caller selects. */
export function touchedTypes(
  schema: GraphQLSchema,
  rules: Rules,
  field: GraphQLField<unknown, unknown>,
): readonly GraphQLCompositeType[] {
  const touches = touchesOf(schema, rules);
  const { carried, subjects, others, isNothing } = touches.of(field);
  const viewed = carried.flatMap((type) => touches.viewedBy(type));
  return isNothing ? [] : [...new Set([...carried, ...viewed, ...subjects, ...others])];
}

/** The mutations that yield nothing to purge (P21): nothing says what they change. */
export function mutationsThatPurgeNothing(schema: GraphQLSchema, rules: Rules): readonly MutationField[] {
  const touches = touchesOf(schema, rules);
  return [...touches.all].filter(
    ({ field }) => !touches.leadsToMutations(field) && purgesNothing(touches.of(field)),
  );
}

function purgesNothing({ carried, subjects, names, rule, isNothing }: Touch): boolean {
  if (isNothing || carried.length > 0 || subjects.length > 0 || names.possible.length > 0) return false;
  return (rule?.tags ?? []).every((text) => parseTagFormat(text).problem);
}
