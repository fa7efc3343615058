import { LRUCache } from 'lru-cache';
import {
  getNamedType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type SelectionNode,
} from 'graphql';
import { coerceDeclared } from '../../answer/operation-values';
import { rounded } from '../../json/exact-number';
import { bind, type BoundOperation } from '../../operation/bound-operation';
import { analyseOperation, type Knowledge, type Operation } from '../../operation/operation';
import { typeSetsOf } from '../../policy/analyse';
import { isPrivateType } from '../../policy/field-limit';
import { hasList } from '../../policy/type-shape';
import {
  classify,
  countParts,
  isMixed,
  maskOf,
  PART_CLASSES,
  PRIVATE,
  SHARED,
  rootClass,
  widestIn,
  type PartClass,
  type PartPlace,
  type WhyUncut,
} from './classes';
import { Identities, type Identity } from './identity';
import { SpineOrder, type SpineStep } from './order';
import { Overlap } from './overlap';
import { OverlapKeys, overlappingTypes } from './overlap-keys';
import { queryFor, slotField } from './slots';
import {
  conditionsOf,
  specialise,
  type Conditions,
  type FlatField,
  type FlatSet,
  type TypeSource,
} from './specialise';

/**
 * Terminology
 *
 * slot   all of one class below one root field, as an operation of its own: it has a key, a policy, tags and a version
 *        as every operation does, and whatever holds for operations holds for it
 * plan   which slots an operation is made of, and how their answers make its answer
 * whole  an operation that is not cut
 * spine  the places that fields of several classes stand below: each slot below it has them, and the merge walks them
 */

/** One part of an operation. The same object for the same text, so what is learnt of it is learnt for all that share it. */
export interface Slot {
  readonly operation: Operation;
  /** why it is cut off from the rest. Who may be shown its answer is decided by its operation's policy, as always */
  readonly class: PartClass;
  /** the name of its one root field, which is the one member of its answer's `data` */
  readonly field: string;
  /** as the combined operation asks for it, but for its alias */
  readonly node: FieldNode;
}

/** One member of the merged answer's `data`. */
export interface RootPart extends SpineStep {
  /** indexes of the plan's slots, the widest class first; empty: it is `__typename` */
  readonly slots: readonly number[];
}

/** An operation that is cut. The same object for all requests with the same operation, conditions and kind of client. */
export interface Plan {
  readonly kind: 'cut';
  /** the client's */
  readonly operation: Operation;
  /** in the order of the document, at one root field the widest class first; each once, but where parts are compared */
  readonly slots: readonly Slot[];
  /** in the order of the answer */
  readonly roots: readonly RootPart[];
  /** of the query type */
  readonly rootType: string;
  /** several slots show the same fields of one type; undefined: there is nothing to compare */
  readonly overlap: Overlap | undefined;
}

/**
 * Why an operation is not cut.
 *
 * one-class     all of it may be shown to the same
 * kind          it is a mutation or a subscription, or its answer comes in parts
 * introspection it asks for the schema
 * directive     it uses another directive than @skip and @include
 * condition     what a condition looks at is no Boolean: upstream will refuse it
 * variables     a variable's value is none of its type: upstream will refuse it, and a slot may not use it
 * overlap       several parts show fields of one type, and its objects cannot be told from one another in each
 * too-many      it would have more slots than MAX_PARTS
 * too-complex   its policy was given up, or a part of it is no valid operation
 * logged        it is written to the operation log, which is about whole answers
 */
export type WholeReason =
  | 'one-class'
  | 'kind'
  | 'introspection'
  | 'directive'
  | 'condition'
  | 'variables'
  | 'overlap'
  | 'too-many'
  | 'too-complex'
  | 'logged';

export interface Whole {
  readonly kind: 'whole';
  readonly why: WholeReason;
}

/** What is known of one operation's plans. */
interface Known {
  /** it is never cut, whatever a request says */
  readonly never: Whole | undefined;
  readonly conditions: Conditions;
  /** the values of the conditions and the kind of client -> its plan */
  readonly plans: Map<string, Plan | Whole>;
}

/** An operation without conditions, for one kind of client. */
interface Looked {
  readonly operation: Operation;
  readonly hasCredentials: boolean;
  readonly flat: FlatSet;
  readonly place: PartPlace;
}

/** Plans kept for one operation: of one with many conditions the latest. */
const MOST_PLANS = 64;
/** Slots kept for all operations: each is used by those that share it. */
const MOST_SLOTS = 10_000;

/** The plans of the operations of one schema. */
export class Plans {
  readonly #source: TypeSource;
  readonly #identities: Identities;
  readonly #above: number;
  readonly #known = new WeakMap<Operation, Known>();
  /** whether its variables have values of their types: requests with the same bytes are the same object */
  readonly #areValid = new WeakMap<BoundOperation, boolean>();
  readonly #slots = new LRUCache<string, Operation>({ max: MOST_SLOTS });
  /** what was looked at to find whether an operation is ever cut, until it is */
  #looked: Looked | undefined;

  /** @param maxParts the most slots that an operation is cut into; one that is asked for twice counts twice */
  constructor(
    readonly knowledge: Knowledge,
    readonly maxParts: number,
  ) {
    const { schema, rules } = knowledge;
    this.#source = { schema, sets: typeSetsOf(schema, rules) };
    this.#identities = new Identities(this.#source, rules);
    const query = schema.getQueryType();
    this.#above = rootClass(query != null && isPrivateType(rules, query));
  }

  /**
   * How a request's operation is cut. After the first time for an operation, its conditions and the kind of client it is
   * two look-ups, and one more for an operation that is cut and has variables.
   * @param hasCredentials of the request: undeclared fields are then its session's, and shared otherwise
   */
  planOf(bound: BoundOperation, hasCredentials: boolean): Plan | Whole {
    const { operation, variables } = bound;
    const known = this.#knownOf(operation, hasCredentials);
    if (known.never) return known.never;
    let name = hasCredentials ? '+' : '-';
    for (const variable of known.conditions.variables) {
      const value = variables[variable];
      if (typeof value !== 'boolean') return whole('condition');
      name += value ? 1 : 0;
    }
    let plan = known.plans.get(name);
    if (!plan) {
      plan = this.#cut(operation, hasCredentials, variables);
      if (known.plans.size >= MOST_PLANS) known.plans.delete(known.plans.keys().next().value!);
      known.plans.set(name, plan);
    }
    return plan.kind === 'cut' && !this.#hasValidVariables(bound) ? whole('variables') : plan;
  }

  /** A slot notices only a bad value of a variable that it uses, and upstream would refuse the operation for any. */
  #hasValidVariables(bound: BoundOperation): boolean {
    const { definition, variableNames } = bound.operation;
    if (variableNames.length === 0) return true;
    let isValid = this.#areValid.get(bound);
    if (isValid === undefined) {
      const values = rounded(bound.variables) as Record<string, unknown>;
      isValid = !coerceDeclared(this.knowledge.schema, definition, values).areInvalid;
      this.#areValid.set(bound, isValid);
    }
    return isValid;
  }

  /** Why an operation is never cut, whatever a request for it says. */
  whyNeverCut(operation: Operation): WholeReason | undefined {
    return this.#knownOf(operation, true).never?.why;
  }

  /** What a slot with one class of one root field asks for. @param keys of types that other slots show as well */
  slotField(place: PartPlace, index: number, keys?: OverlapKeys): FieldNode {
    const onSpine = ({ returns }: FlatField): readonly SelectionNode[] => {
      const type = getNamedType(returns!) as GraphQLCompositeType;
      return this.identityOf(type)!.additions;
    };
    const inside = keys && ((field: FlatField, of: number) => keys.additionsTo(field, of));
    return slotField(place, index, { onSpine, inside });
  }

  /** What slots are asked for so that they can be compared once they are merged. */
  #overlapOf(flat: FlatSet, root: PartPlace, hasCredentials: boolean): OverlapKeys | undefined {
    const undeclared = hasCredentials ? PRIVATE : SHARED;
    const { schema } = this.knowledge;
    const types = overlappingTypes(flat, root, this.knowledge);
    if (!types) return undefined;
    const identityOf = (type: GraphQLObjectType) => this.identityOf(type);
    return new OverlapKeys({ schema, ...types, identityOf, undeclared });
  }

  /** @param hasCredentials of the request that asks first */
  #knownOf(operation: Operation, hasCredentials: boolean): Known {
    let known = this.#known.get(operation);
    if (!known) this.#known.set(operation, (known = this.#examine(operation, hasCredentials)));
    return known;
  }

  #examine(operation: Operation, hasCredentials: boolean): Known {
    const conditions = conditionsOf(operation.document);
    return { never: this.#whyNever(operation, conditions, hasCredentials), conditions, plans: new Map() };
  }

  #whyNever(operation: Operation, conditions: Conditions, hasCredentials: boolean): Whole | undefined {
    const { kind, incremental, policy } = operation;
    if (kind !== 'query' || incremental) return whole('kind');
    if (policy.reason === 'too-complex') return whole('too-complex');
    if (policy.reason === 'introspection') return whole('introspection');
    if (conditions.hasOthers) return whole('directive');
    if (policy.scope === 'PUBLIC' && policy.declared && policy.leastMaxAge > 0) return whole('one-class');
    // What is of one class with all that may be left out is of one class without.
    const flat = specialise(this.#source, operation, undefined);
    const place = this.#classify(flat, hasCredentials);
    if (!isMixed(place.classes) && !isMixed(this.#classify(flat, !hasCredentials).classes))
      return whole('one-class');
    if (!conditions.areAny) this.#looked = { operation, hasCredentials, flat, place };
    return undefined;
  }

  /**
   * The class of each part of an operation as if none of its conditions left anything out, and what its slots are asked for so
   * that they can be compared.
   */
  unconditional(
    operation: Operation,
    hasCredentials: boolean,
  ): { readonly root: PartPlace; readonly keys: OverlapKeys | undefined } {
    const flat = specialise(this.#source, operation, undefined);
    const root = this.#classify(flat, hasCredentials);
    return { root, keys: this.#overlapOf(flat, root, hasCredentials) };
  }

  #classify(flat: FlatSet, hasCredentials: boolean): PartPlace {
    return classify(flat, {
      hasCredentials,
      above: this.#above,
      whyUncut: (place, undeclared) => this.whyUncut(place, undeclared),
    });
  }

  /** All slices of a place must be able to tell its objects from one another. */
  protected whyUncut({ fields, classes }: PartPlace, undeclared: number): WhyUncut | undefined {
    let signature: string | undefined;
    let areAlike = true;
    for (const { returns } of fields) {
      const identity = this.identityOf(getNamedType(returns!) as GraphQLCompositeType);
      if (!identity || (identity.isSingle && hasList(returns!))) return 'no-key';
      if (identity.classes[undeclared]! > widestIn(classes)) return 'key-class';
      signature ??= identity.signature;
      areAlike &&= signature === identity.signature;
    }
    return areAlike ? undefined : 'types';
  }

  protected identityOf(type: GraphQLCompositeType): Identity | undefined {
    return this.#identities.of(type);
  }

  protected orderOf(flat: FlatSet, root: PartPlace): SpineOrder {
    return new SpineOrder(this.#source.schema, [flat], root);
  }

  #cut(
    operation: Operation,
    hasCredentials: boolean,
    variables: Readonly<Record<string, unknown>>,
  ): Plan | Whole {
    const looked = this.#looked;
    this.#looked = undefined;
    const isLooked = looked?.operation === operation && looked.hasCredentials === hasCredentials;
    const flat = isLooked ? looked.flat : specialise(this.#source, operation, variables);
    const place = isLooked ? looked.place : this.#classify(flat, hasCredentials);
    if (!isMixed(place.classes)) return whole('one-class');
    if (countParts(place) > this.maxParts) return whole('too-many');
    const rootType = this.knowledge.schema.getQueryType()!.name;
    const keys = this.#overlapOf(flat, place, hasCredentials);
    const slots: Slot[] = [];
    const roots: RootPart[] = [];
    for (const step of this.orderOf(flat, place).stepsFor(rootType)!) {
      const indexes: number[] = [];
      for (const [index, partClass] of PART_CLASSES.entries()) {
        if ((step.slices & maskOf(index)) === 0) continue;
        const node = this.slotField(step.place, index, keys);
        const made = this.slotOperation(operation, node);
        if (!made) return whole('too-complex');
        // What is compared is read once for each root field, which may be cut in other places than another that asks for the same.
        let at = keys ? -1 : slots.findIndex((slot) => slot.operation === made);
        if (at === -1)
          at = slots.push({ operation: made, class: partClass, field: node.name.value, node }) - 1;
        indexes.push(at);
      }
      roots.push({ ...step, slots: indexes });
    }
    if (keys?.isWanting === true) return whole('overlap');
    const overlap = keys && new Overlap(this.knowledge, { flat, place, types: keys.types });
    return { kind: 'cut', operation, slots, roots, rootType, overlap };
  }

  /** @returns undefined where the slot is no valid operation */
  slotOperation(client: Operation, node: FieldNode): Operation | undefined {
    const made = analyseOperation(this.knowledge, queryFor([node], client.definition), undefined);
    if ('errors' in made) return undefined;
    // Of equal ones each keeps its own names: upstream is asked with them, and may say them.
    const name = [made.id, ...made.variableNames].join(' ');
    const known = this.#slots.get(name);
    if (!known) this.#slots.set(name, made);
    return known ?? made;
  }
}

function whole(why: WholeReason): Whole {
  return { kind: 'whole', why };
}

/** A slot's operation with what it uses of the request's variables. Its key is then that of any operation. */
export function bindSlot(
  { operation }: Pick<Slot, 'operation'>,
  { variables, parameters }: BoundOperation,
): BoundOperation {
  return bind(operation, variables, parameters);
}
