import { PART_PREFIX } from '../../policy/part-names';
import { isReordered } from './classes';
import { mismatch, type Mismatch, type PartError } from './combined';
import type { SpineStep } from './order';
import type { Plan, RootPart } from './plan';
import type { SpineObject, SpineValue } from './read-spine';

/** Response keys and indexes from the root. */
export type ErrorPath = readonly (string | number)[];

/** An error of a slot, where it stands in the merged answer. */
export interface PlacedError {
  readonly error: PartError;
  readonly root: RootPart;
  /** index of the plan's slot that reported it */
  readonly slot: number;
  readonly path: ErrorPath;
}

/** An error once: a field on the spine fails in every slice that has it. */
interface Reported extends PlacedError {
  /** the slots that reported it -> the how manieth of their errors it is */
  readonly ranks: Map<number, number>;
}

interface Errors {
  readonly errors: readonly PlacedError[];
  /** where on the spine the merged answer is null */
  readonly nulls: readonly ErrorPath[];
  /** what was read of a slot that has a part of a root field */
  readonly valueOf: (root: RootPart, slot: number) => SpineValue | undefined;
}

/**
 * The errors of a merged answer in the order of the document, in which an executor that awaits nothing meets them.
 * Each has the path that it has in the whole, and no locations.
 */
export function putInOrder(plan: Plan, { errors, nulls, valueOf }: Errors): readonly PartError[] | Mismatch {
  const added = errors.find(({ path }) => path.some((step) => String(step).startsWith(PART_PREFIX)));
  if (added) return mismatch('added', [added.slot], added.path);
  const reported = once(errors);
  const leading = new Map<Reported, number>();
  for (const place of nulls) {
    const below = reported.filter(({ path }) => isBelow(place, path));
    // Who reported all of them knows their order.
    const slot =
      below[0] && [...below[0].ranks.keys()].find((one) => below.every(({ ranks }) => ranks.has(one)));
    // A slot that asks in another order may have failed before it came to what the whole reports as well.
    if (below.length > 0 && (slot === undefined || below.some(({ root }) => isReordered(root.place))))
      return mismatch('errors', [...new Set(below.flatMap(({ ranks }) => [...ranks.keys()]))], place);
    for (const error of below) leading.set(error, slot!);
  }
  const placed = reported.map((each) => {
    const slot = leading.get(each) ?? each.slot;
    return { each, rank: each.ranks.get(slot)!, position: positionOf(plan, each, valueOf(each.root, slot)) };
  });
  // Of one position are only those below a null, or below what is in one slice: all of one slot.
  placed.sort((a, b) => compare(a.position, b.position) || a.rank - b.rank);
  return placed.map(({ each: { error, path } }) => ({ ...error, path }));
}

/** Whether a path leads to a place or below it. */
export function isBelow(place: ErrorPath, path: ErrorPath): boolean {
  return path.length >= place.length && place.every((step, index) => path[index] === step);
}

function once(errors: readonly PlacedError[]): Reported[] {
  const byPath = new Map<string, Reported>();
  const reported: Reported[] = [];
  for (const [rank, each] of errors.entries()) {
    const name = JSON.stringify(each.path);
    const known = byPath.get(name);
    if (known && !known.ranks.has(each.slot)) {
      known.ranks.set(each.slot, rank);
      continue;
    }
    const made: Reported = { ...each, ranks: new Map([[each.slot, rank]]) };
    byPath.set(name, made);
    reported.push(made);
  }
  return reported;
}

/**
 * Where an error stands: the index of each member and item on the way to it, as far as the way is on the spine.
 * @param value of the slot that reported it
 */
function positionOf(
  plan: Plan,
  { root, path }: PlacedError,
  value: SpineValue | undefined,
): readonly number[] {
  const position = [plan.roots.indexOf(root)];
  let { below, certainType: type } = root;
  let here = value;
  for (const key of path.slice(1)) {
    if (!below || here === null || here === undefined) break;
    if (typeof key === 'number') {
      position.push(key);
      here = (here as readonly SpineValue[])[key];
      continue;
    }
    const object = here as SpineObject;
    const steps: readonly SpineStep[] = below.stepsFor(type ?? object.type ?? '') ?? [];
    const index = steps.findIndex(({ responseKey }) => responseKey === key);
    if (index === -1) break;
    position.push(index);
    const step = steps[index]!;
    [below, type] = [step.below, step.certainType];
    here = below ? (object.members[step.place.index] as SpineValue | undefined) : undefined;
  }
  return position;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++)
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  return 0;
}
