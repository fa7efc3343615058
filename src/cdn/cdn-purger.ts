import { setTimeout as pause } from 'node:timers/promises';
import type { Claims } from '../cache/leases';
import { ALL_KEY, keysOfPurges } from '../purge/cdn-keys';
import type { Purges } from '../purge/purges';
import type { Health } from '../report/outages';
import { CdnRefusal, MOST_IN_CALL, purgeKeys, type CdnApi } from './purge-api';

export interface CdnPurgerOptions {
  readonly api: CdnApi;
  readonly purges: Pick<Purges, 'table' | 'cacheSwitch' | 'stats'>;
  /** what the gateways of the primary region share, by which one of them sends; undefined: there is no other */
  readonly claims: Claims | undefined;
  /** milliseconds after which no gateway serves what a purge has made untrue: the freshness bound */
  readonly boundMs: number;
  /** told how each call of the API went */
  readonly health: Health;
  /** told of each call of the API */
  readonly count: (outcome: 'sent' | 'failed') => void;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/** Between two looks at what is to be done. Purges of one look leave together. */
const TICK_MS = 100;
/** How long the one that sends may be silent until another takes its place, and how often it says that it is there. */
const CLAIM_MS = 5000;
const RENEW_MS = 1500;
/** How long the sender may stay unknown until every asking process sends. */
const UNSURE_MS = 10_000;
/** What is named in the region's Redis for it. */
const CLAIM = 'cdn-purger';
/** Between two attempts: doubled from the first to the last. */
const FIRST_WAIT = 1000;
const LAST_WAIT = 30_000;
/** Past so many keys that wait one purge of all answers takes their place. */
const MOST_WAITING = 10_000;
/** What an answer may take from a gateway into the CDN. */
const ON_ITS_WAY_MS = 2000;

/**
 * Sends on to a CDN in front what the log purges. The CDN is one for all regions, so one process sends: of the gateways of the
 * primary region the one that holds a claim. While their Redis cannot say who does, the holder goes on, and the others begin
 * after a while. None knows what happened before it began, so it purges all answers first; so does a gap in the log.
 *
 * Each purge is sent twice: at once, and again once no gateway can serve what it made untrue any more. An answer that a region
 * gave before it had heard of the purge may reach the CDN after the first.
 */
export class CdnPurger {
  readonly #options: CdnPurgerOptions;
  /** keys to be sent now, and whether for the first time */
  #due = new Map<string, boolean>();
  /** keys in the call under way: they wait until it is taken, or an alert would end with each attempt */
  #sending = 0;
  /** keys to be sent again: when, and which */
  #again: { readonly at: number; readonly keys: readonly string[] }[] = [];
  #isMine = false;
  #renewAt = -Infinity;
  #heldUntil = -Infinity;
  /** since when the sender is unknown */
  #unsureSince: number | undefined;
  #losses = 0;
  #wait = FIRST_WAIT;
  #notBefore = -Infinity;
  #running: Promise<void> | undefined;
  readonly #ending = new AbortController();
  #unfollow: (() => void) | undefined;

  constructor(options: CdnPurgerOptions) {
    this.#options = options;
  }

  /** Keys that are to be sent now, and those of which it is not known yet that they were taken. */
  get waiting(): number {
    return this.#due.size + this.#sending;
  }

  start(): void {
    const { purges } = this.#options;
    this.#losses = this.#lossesNow();
    this.#unfollow = purges.table.onPurge((all) => {
      if (this.#isMine) this.#add(keysOfPurges(all));
    });
    // Switched off, a cache is to be off everywhere; what comes now is not marked for the CDN.
    purges.cacheSwitch.onChange(() => this.purgeAll());
    this.#running = this.#run();
  }

  /** Has the CDN give up all answers: something changed that no tag is about, such as the schema. */
  purgeAll(): void {
    if (this.#isMine) this.#add([ALL_KEY]);
  }

  /** Sends a last time what is waiting, and lets another take the place. */
  async close(): Promise<void> {
    this.#unfollow?.();
    this.#ending.abort();
    await this.#running;
    if (!this.#isMine) return;
    await this.#send();
    this.#options.claims?.unclaim(CLAIM);
    this.#isMine = false;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#look();
      await pause(TICK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { now } = this.#options;
    if (now() >= this.#renewAt) await this.#hold();
    if (!this.#isMine) return;
    const losses = this.#lossesNow();
    if (losses !== this.#losses) this.#add([ALL_KEY]);
    this.#losses = losses;
    while (this.#again[0] && this.#again[0].at <= now()) this.#add(this.#again.shift()!.keys, false);
    if (this.#due.size > 0 && now() >= this.#notBefore) await this.#send();
  }

  /** Finds out whether this process sends from now on. */
  async #hold(): Promise<void> {
    const began = this.#options.now();
    this.#renewAt = began + RENEW_MS;
    const state = await this.#claim(began);
    if (state === 'taken') this.#isMine = false;
    if (state === 'mine') this.#heldUntil = began + CLAIM_MS;
    if (state !== undefined) this.#unsureSince = undefined;
    else this.#unsureSince ??= began;
    // Twice is better than never.
    const isLeft = this.#unsureSince !== undefined && began >= this.#unsureSince + UNSURE_MS;
    if (this.#isMine || !(state === 'mine' || isLeft)) return;
    this.#isMine = true;
    this.#add([ALL_KEY]);
  }

  /** @returns undefined when that is unknown */
  async #claim(began: number): Promise<'mine' | 'taken' | undefined> {
    const { claims } = this.#options;
    if (!claims) return 'mine';
    // One that has run out may be another's by now, and must not be renewed.
    if (this.#isMine && began < this.#heldUntil) {
      const renewed = await claims.renew(CLAIM, CLAIM_MS);
      if (renewed !== false) return renewed && 'mine';
    }
    return (await claims.claim(CLAIM, CLAIM_MS)) as 'mine' | 'taken' | undefined;
  }

  /** Records that this process cannot have heard of, as far as it knows. */
  #lossesNow(): number {
    const { gaps, newEpochs, replicasReplaced, replicasAhead } = this.#options.purges.stats();
    return gaps + newEpochs + replicasReplaced + replicasAhead;
  }

  #add(keys: Iterable<string>, isFirst = true): void {
    for (const key of keys) this.#due.set(key, isFirst || this.#due.get(key) === true);
    if (this.#due.has(ALL_KEY) || this.#due.size > MOST_WAITING)
      this.#due = new Map([[ALL_KEY, [...this.#due.values()].includes(true)]]);
  }

  #sendLater(keys: readonly string[]): void {
    if (keys.length === 0) return;
    const at = this.#options.now() + this.#options.boundMs + ON_ITS_WAY_MS;
    const waiting = this.#again.reduce((sum, batch) => sum + batch.keys.length, keys.length);
    if (waiting > MOST_WAITING) this.#again = [{ at, keys: [ALL_KEY] }];
    else this.#again.push({ at, keys });
  }

  async #send(): Promise<void> {
    const { api, health, count } = this.#options;
    const most = MOST_IN_CALL[api.tags];
    while (this.#due.size > 0) {
      const batch = [...this.#due].slice(0, most);
      const keys = batch.map(([key]) => key);
      for (const key of keys) this.#due.delete(key);
      this.#sending = keys.length;
      try {
        await purgeKeys(api, keys);
        health.well();
        count('sent');
        this.#wait = FIRST_WAIT;
        this.#sendLater(batch.flatMap(([key, isFirst]) => (isFirst ? [key] : [])));
      } catch (error) {
        health.failed(error);
        count('failed');
        for (const [key, isFirst] of batch) this.#add([key], isFirst);
        const asked = error instanceof CdnRefusal ? error.retryMs : undefined;
        this.#notBefore = this.#options.now() + Math.min(asked ?? this.#wait, LAST_WAIT);
        this.#wait = Math.min(2 * this.#wait, LAST_WAIT);
        return;
      } finally {
        this.#sending = 0;
      }
    }
  }
}
