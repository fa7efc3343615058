import { countParts, maskOf, PART_CLASSES, type PartClass, type PartPlace } from '../gateway/parts/classes';
import { explainParts, slotsBelow } from '../gateway/parts/explain-parts';
import { Plans } from '../gateway/parts/plan';
import { analyseOperation, type Knowledge, type Operation } from '../operation/operation';
import type { RecordedQuery, RecordedRun } from './read-log';
import type { Keeping } from './replay';

/** What is of one class below one root field. */
export interface OperationPart {
  /** its root field's response key, with its class where there are several below it */
  readonly name: string;
  readonly operation: Operation;
  /** what of a recorded answer is of it: paths of response keys, joined by dots */
  readonly leaves: ReadonlySet<string>;
}

/**
 * The parts that an operation may be cut into, each of which can be worth keeping without the others.
 * @param plans of the policy as it would be if nothing were left undeclared
 * @returns empty where it is of one part, or is never cut
 */
export function partsOfOperation(
  plans: Plans,
  operation: Operation,
  hasCredentials: boolean,
): readonly OperationPart[] {
  const never = plans.whyNeverCut(operation);
  if (never !== undefined && never !== 'one-class') return [];
  const { root, keys } = plans.unconditional(operation, hasCredentials);
  const count = countParts(root);
  if (count < 2 || count > plans.maxParts || keys?.isWanting === true) return [];
  return [...slotsBelow(plans, operation, { root, keys })].map(({ place, index, operation: made }) => ({
    name: nameOf(place, PART_CLASSES[index]!),
    operation: made,
    leaves: new Set(leavesOf(place, index)),
  }));
}

/** The operation's queries as if they had been for this part alone. */
export function runsOfPart({ leaves }: OperationPart, runs: readonly RecordedRun[]): readonly RecordedRun[] {
  const isOfPart = new Map<string, boolean>();
  const has = (path: string): boolean => {
    let is = isOfPart.get(path);
    if (is === undefined) {
      // What stands above leaves is told in their place where it is null or an empty list.
      is = leaves.has(path) || [...leaves].some((leaf) => leaf.startsWith(`${path}.`));
      isOfPart.set(path, is);
    }
    return is;
  };
  const answerOf = (query: RecordedQuery): string =>
    query.leaves
      ? Object.entries(query.leaves)
          .flatMap(([path, value]) => (has(path) ? [`${path} ${value}`] : []))
          .sort()
          .join()
      : query.answer;
  return runs.map(({ run, queries }) => ({
    run,
    queries: queries.map((query) => ({ ...query, answer: answerOf(query) })),
  }));
}

/** How each part of an operation is kept under some rules. @param plans of these rules; undefined: nothing is cut */
export function keepingsOf(
  knowledge: Knowledge,
  plans: Plans | undefined,
  { document, name }: Operation,
  hasCredentials: boolean,
): readonly Keeping[] {
  const operation = analyseOperation(knowledge, document, name);
  if ('errors' in operation) return [{ maxAge: 0, isPrivate: false }];
  const { policy, incremental } = operation;
  const explained = plans && explainParts(plans, operation, hasCredentials);
  if (!explained || explained.whole)
    return [{ maxAge: incremental ? 0 : policy.leastMaxAge, isPrivate: policy.scope === 'PRIVATE' }];
  return explained.slots.map((slot) => ({
    maxAge: slot.operation.policy.leastMaxAge,
    isPrivate: slot.class === 'private',
  }));
}

function nameOf({ responseKey, classes }: PartPlace, partClass: PartClass): string {
  return classes === maskOf(PART_CLASSES.indexOf(partClass)) ? responseKey : `${responseKey}, ${partClass}`;
}

/** Without `__typename`, which says nothing that changes. */
function leavesOf(place: PartPlace, index: number): string[] {
  if (place.children.size === 0)
    return place.fields.every(({ returns }) => returns === undefined) ? [] : [pathOf(place)];
  const children = [...place.children.values()];
  const own = place.isSpine ? children.filter(({ classes }) => (classes & maskOf(index)) !== 0) : children;
  return own.flatMap((child) => leavesOf(child, index));
}

function pathOf({ responseKey, parent }: PartPlace): string {
  const above = parent && pathOf(parent);
  return above ? `${above}.${responseKey}` : responseKey;
}
