import type { RedisStore } from '../../cache/redis-store';
import { readJson, writeJson } from '../../json/exact-number';
import { canonicalJson } from '../../operation/bound-operation';
import { isSharedQuery, type SharedQuery } from './shared-query';

/** A query, and how often its answer was asked for within a window. */
export interface ListedQuery {
  readonly query: SharedQuery;
  readonly asked: number;
}

/** The coldest are left out. */
export const MOST_LISTED = 500;
const MOST_CHARACTERS = 256 * 1024;
/** Seconds after which the list of a region without requests expires. */
const TTL = 24 * 60 * 60;
const NAME = 'hot';
/** Of this form. */
const VERSION = 1;

/**
 * What a region is asked most for, in its own Redis, so that a process that starts and a region that became cold know what to
 * fill. Queries only, no answers: of answers that are shared with all, without anyone's credentials. All processes of the
 * region write it, each with what it was asked itself; what none of them is asked for any more fades.
 */
export class HotList {
  /** @param windowMs WARM_WINDOW_MS: after so long half is left of what is not asked for any more */
  constructor(
    readonly store: Pick<RedisStore, 'getSealed' | 'setSealed' | 'clock'>,
    readonly windowMs: number,
    readonly now: () => number,
  ) {}

  /** The hottest first; none where Redis cannot be asked. Never rejects. */
  async read(): Promise<readonly ListedQuery[]> {
    return (await this.#read())?.queries ?? [];
  }

  /** Adds what this process was asked; of what it was not asked less is left. Never rejects. */
  async write(own: readonly ListedQuery[]): Promise<void> {
    const list = await this.#read();
    const at = this.store.clock.toRegion(this.now());
    if (at === undefined) return;
    // Without writes nothing fades: a region that was down starts with what it had.
    const left = list ? 0.5 ** (Math.max(0, at - list.at) / this.windowMs) : 0;
    const others = list?.queries.map(({ query, asked }) => ({ query, asked: asked * left })) ?? [];
    await this.store.setSealed(NAME, encodeList(mergeLists(own, others), at), TTL);
  }

  async #read(): Promise<ReturnType<typeof decodeList>> {
    const text = await this.store.getSealed(NAME);
    return text === undefined ? undefined : decodeList(text);
  }
}

/** Each query once, with the higher of its numbers, the hottest first. */
export function mergeLists(...lists: readonly (readonly ListedQuery[])[]): ListedQuery[] {
  const merged = new Map<string, ListedQuery>();
  for (const listed of lists.flat()) {
    const name = canonicalJson(listed.query);
    const known = merged.get(name);
    if (!known || known.asked < listed.asked) merged.set(name, listed);
  }
  return [...merged.values()].sort((one, other) => other.asked - one.asked);
}

/** @param at when: milliseconds of the region's clock */
export function encodeList(queries: readonly ListedQuery[], at: number): string {
  const kept: ListedQuery[] = [];
  let characters = 0;
  for (const { query, asked } of queries.slice(0, MOST_LISTED)) {
    characters += canonicalJson(query).length;
    if (characters > MOST_CHARACTERS) break;
    kept.push({ query, asked: Math.round(asked * 10) / 10 });
  }
  return writeJson({ version: VERSION, at, queries: kept });
}

/** @returns undefined for what {@link encodeList} did not make, or that of another version */
export function decodeList(
  text: string,
): { readonly at: number; readonly queries: readonly ListedQuery[] } | undefined {
  if (text.length > 4 * MOST_CHARACTERS) return undefined;
  try {
    const { version, at, queries } = readJson(text) as Record<string, unknown>;
    if (version !== VERSION || typeof at !== 'number' || !Array.isArray(queries)) return undefined;
    return { at, queries: queries.filter(isListed).slice(0, MOST_LISTED) };
  } catch {
    return undefined;
  }
}

function isListed(value: unknown): value is ListedQuery {
  const { asked, query } = (value ?? {}) as Partial<Record<keyof ListedQuery, unknown>>;
  return typeof asked === 'number' && asked >= 0 && isSharedQuery(query);
}
