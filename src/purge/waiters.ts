import { comparePositions, type Position } from './position';

interface Waiter {
  readonly position: Position;
  readonly settle: (reached: boolean) => void;
}

/** Those who wait until a table has reached a position. In the order of what they wait for, so that telling is cheap. */
export class Waiters {
  #waiting: Waiter[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves true once {@link reached} tells of this position or a later one; false after `withinMs`, or at the end. */
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
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        resolve(false);
      }, withinMs);
      this.#insert(waiter);
    });
  }

  reached(position: Position): void {
    const first = this.#waiting[0];
    if (!first || comparePositions(first.position, position) > 0) return;
    const later = this.#waiting.findIndex((waiter) => comparePositions(waiter.position, position) > 0);
    const served = this.#waiting.splice(0, later === -1 ? this.#waiting.length : later);
    for (const waiter of served) waiter.settle(true);
  }

  /** Lets everybody go who still waits. */
  end(): void {
    for (const waiter of this.#waiting.splice(0)) waiter.settle(false);
  }

  #insert(waiter: Waiter): void {
    let place = this.#waiting.length;
    // Tokens are mostly the newest positions there are, so the search begins at the end.
    while (place > 0 && comparePositions(this.#at(place - 1).position, waiter.position) > 0) place--;
    this.#waiting.splice(place, 0, waiter);
  }

  #at(index: number): Waiter {
    return this.#waiting[index] as Waiter;
  }
}
