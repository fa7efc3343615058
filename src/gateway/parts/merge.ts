import { writeJson } from '../../json/exact-number';
import { maskOf, PART_CLASSES, widestIn, type ClassMask, type PartPlace } from './classes';
import {
  mismatch,
  MOST_LOOKED_INTO,
  sizeOf,
  type Mismatch,
  type PartError,
  type SlotAnswer,
} from './combined';
import { isBelow, putInOrder, type ErrorPath, type PlacedError } from './errors';
import type { SpineStep } from './order';
import type { Plan, RootPart } from './plan';
import { NotAsAsked, readSpine, type SpineObject, type SpineValue } from './read-spine';

/** The answer to an operation that was cut. */
export interface Merged {
  readonly kind: 'merged';
  /** the JSON text of `data` */
  readonly data: string;
  /** in the order of the document; without locations */
  readonly errors: readonly PartError[];
}

/**
 * Puts the answers to a plan's slots together to what upstream would have answered to the whole. Pure. Where all that is
 * cut is cut at the root it joins texts, and parses nothing; below it walks the spine, and copies the texts beside it.
 * @param answers of all slots, in their order; their texts of one kind: characters, or one for each byte
 * @param variables the request's, so that what several slots show is compared; undefined: it is not
 */
export function merge(
  plan: Plan,
  answers: readonly SlotAnswer[],
  variables?: Readonly<Record<string, unknown>>,
): Merged | Mismatch {
  return new Merging(plan, answers, variables).run();
}

/** The whole text of a merged answer, in the order of graphql-js. */
export function writeMerged({ data, errors }: Merged): string {
  return errors.length > 0 ? `{"errors":${writeJson(errors)},"data":${data}}` : `{"data":${data}}`;
}

/** Thrown from inside a merge, and caught at its start. */
class Unfit extends Error {
  constructor(
    readonly why: Mismatch['why'],
    /** classes of the slices that do not fit together */
    readonly slices: ClassMask,
  ) {
    super(why);
  }
}

type SliceValues = readonly (SpineValue | undefined)[];

/** One merge. Its rules are methods, so that a test can leave one out, and see that it is noticed. */
export class Merging {
  readonly #path: (string | number)[] = [];
  readonly #hasErrors: boolean;
  /** where on the spine something is null, so that nothing below it is shown; kept only where there are errors */
  readonly #nulls: ErrorPath[] = [];
  /** what was read of root fields that are cut themselves */
  readonly #read = new Map<RootPart, Map<number, SpineValue>>();
  #text = '';
  #root!: RootPart;

  constructor(
    readonly plan: Plan,
    public answers: readonly SlotAnswer[],
    readonly variables?: Readonly<Record<string, unknown>>,
  ) {
    this.#hasErrors = answers.some(({ errors }) => errors.length > 0);
  }

  run(): Merged | Mismatch {
    const { plan } = this;
    const onSpine = plan.roots.flatMap(({ below, slots }) => (below ? slots : []));
    if (sizeOf(onSpine.map((slot) => this.answers[slot]!)) > MOST_LOOKED_INTO)
      return mismatch('request-error', onSpine);
    if (plan.overlap) {
      const read = plan.overlap.read(plan, this.answers, this.variables);
      if ('why' in read) return read;
      this.answers = read;
    }
    const { answers } = this;
    const isNull = plan.slots.some((_, index) => answers[index]!.value === undefined);
    try {
      if (isNull) {
        this.#text = 'null';
        this.#nulls.push([]);
        this.#explainRoot();
      } else this.#members();
    } catch (error) {
      if (error instanceof Unfit) return mismatch(error.why, this.#slotsOf(error.slices), [...this.#path]);
      if (error instanceof NotAsAsked) return mismatch('shape', this.#root.slots, [...this.#path]);
      throw error;
    }
    if (!this.#hasErrors) return { kind: 'merged', data: this.#text, errors: [] };
    const errors = this.errorsOf(this.#placedErrors(), this.#nulls);
    return 'kind' in errors ? errors : { kind: 'merged', data: this.#text, errors };
  }

  /** Two slices show the same object. */
  protected areSame(one: SpineObject, other: SpineObject): boolean {
    return (
      one.key !== undefined &&
      one.key === other.key &&
      (one.type === other.type || one.type === undefined || other.type === undefined)
    );
  }

  /** Of the slices that have a value those in which it is null. */
  protected nullsIn(values: SliceValues, slices: ClassMask): ClassMask {
    let nulls = 0;
    for (let index = 0; index < PART_CLASSES.length; index++) {
      if ((slices & maskOf(index)) === 0) continue;
      if (values[index] === undefined) throw new Unfit('shape', maskOf(index));
      if (values[index] === null) nulls |= maskOf(index);
    }
    return nulls;
  }

  /**
   * A value is null in one slot and an object in others: rightly so only where something failed in the first, there or
   * below, that the others did not ask for. Else they, which may have been kept, would have failed as well: the data changed.
   */
  protected mayBeNull(slot: number, others: readonly number[]): boolean {
    return this.#placedErrors().some(
      (error) =>
        error.slot === slot &&
        isBelow(this.#path, error.path) &&
        !others.some((other) => this.#asksFor(other, error)),
    );
  }

  /** @param nulls where on the spine something is null */
  protected errorsOf(
    errors: readonly PlacedError[],
    nulls: readonly ErrorPath[],
  ): readonly PartError[] | Mismatch {
    const valueOf = (root: RootPart, slot: number) => this.#read.get(root)?.get(slot);
    return putInOrder(this.plan, { errors, nulls, valueOf });
  }

  #members(): void {
    let separator = '{';
    for (const root of this.plan.roots) {
      this.#root = root;
      const { responseKey, slots, below, place } = root;
      this.#text += `${separator}"${responseKey}":`;
      separator = ',';
      if (below) {
        const values: (SpineValue | undefined)[] = [];
        const readOf = new Map<number, SpineValue>();
        this.#read.set(root, readOf);
        for (const slot of slots) {
          const read = readSpine(this.answers[slot]!.value!, place);
          readOf.set(slot, read);
          values[this.#classOf(slot)] = read;
        }
        this.#path.push(responseKey);
        this.#value(root, values, root.slices);
        this.#path.pop();
      } else if (slots.length === 0) this.#text += `"${this.plan.rootType}"`;
      else this.#text += this.answers[slots[0]!]!.value!;
    }
    this.#text += '}';
  }

  /** A value on the spine. @param slices the classes of those that have it */
  #value(step: SpineStep, values: SliceValues, slices: ClassMask): void {
    const nulls = this.nullsIn(values, slices);
    if (nulls !== 0) {
      if (nulls !== slices) this.#explain(nulls, slices & ~nulls);
      if (this.#hasErrors) this.#nulls.push([...this.#path]);
      this.#text += 'null';
      return;
    }
    if (Array.isArray(values[widestIn(slices)])) this.#list(step, values, slices);
    else this.#object(step, values, slices);
  }

  #list(step: SpineStep, values: SliceValues, slices: ClassMask): void {
    const first = values[widestIn(slices)] as readonly SpineValue[];
    for (let index = 0; index < PART_CLASSES.length; index++) {
      const list = values[index];
      if ((slices & maskOf(index)) !== 0 && (!Array.isArray(list) || list.length !== first.length))
        throw new Unfit('length', slices);
    }
    this.#text += '[';
    for (let at = 0; at < first.length; at++) {
      if (at > 0) this.#text += ',';
      const items: (SpineValue | undefined)[] = [];
      for (let index = 0; index < PART_CLASSES.length; index++)
        items.push((slices & maskOf(index)) === 0 ? undefined : (values[index] as readonly SpineValue[])[at]);
      this.#path.push(at);
      this.#value(step, items, slices);
      this.#path.pop();
    }
    this.#text += ']';
  }

  #object(step: SpineStep, values: SliceValues, slices: ClassMask): void {
    const first = values[widestIn(slices)] as SpineObject;
    let type = step.certainType;
    for (let index = 0; index < PART_CLASSES.length; index++) {
      if ((slices & maskOf(index)) === 0) continue;
      const object = values[index] as SpineObject | readonly SpineValue[];
      if (Array.isArray(object)) throw new Unfit('length', slices);
      type ??= (object as SpineObject).type;
      if (object !== first && !this.areSame(first, object as SpineObject))
        throw new Unfit(first.key === undefined ? 'keyless' : 'key', slices);
    }
    const steps = type === undefined ? undefined : step.below!.stepsFor(type);
    if (!steps) throw new Unfit('shape', slices);
    let separator = '{';
    for (const member of steps) {
      this.#text += `${separator}"${member.responseKey}":`;
      separator = ',';
      const { place, index } = member;
      if (member.isTypeName) this.#text += `"${type}"`;
      else if (!member.below) {
        const text = (values[index] as SpineObject | undefined)?.members[place.index];
        if (text === undefined) throw new Unfit('shape', maskOf(index));
        this.#text += text as string;
      } else {
        const inner = values.map((value) => (value as SpineObject | undefined)?.members[place.index]);
        this.#path.push(member.responseKey);
        this.#value(member, inner as SliceValues, member.slices);
        this.#path.pop();
      }
    }
    this.#text += separator === '{' ? '{}' : '}';
  }

  #explain(nulls: ClassMask, objects: ClassMask): void {
    const others = this.#slotsOf(objects);
    for (const slot of this.#slotsOf(nulls))
      if (!this.mayBeNull(slot, others)) throw new Unfit('null', nulls | objects);
  }

  /**
   * `data` is null: some slot says why, and each that says anything may be null. What was asked behind it in the same call
   * did not run; of the same root field some of it would have run before.
   */
  #explainRoot(): void {
    let isExplained = false;
    for (const root of this.plan.roots) {
      this.#root = root;
      const others = root.slots.filter((slot) => this.answers[slot]!.value !== undefined);
      for (const slot of root.slots) {
        const { value, errors } = this.answers[slot]!;
        if (value !== undefined || errors.length === 0) continue;
        // Asked once for several root fields, of which the whole would have reported the first alone.
        if (this.plan.roots.some((other) => other !== root && other.slots.includes(slot)))
          throw new Unfit('errors', root.slices);
        if (!this.mayBeNull(slot, others)) throw new Unfit('null', root.slices);
        const isSilent = (other: number): boolean =>
          other > slot && !others.includes(other) && this.answers[other]!.errors.length === 0;
        if (root.slots.some(isSilent)) throw new Unfit('errors', root.slices);
        isExplained = true;
      }
    }
    if (!isExplained) throw new Unfit('null', 0);
  }

  #placedErrors(): PlacedError[] {
    return this.plan.roots.flatMap((root) =>
      root.slots.flatMap((slot) =>
        this.answers[slot]!.errors.map((error) => ({
          error,
          root,
          slot,
          path: [root.responseKey, ...error.path!.slice(1)],
        })),
      ),
    );
  }

  /** A slot asked for the field that an error is about. */
  #asksFor(slot: number, { path }: PlacedError): boolean {
    let place: PartPlace | undefined = this.#root.place;
    for (const key of path.slice(1)) {
      if (typeof key === 'number') continue;
      // What is below the spine is in one slice only, and here that is the other one.
      if (!place.isSpine) break;
      place = place.children.get(key);
      if (!place) return false;
    }
    return (place.classes & maskOf(this.#classOf(slot))) !== 0;
  }

  #classOf(slot: number): number {
    return PART_CLASSES.indexOf(this.plan.slots[slot]!.class);
  }

  #slotsOf(slices: ClassMask): readonly number[] {
    if (slices === 0) return [];
    return this.#root.slots.filter((slot) => (slices & maskOf(this.#classOf(slot))) !== 0);
  }
}
