import {
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { strictest, type FieldLimit } from './field-limit';
import { PART_PREFIX } from './part-names';
import type { TypeSet, TypeSets } from './type-set';

/**
 * The most selections that are walked before an operation is given up. About ten milliseconds' worth; an operation
 * within the gateway's limits needs a tenth of it, unless it was built to be followed along many paths.
 */
export const MAX_STEPS = 20_000;

/** A limit and where in the operation it was met. */
export interface DecidedLimit {
  readonly limit: FieldLimit;
  /** `Product.category at products.category`: schema coordinate, then field names from the root */
  readonly where: string;
}

/** The types that a selection set was followed with, and whether it was certain then. Nearly all are followed once. */
interface Followed {
  readonly types: TypeSet;
  isCertain: boolean;
  readonly before: Followed | undefined;
}

/** The fields from the root to a place in the operation, by their names: an alias changes nothing. */
interface Path {
  readonly parent: Path | undefined;
  readonly field: string;
}

/**
 * One walk over an operation, with the types that each place may have.
 *
 * Terminology
 *
 * certain   in every answer without errors: not behind a directive or a narrowing fragment, nor below a null or a list
 * least     the smallest limit over all fields selected
 * bound     the largest maxAge an answer can have: the smallest limit over the certain fields
 */
export class Survey {
  isTooComplex = false;
  hasIntrospection = false;
  /** a field or fragment that the schema or document lacks */
  unknown: string | undefined;
  privateBy: string | undefined;
  /** what makes it private are places that may return something PRIVATE, and nothing else */
  isOpen = true;
  least: DecidedLimit | undefined;
  /** false when any selected field takes the default maxAge */
  isDeclared = true;

  #certain: DecidedLimit | undefined;
  /** The largest limit of a root field: an answer has one of them at least. */
  #largestRoot: DecidedLimit | undefined;
  #steps = 0;
  readonly #followed = new Map<SelectionSetNode, Followed>();
  readonly #narrowed = new Map<TypeSet, Map<string, TypeSet>>();
  readonly #sets: TypeSets;
  readonly #fragments: Readonly<Record<string, FragmentDefinitionNode>>;

  constructor(sets: TypeSets, fragments: Readonly<Record<string, FragmentDefinitionNode>>) {
    this.#sets = sets;
    this.#fragments = fragments;
  }

  /** Undefined when no field limits the answer: it selects nothing but `__typename`. */
  get bound(): DecidedLimit | undefined {
    return this.#certain ?? this.#largestRoot;
  }

  root(set: SelectionSetNode, types: TypeSet): void {
    this.#follow(set, types, undefined, true);
  }

  #follow(set: SelectionSetNode, types: TypeSet, path: Path | undefined, isCertain: boolean): void {
    const last = this.#followed.get(set);
    let before = last;
    while (before && before.types !== types) before = before.before;
    // All that is gathered is a smallest, a largest or an any, so the same way taken again adds nothing.
    if (before && (before.isCertain || !isCertain)) return;
    if (before) before.isCertain = isCertain;
    else this.#followed.set(set, { types, isCertain, before: last });
    for (const selection of set.selections) {
      if (++this.#steps > MAX_STEPS) this.isTooComplex = true;
      if (this.isTooComplex) return;
      this.#selection(selection, types, path, isCertain);
    }
  }

  #selection(selection: SelectionNode, types: TypeSet, path: Path | undefined, isCertain: boolean): void {
    const isAlways = isCertain && !selection.directives?.length;
    if (selection.kind === Kind.FIELD) {
      this.#field(selection, types, path, isAlways);
      return;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragment(selection.name.value);
    if (!fragment) return;
    const condition = fragment.typeCondition?.name.value;
    const narrowed = condition === undefined ? types : this.#narrow(types, condition);
    if (narrowed.types.size > 0)
      this.#follow(fragment.selectionSet, narrowed, path, isAlways && narrowed === types);
  }

  #fragment(name: string): FragmentDefinitionNode | undefined {
    if (Object.hasOwn(this.#fragments, name)) return this.#fragments[name];
    this.unknown ??= name;
    return undefined;
  }

  /** The same fragment on the same types yields the same set, so that it is followed once. */
  #narrow(types: TypeSet, condition: string): TypeSet {
    let narrowed = this.#narrowed.get(types);
    if (!narrowed) this.#narrowed.set(types, (narrowed = new Map()));
    let set = narrowed.get(condition);
    if (!set) narrowed.set(condition, (set = this.#sets.narrow(types, condition)));
    return set;
  }

  #field(node: FieldNode, types: TypeSet, path: Path | undefined, isCertain: boolean): void {
    const name = node.name.value;
    if (name === '__typename') return;
    if (name === '__schema' || name === '__type') {
      this.hasIntrospection = true;
      return;
    }
    const isCompared = node.alias?.value.startsWith(PART_PREFIX) === true;
    if (isCompared && types.withoutRoots.types.size === 0) return;
    const meaning = (isCompared ? types.withoutRoots : types).meaning(name);
    if (!meaning) {
      this.unknown ??= name;
      return;
    }
    const here: Path = { parent: path, field: name };
    if (
      meaning.privateBy !== undefined &&
      (this.privateBy === undefined || (this.isOpen && !meaning.isOpen))
    ) {
      // What makes it private whatever is returned says more.
      this.privateBy = place(meaning.privateBy, here);
      this.isOpen = meaning.isOpen;
    }
    this.least = this.#smaller(this.least, meaning.least, here);
    this.isDeclared &&= meaning.isDeclared;
    if (isCertain) this.#certain = this.#smaller(this.#certain, meaning.bound, here);
    if (
      !path &&
      meaning.bound &&
      !(this.#largestRoot && this.#largestRoot.limit.maxAge >= meaning.bound.maxAge)
    ) {
      this.#largestRoot = { limit: meaning.bound, where: place(meaning.bound.coordinate, here) };
    }
    if (!node.selectionSet) return;
    for (const below of meaning.below) {
      // An interface that nothing implements: the value can only be null.
      if (below.types.size === 0) continue;
      this.#follow(
        node.selectionSet,
        below,
        here,
        isCertain && meaning.isCertain && meaning.below.length === 1,
      );
    }
  }

  #smaller(
    before: DecidedLimit | undefined,
    limit: FieldLimit | undefined,
    path: Path,
  ): DecidedLimit | undefined {
    if (!limit || !before) return limit ? { limit, where: place(limit.coordinate, path) } : before;
    const smallest = strictest(before.limit, limit);
    if (smallest === before.limit || !smallest) return before;
    const isHere = limit.maxAge < before.limit.maxAge;
    return { limit: smallest, where: isHere ? place(limit.coordinate, path) : before.where };
  }
}

/** A root field's path says no more than its coordinate, so it is left out. */
function place(coordinate: string, path: Path): string {
  if (!path.parent) return coordinate;
  const fields: string[] = [];
  for (let step: Path | undefined = path; step; step = step.parent) fields.push(step.field);
  return `${coordinate} at ${fields.toReversed().join('.')}`;
}
