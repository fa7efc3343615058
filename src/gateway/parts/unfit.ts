import type { Operation } from '../../operation/operation';

/** An operation whose parts did not fit together so often in a row is asked whole for so long. */
const MOST_UNFIT = 2;
const UNFIT_FOR_MS = 60_000;

/** Operations that are not cut for a while: each request for one would ask upstream twice. Times are monotonic milliseconds. */
export class UnfitOperations {
  readonly #unfit = new WeakMap<Operation, { readonly count: number; readonly until: number }>();

  has(operation: Operation, now: number): boolean {
    const unfit = this.#unfit.get(operation);
    return unfit !== undefined && unfit.count >= MOST_UNFIT && now < unfit.until;
  }

  /** Its parts did not fit together. */
  note(operation: Operation, now: number): void {
    const count = (this.#unfit.get(operation)?.count ?? 0) + 1;
    this.#unfit.set(operation, { count, until: now + UNFIT_FOR_MS });
  }

  /** They did. */
  forget(operation: Operation): void {
    this.#unfit.delete(operation);
  }
}
