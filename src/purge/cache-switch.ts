import { AS_USUAL, changed, encodeOrder, isAsUsual, type CacheChange, type CacheOrder } from './cache-order';
import type { PurgeLog } from './log';

/**
 * The switch for the cache of all regions: the order that the primary stores, and on top of it the orders given here
 * that the primary has not recorded yet, which hold here at once.
 *
 * The primary's answer to each probe carries the order, and that answer is what proves freshness. So no gateway, not
 * even one that has just started, serves from its cache without having seen every order acknowledged longer ago than
 * the bound; and a gateway that cannot probe serves nothing.
 */
export class CacheSwitch {
  readonly #log: Pick<PurgeLog, 'keepOrder'>;
  /** what the primary holds, as far as is known */
  #held: CacheOrder = AS_USUAL;
  /** said here, oldest first, and not taken down there */
  #changes: readonly CacheChange[] = [];
  /** what holds: made of both */
  #current: CacheOrder = AS_USUAL;
  #follows = false;
  #putting: Promise<void> | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(log: Pick<PurgeLog, 'keepOrder'>) {
    this.#log = log;
  }

  /** What holds here: another object whenever it has changed. */
  get current(): CacheOrder {
    return this.#current;
  }

  /** What was said here and the primary has not taken down yet. */
  get pending(): readonly CacheChange[] {
    return this.#changes;
  }

  /** Calls back after each change of {@link current} or {@link pending}. It must not throw. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Holds here when this returns, and everywhere once it resolves.
   * @returns rejects with LastmileError CACHE_ORDER_NOT_ACKNOWLEDGED; it holds here all the same, and is tried again whenever
   *   the primary answers
   */
  change(change: CacheChange): Promise<void> {
    this.#set(this.#held, [...this.#changes, change]);
    return this.#put();
  }

  /** What the primary holds now. One that has lost an order is given it again: not even a failover switches the cache on. */
  learn(held: CacheOrder): void {
    const isLost = held.number < this.#held.number && !isAsUsual(this.#held);
    if (!isLost) this.#set(held, this.#changes);
    if (!this.#follows && (isLost || this.#changes.length > 0)) this.#put().catch(() => {});
  }

  /**
   * For a process next to the one that received the order: what is pending there, which that one takes care of, and
   * what it knows to be stored.
   */
  follow(held: CacheOrder, pending: readonly CacheChange[]): void {
    this.#follows = true;
    this.#set(held.number < this.#held.number ? this.#held : held, pending);
  }

  /** What {@link follow} takes. */
  get held(): CacheOrder {
    return this.#held;
  }

  /** One at a time: callers that arrive meanwhile share this one, or the next. */
  #put(): Promise<void> {
    const before = this.#putting;
    const putting = (before ? before.catch(() => {}).then(() => this.#putAll()) : this.#putAll()).finally(
      () => {
        if (this.#putting === putting) this.#putting = undefined;
      },
    );
    this.#putting = putting;
    return putting;
  }

  async #putAll(): Promise<void> {
    for (;;) {
      const changes = this.#changes;
      const order = after(this.#held, changes);
      const held = await this.#log.keepOrder(order);
      // Another was given at the same time, elsewhere: this one comes after it.
      if (encodeOrder(held) !== encodeOrder(order)) this.#set(held, this.#changes);
      else this.#set(held, this.#changes.slice(changes.length));
      if (this.#changes.length === 0) return;
    }
  }

  #set(held: CacheOrder, changes: readonly CacheChange[]): void {
    const next = after(held, changes);
    const isSame =
      encodeOrder(next) === encodeOrder(this.#current) && changes.length === this.#changes.length;
    this.#held = held;
    this.#changes = changes;
    if (isSame) return;
    this.#current = next;
    for (const listener of this.#listeners) listener();
  }
}

/** Changes that come together are one order. */
function after(held: CacheOrder, changes: readonly CacheChange[]): CacheOrder {
  if (changes.length === 0) return held;
  return { ...changes.reduce(changed, held), number: held.number + 1 };
}
