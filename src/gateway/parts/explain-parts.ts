import { getNamedType, print } from 'graphql';
import type { Operation } from '../../operation/operation';
import {
  countParts,
  isMixed,
  maskOf,
  PART_CLASSES,
  strictestIn,
  type PartClass,
  type PartPlace,
  type WhyUncut,
} from './classes';
import type { OverlapKeys } from './overlap-keys';
import type { Plans, WholeReason } from './plan';

/** How an operation is cut, and why, as if none of its conditions left anything out. */
export interface PartsExplanation {
  /** undefined: it is cut */
  readonly whole: { readonly reason: WholeReason; readonly because: string } | undefined;
  readonly slots: readonly ExplainedSlot[];
  readonly uncut: readonly UncutPlace[];
  readonly useless: readonly UselessMaxAge[];
}

export interface ExplainedSlot {
  readonly class: PartClass;
  /** what upstream is asked for it */
  readonly text: string;
  readonly operation: Operation;
}

/** A place whose parts could be kept for others or for longer, if it could be cut. */
export interface UncutPlace {
  /** response keys from the root */
  readonly path: string;
  readonly class: PartClass;
  readonly reason: WhyUncut;
  /** a sentence, and what would change it */
  readonly because: string;
}

/** A maxAge that a parent makes useless: what is reached only through a value that is never cached is never cached. */
export interface UselessMaxAge {
  readonly path: string;
  /** what declares it, as a schema coordinate */
  readonly coordinate: string;
  /** seconds */
  readonly maxAge: number;
  /** the field above that has none */
  readonly under: string;
}

/** Why an operation is asked whole, as a sentence. */
export const WHOLE: Readonly<Record<WholeReason, string>> = {
  'one-class': 'All of it may be shown to the same clients for some time, or none of it may be kept.',
  kind: 'Only queries are cut, and only those that are answered at once.',
  introspection: 'It asks for the schema.',
  directive: 'It uses a directive other than @skip and @include.',
  condition: 'A variable that @skip or @include uses is not a Boolean.',
  variables: 'A variable has a value of the wrong type.',
  overlap: 'Several parts show fields of one type, and not all of them can be asked for its key.',
  'too-many': 'It would have more parts than MAX_PARTS allows.',
  'too-complex': 'It combines too many fragments and types.',
  logged: 'It is written to the operation log (OPERATION_LOG_SAMPLE), which is about whole answers.',
};

/** @param hasCredentials of the requests: undeclared fields are then kept for one session, and shared otherwise */
export function explainParts(plans: Plans, operation: Operation, hasCredentials: boolean): PartsExplanation {
  const never = plans.whyNeverCut(operation);
  // What is of one class may be so only because a place in it cannot be cut.
  const { root, keys } =
    never === undefined || never === 'one-class' ? plans.unconditional(operation, hasCredentials) : NOTHING;
  const all = root && !never && !whyWhole(plans, root) ? slotsOf(plans, { operation, root, keys }) : [];
  const reason = never ?? whyWhole(plans, root!) ?? (keys?.isWanting === true ? 'overlap' : undefined);
  const uncut: UncutPlace[] = [];
  const useless: UselessMaxAge[] = [];
  if (root) lookThrough(root, [], undefined, { uncut, useless });
  return {
    whole: reason && { reason, because: WHOLE[reason] },
    slots: reason ? [] : all,
    uncut,
    useless,
  };
}

function whyWhole({ maxParts }: Plans, root: PartPlace): WholeReason | undefined {
  if (!isMixed(root.classes)) return 'one-class';
  return countParts(root) > maxParts ? 'too-many' : undefined;
}

const NOTHING = { root: undefined, keys: undefined };

function slotsOf(
  plans: Plans,
  {
    operation: client,
    root,
    keys,
  }: { readonly operation: Operation; readonly root: PartPlace; readonly keys: OverlapKeys | undefined },
): ExplainedSlot[] {
  const slots = new Map<string, ExplainedSlot>();
  for (const { index, operation } of slotsBelow(plans, client, { root, keys })) {
    const text = print(operation.document);
    slots.set(text, { class: PART_CLASSES[index]!, text, operation });
  }
  return [...slots.values()];
}

/** What is of one class below one root field. */
export interface SlotBelow {
  /** the root field's */
  readonly place: PartPlace;
  /** of its class */
  readonly index: number;
  readonly operation: Operation;
}

/** The slots of an operation as if none of its conditions left anything out, and as if all of them were cut. */
export function* slotsBelow(
  plans: Plans,
  client: Operation,
  { root, keys }: { readonly root: PartPlace; readonly keys: OverlapKeys | undefined },
): Iterable<SlotBelow> {
  for (const place of root.children.values())
    for (const index of PART_CLASSES.keys()) {
      if ((place.classes & maskOf(index)) === 0) continue;
      const operation = plans.slotOperation(client, plans.slotField(place, index, keys));
      if (operation) yield { place, index, operation };
    }
}

/** @param never the field above that is never cached, where there is one */
function lookThrough(
  place: PartPlace,
  path: readonly string[],
  never: string | undefined,
  found: { readonly uncut: UncutPlace[]; readonly useless: UselessMaxAge[] },
): void {
  const at = path.join('.');
  if (place.uncut) {
    const types = [...new Set(place.fields.map(({ returns }) => getNamedType(returns!).name))];
    found.uncut.push({
      path: at,
      class: PART_CLASSES[strictestIn(place.classes)]!,
      reason: place.uncut,
      because: whyUncut(place.uncut, types),
    });
  }
  let under = never;
  for (const { node, types } of place.fields) {
    const least = types.meaning(node.name.value)?.least;
    if (!least) continue;
    if (least.maxAge === 0) under ??= least.coordinate;
    else if (never !== undefined && least.declared)
      found.useless.push({ path: at, coordinate: least.coordinate, maxAge: least.maxAge, under: never });
  }
  for (const child of place.children.values()) lookThrough(child, [...path, child.responseKey], under, found);
}

function whyUncut(reason: WhyUncut, types: readonly string[]): string {
  const names = types.join(' and ');
  switch (reason) {
    case 'no-key':
      return `Nothing tells the objects of ${names} from one another: give the type an \`id: ID!\` or a @key.`;
    case 'key-class':
      return `The key of ${names} is kept for fewer clients, or for less time, than other fields are: give it the same @cacheControl.`;
    case 'types':
      return `The fields of this name return ${names}, whose keys differ: give them different aliases.`;
  }
}
