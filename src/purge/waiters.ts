import { hasReached, type Position } from './position';

interface Waiter {
  readonly position: Position;
  readonly settle: (reached: boolean) => void;
}

/** Those who wait until a table has reached a position. By epoch, in the order of what they wait for: telling is cheap. */
export class Waiters {
  readonly #waiting = new Map<number, Waiter[]>();

  get size(): number {
    let size = 0;
    for (const waiting of this.#waiting.values()) size += waiting.length;
    return size;
  }

  /** Resolves true once {@link reached} tells of this position or a later one of its epoch; false after `withinMs`, or at the end. */
  wait(position: Position, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        position,
        settle: (reached) => {
          clearTimeout(timer);
          resolve(reached);
        },
      };
      const timer = setTimeout(() => {
        this.#remove(waiter);
        resolve(false);
      }, withinMs);
      this.#insert(waiter);
    });
  }

  reached(position: Position): void {
    const waiting = this.#waiting.get(position.epoch);
    if (!waiting || !hasReached(position, waiting[0]!.position)) return;
    const later = waiting.findIndex((waiter) => !hasReached(position, waiter.position));
    const served = waiting.splice(0, later === -1 ? waiting.length : later);
    if (waiting.length === 0) this.#waiting.delete(position.epoch);
    for (const waiter of served) waiter.settle(true);
  }

  /** Releases all remaining waiters. */
  end(): void {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const waiter of all) waiter.settle(false);
  }

  #insert(waiter: Waiter): void {
    const { epoch, seq } = waiter.position;
    const waiting = this.#waiting.get(epoch);
    if (!waiting) return void this.#waiting.set(epoch, [waiter]);
    let place = waiting.length;
    // Tokens are mostly the newest positions there are, so the search begins at the end.
    while (place > 0 && waiting[place - 1]!.position.seq > seq) place--;
    waiting.splice(place, 0, waiter);
  }

  #remove(waiter: Waiter): void {
    const { epoch } = waiter.position;
    const left = this.#waiting.get(epoch)?.filter((each) => each !== waiter) ?? [];
    if (left.length > 0) this.#waiting.set(epoch, left);
    else this.#waiting.delete(epoch);
  }
}
