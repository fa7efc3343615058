import { setTimeout as pause } from 'node:timers/promises';
import type { Region } from '../../region/region';
import type { HotAnswer } from './hot-answers';
import { mergeLists, type HotList, type ListedQuery } from './hot-list';
import type { PlacedQuery, SharedQuery } from './shared-query';
import type { Warmer } from './warmer';

export interface ColdStartParts {
  readonly region: Pick<Region, 'isProven' | 'table'>;
  /** undefined: there is no Redis to keep one in */
  readonly list: HotList | undefined;
  readonly warmer: Pick<Warmer, 'hot' | 'ramp'>;
  /** what a query asks under the schema in use; undefined: its answer may not be looked up. Never rejects. */
  readonly place: (query: SharedQuery) => Promise<PlacedQuery | undefined>;
  /** Looks in memory and in the region's Redis, and keeps in memory what may be served: whether there is such. Never rejects. */
  readonly find: (placed: PlacedQuery) => Promise<boolean>;
  /** what was asked for more rarely is left to clients */
  readonly minHits: number;
  /** milliseconds between two times that the list is written */
  readonly listMs: number;
  readonly fault: (error: unknown) => void;
}

/** Answers looked for in Redis at a time: they come as few commands. */
const AT_A_TIME = 64;
/** Between two looks whether the region serves by now. Milliseconds. */
const LOOK_MS = 50;

/**
 * Fills a starting process, and a region that lost its entries: memory from the region's Redis, in bulk, and the
 * rest from upstream, at a limited rate. It follows the list of the region's most requested answers, which it also
 * maintains.
 */
export class ColdStart {
  readonly #parts: ColdStartParts;
  readonly #listing: NodeJS.Timeout | undefined;
  /** grows with each time that there is something to fill */
  #wanted = 0;
  #isFilling = false;
  #isClosed = false;
  /** All was tried once that was hot before. */
  isWarm = false;

  constructor(parts: ColdStartParts) {
    this.#parts = parts;
    if (parts.list) this.#listing = setInterval(() => void this.#write(), parts.listMs).unref();
  }

  /** Something was lost, or is kept under other keys: fills it as soon as the region serves from its cache. */
  begin(): void {
    this.#wanted++;
    if (this.#isFilling) return;
    this.#isFilling = true;
    this.#fillAll()
      .catch(this.#parts.fault)
      .finally(() => (this.#isFilling = false));
  }

  /** Leaves the list to the processes that come after this one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#listing);
    await this.#write();
  }

  async #write(): Promise<void> {
    const own = this.#parts.warmer.hot.hottest();
    if (own.length > 0) await this.#parts.list?.write(own);
  }

  async #fillAll(): Promise<void> {
    const { list, warmer, minHits } = this.#parts;
    for (let done = 0; done !== this.#wanted && !this.#isClosed;) {
      await this.#untilServing();
      done = this.#wanted;
      const listed = mergeLists(warmer.hot.hottest(), (await list?.read()) ?? []);
      const all = listed.filter(({ asked }) => asked >= minHits);
      const missing: { answer: HotAnswer; asked: number }[] = [];
      for (let at = 0; at < all.length; at += AT_A_TIME)
        missing.push(...(await this.#missingOf(all.slice(at, at + AT_A_TIME))));
      void warmer.ramp(missing).then(() => (this.isWarm = true));
    }
  }

  async #missingOf(some: readonly ListedQuery[]): Promise<{ answer: HotAnswer; asked: number }[]> {
    const { place, find, warmer } = this.#parts;
    const placed: { answer: HotAnswer; asked: number; place: PlacedQuery }[] = [];
    for (const { query, asked } of some) {
      const found = await place(query);
      if (found) placed.push({ answer: warmer.hot.add(found.key, query, asked), asked, place: found });
    }
    const held = await Promise.all(placed.map((each) => find(each.place)));
    return placed.filter((_, index) => !held[index]);
  }

  async #untilServing(): Promise<void> {
    const { region } = this.#parts;
    while (!this.#isClosed && !(region.isProven && region.table.trusts))
      await pause(LOOK_MS, undefined, { ref: false });
  }
}
