import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from '../answer/internal-fields';
import type { Operation } from '../operation/operation';

/** What a client asked for in one place, under whichever types: its response keys; of a leaf undefined. */
type Asked = ReadonlyMap<string, Asked | undefined>;

/** Of an answer with more leaves, or a longer one, nothing is written down of each. */
const MOST_LEAVES = 100;
const LONGEST_BODY = 65_536;

const known = new WeakMap<Operation, Asked>();

/**
 * The values of each leaf that an operation asks for, in the order of the answer, as JSON: by these the parts of an answer
 * can be compared, however it will be cut. Where a value above it is null or an empty list, that is what stands there.
 * @param body the answer
 * @returns paths of response keys, joined by dots; undefined where there are too many, or one
 */
export function leavesOf(operation: Operation, body: Buffer): ReadonlyMap<string, string> | undefined {
  if (body.length > LONGEST_BODY) return undefined;
  let asked = known.get(operation);
  if (!asked) known.set(operation, (asked = askedIn(operation.document)));
  const { data } = JSON.parse(body.toString()) as { data?: unknown };
  const leaves = new Map<string, string[]>();
  gather(asked, data, '', leaves);
  if (leaves.size < 2 || leaves.size > MOST_LEAVES) return undefined;
  return new Map(Array.from(leaves, ([path, values]) => [path, values.join()]));
}

function gather(asked: Asked, value: unknown, path: string, leaves: Map<string, string[]>): void {
  if (Array.isArray(value) && value.length > 0) {
    for (const item of value) gather(asked, item, path, leaves);
    return;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    note(path, value, leaves);
    return;
  }
  for (const [key, one] of Object.entries(value)) {
    const below = asked.get(key);
    const at = path === '' ? key : `${path}.${key}`;
    if (below) gather(below, one, at, leaves);
    // A custom scalar may hold anything, also as names.
    else if (asked.has(key)) note(at, one, leaves);
  }
}

function note(path: string, value: unknown, leaves: Map<string, string[]>): void {
  const values = leaves.get(path);
  if (values) values.push(JSON.stringify(value));
  else leaves.set(path, [JSON.stringify(value)]);
}

function askedIn(document: DocumentNode): Asked {
  const fragments = fragmentsOf(document);
  const all = (sets: readonly SelectionSetNode[]): Asked => {
    const below = new Map<string, SelectionSetNode[] | undefined>();
    const open = new Set(sets);
    // A set may grow while it is gone through.
    for (const { selections } of open) {
      for (const selection of selections) {
        if (selection.kind === Kind.INLINE_FRAGMENT) open.add(selection.selectionSet);
        else if (selection.kind === Kind.FRAGMENT_SPREAD) {
          const fragment = fragments[selection.name.value];
          if (fragment) open.add(fragment.selectionSet);
        } else {
          const key = selection.alias?.value ?? selection.name.value;
          const { selectionSet } = selection;
          below.set(key, selectionSet && [...(below.get(key) ?? []), selectionSet]);
        }
      }
    }
    return new Map(Array.from(below, ([key, inner]) => [key, inner && all(inner)]));
  };
  return all(
    document.definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? [node.selectionSet] : [],
    ),
  );
}
