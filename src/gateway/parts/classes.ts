import type { FieldMeaning } from '../../policy/type-set';
import type { FlatField, FlatSet } from './specialise';

/**
 * Who may be shown a part of an answer, the widest first. What stands below a field is never wider than the field: a child
 * never outlives the way to it.
 *
 * shared       by all clients that ask as this request does; undeclared fields only by those without credentials
 * private      by one session
 * uncacheable  it has `maxAge: 0`, or none
 */
export const PART_CLASSES = ['shared', 'private', 'uncacheable'] as const;
export type PartClass = (typeof PART_CLASSES)[number];

/** Of a class by its index, and of several together: one bit each. */
export type ClassMask = number;

export const [SHARED, PRIVATE, UNCACHEABLE] = [0, 1, 2];

export const maskOf = (index: number): ClassMask => 1 << index;
export const isMixed = (mask: ClassMask): boolean => (mask & (mask - 1)) !== 0;
export const strictestIn = (mask: ClassMask): number => 31 - Math.clz32(mask);
export const widestIn = (mask: ClassMask): number => strictestIn(mask & -mask);

/** The slots that root fields are cut into, of which some may be one and the same. */
export function countParts({ children }: PartPlace): number {
  let count = 0;
  for (const { classes } of children.values()) for (let mask = classes; mask !== 0; mask &= mask - 1) count++;
  return count;
}

/**
 * Whether a slot asks for the fields of some object in another order than the whole does: of a field that is asked for several
 * times it has a later occurrence, and not the first.
 */
export function isReordered({ isSpine, children }: PartPlace): boolean {
  if (!isSpine) return false;
  for (const child of children.values()) {
    let lacking = 0;
    for (const field of child.fields) {
      const mask = child.maskOf(field);
      if ((mask & lacking) !== 0) return true;
      lacking |= child.classes & ~mask;
    }
    if (isReordered(child)) return true;
  }
  return false;
}

/** All that an operation asks for under one path of response keys, over all fragments and all possible types. */
export class PartPlace {
  /** its place among its parent's children */
  readonly index: number;
  /** the classes of the leaves below; of a leaf its own; 0 for `__typename` alone */
  classes: ClassMask = 0;
  /** leaves of several classes stand below it, and its objects can be told from one another: the merge walks it */
  isSpine = false;
  /** leaves of several classes stand below it, and all have the strictest of them, since it cannot be cut: why not */
  uncut: WhyUncut | undefined;
  /** the strictest that a field here is by itself */
  own = SHARED;

  constructor(
    readonly responseKey: string,
    readonly parent: PartPlace | undefined,
    readonly fields: FlatField[],
  ) {
    this.index = parent?.children.size ?? 0;
  }

  // Most places are leaves and are asked for once: they need no maps.
  #children: Map<string, PartPlace> | undefined;
  #mask: ClassMask = 0;
  #masks: Map<FlatField, ClassMask> | undefined;

  get children(): ReadonlyMap<string, PartPlace> {
    return this.#children ?? NO_PLACES;
  }

  /** The place that a field below this one has, which may be asked for there several times. */
  placeOf(field: FlatField): PartPlace {
    const children = (this.#children ??= new Map<string, PartPlace>());
    const known = children.get(field.responseKey);
    if (known) {
      known.fields.push(field);
      return known;
    }
    const made = new PartPlace(field.responseKey, this, [field]);
    children.set(field.responseKey, made);
    return made;
  }

  /** Of an occurrence of its field on the spine: in which slices it is asked for. */
  maskOf(field: FlatField): ClassMask {
    return this.fields.length === 1 ? this.#mask : (this.#masks?.get(field) ?? 0);
  }

  mark(field: FlatField, mask: ClassMask): void {
    if (this.fields.length === 1) this.#mask = mask;
    else (this.#masks ??= new Map()).set(field, mask);
  }
}

const NO_PLACES: ReadonlyMap<string, PartPlace> = new Map();

/**
 * Why the objects of a place cannot be put together again from several answers.
 *
 * no-key     nothing tells them from one another
 * key-class  what tells them is not for all who may see the rest
 * types      several fields stand under its name, of types that are told in different ways
 */
export type WhyUncut = 'no-key' | 'key-class' | 'types';

/** @param undeclared the class of undeclared fields; `undefined`: it can be cut */
export type CutRule = (place: PartPlace, undeclared: number) => WhyUncut | undefined;

/**
 * Finds the class of each place.
 * @param hasCredentials of the request: what is not declared is then for its session only
 * @param above the class of the root type
 */
export function classify(
  flat: FlatSet,
  { hasCredentials, above, whyUncut }: { hasCredentials: boolean; above: number; whyUncut: CutRule },
): PartPlace {
  const root = new PartPlace('', undefined, []);
  const undeclared = hasCredentials ? PRIVATE : SHARED;
  gather(flat, root, undeclared);
  for (const child of root.children.values())
    root.classes |= settle(child, above, (place) => whyUncut(place, undeclared));
  root.isSpine = true;
  markSet(flat, root);
  return root;
}

/** The class of a root type that is PRIVATE as a whole. */
export function rootClass(isPrivate: boolean): number {
  return isPrivate ? PRIVATE : SHARED;
}

function gather(set: FlatSet, place: PartPlace, undeclared: number): void {
  for (const item of set) {
    if (item.kind === 'fragment') {
      gather(item.below, place, undeclared);
      continue;
    }
    const child = place.placeOf(item);
    child.own = Math.max(child.own, classOfField(item, undeclared));
    if (item.below) gather(item.below, child, undeclared);
  }
}

function classOfField({ types, node }: FlatField, undeclared: number): number {
  return classOfMeaning(types.meaning(node.name.value), undeclared);
}

/**
 * What one field makes of a part, on the strictest of the types that it may stand on.
 * @param undeclared the class of undeclared fields
 */
export function classOfMeaning(meaning: FieldMeaning | undefined, undeclared: number): number {
  if (!meaning) return SHARED;
  if (meaning.least?.maxAge === 0) return UNCACHEABLE;
  if (meaning.privateBy !== undefined && !meaning.isOpen) return PRIVATE;
  return meaning.privateBy !== undefined || !meaning.isDeclared ? undeclared : SHARED;
}

function settle(
  place: PartPlace,
  above: number,
  whyUncut: (place: PartPlace) => WhyUncut | undefined,
): ClassMask {
  const own = Math.max(above, place.own);
  for (const child of place.children.values()) place.classes |= settle(child, own, whyUncut);
  const isTypeName = place.fields.every(({ returns }) => returns === undefined);
  if (place.classes === 0 && !isTypeName) place.classes = maskOf(own);
  if (isMixed(place.classes)) {
    place.uncut = whyUncut(place);
    if (place.uncut) {
      place.classes = maskOf(strictestIn(place.classes));
      keepWhole(place);
    } else place.isSpine = true;
  }
  return place.classes;
}

/** What stands below a place that is not cut is not cut either. */
function keepWhole({ children }: PartPlace): void {
  for (const child of children.values()) {
    if (!child.isSpine) continue;
    child.isSpine = false;
    keepWhole(child);
  }
}

/** Of each field on the spine, in which slices it is: one that nothing is selected below is in the widest. */
function markSet(set: FlatSet, place: PartPlace): ClassMask {
  let all = 0;
  for (const item of set) {
    if (item.kind === 'fragment') {
      all |= markSet(item.below, place);
      continue;
    }
    const child = place.children.get(item.responseKey)!;
    let mask = item.returns === undefined ? 0 : child.classes;
    if (child.isSpine) mask = markSet(item.below!, child) || maskOf(widestIn(child.classes));
    child.mark(item, mask);
    all |= mask;
  }
  return all;
}
