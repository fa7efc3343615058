import { isOperationPattern } from '../config/operation-pattern';

/** How the caches of all regions are to be used, as it was said by hand at one of them. */
export interface CacheOrder {
  /** how many orders there were: of two the higher is the later */
  readonly number: number;
  /** false: nothing is served from the cache, nothing is stored */
  readonly serve: boolean;
  /** names of operations, with `*`, of which the same is true */
  readonly without: readonly string[];
}

/** A change of it. */
export interface CacheChange {
  readonly serve: boolean;
  /** the operations it is about; undefined: all, and those that are named one by one stay as they are */
  readonly operations?: readonly string[] | undefined;
}

/** Before anybody said anything. */
export const AS_USUAL: CacheOrder = { number: 0, serve: true, without: [] };

/** What undoes an order that is not so. */
export const SWITCHED_ON =
  '`lastmile cache on` switches it on again, and `lastmile cache on <name>` what is off by name.';

/** Names in an order. A long list is rather a matter of NO_CACHE_OPERATIONS, or of directives. */
export const MOST_NAMES = 100;

export function isAsUsual({ serve, without }: CacheOrder): boolean {
  return serve && without.length === 0;
}

/** The order that a change makes of another: its successor. */
export function changed({ number, serve, without }: CacheOrder, change: CacheChange): CacheOrder {
  const names = change.operations;
  if (!names) return { number: number + 1, serve: change.serve, without };
  const others = without.filter((name) => !names.includes(name));
  return { number: number + 1, serve, without: change.serve ? others : [...others, ...new Set(names)] };
}

/** `<number> <JSON>`: a script compares the number, and need not know the rest. */
export function encodeOrder({ number, ...order }: CacheOrder): string {
  return `${number} ${JSON.stringify(order)}`;
}

/**
 * @param text as stored on the primary; null if no order was ever given
 * @returns that the cache is off for a text that no gateway of this version writes: its author wanted something
 */
export function decodeOrder(text: string | null | undefined): CacheOrder {
  if (text === null || text === undefined) return AS_USUAL;
  const [, digits = '0', json = ''] = /^(\d{1,15}) (.*)$/s.exec(text) ?? [];
  const number = Number(digits);
  try {
    const { serve, without } = JSON.parse(json) as Partial<Record<string, unknown>>;
    if (typeof serve === 'boolean' && Array.isArray(without) && without.every(isName))
      return { number, serve, without };
  } catch {
    // As of any other text.
  }
  return { number, serve: false, without: [] };
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && isOperationPattern(name);
}
