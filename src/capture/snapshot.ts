import type { RunSql } from './catalogue';

/** Which transactions a new reader of the database sees. */
export class VisibleSnapshot {
  readonly #xmin: bigint;
  readonly #xmax: bigint;
  readonly #underWay: ReadonlySet<string>;

  constructor(xmin: string, xmax: string, underWay: readonly string[]) {
    this.#xmin = BigInt(xmin);
    this.#xmax = BigInt(xmax);
    this.#underWay = new Set(underWay);
  }

  /** As of now. @throws whatever `run` throws */
  static async take(run: RunSql): Promise<VisibleSnapshot> {
    const [row] = await run(
      'select pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmax(s)::text as xmax, array(select pg_snapshot_xip(s)::text) as xip from pg_current_snapshot() s',
    );
    const { xmin, xmax, xip } = row as { xmin: string; xmax: string; xip: string[] };
    return new VisibleSnapshot(xmin, xmax, xip);
  }

  /** The first transaction that may not have begun yet. */
  get next(): bigint {
    return this.#xmax;
  }

  /** Whether every transaction before one has ended, and is visible if it was committed. */
  isPast(xid: bigint): boolean {
    return this.#xmin >= xid;
  }

  /** Whether a committed transaction is visible. @param xid its lower 32 bits, as the log has it */
  sees(xid: number): boolean {
    // The log may be ahead of the snapshot, so that the difference has either sign.
    const ahead = (xid - Number(BigInt.asUintN(32, this.#xmax))) | 0;
    const whole = this.#xmax + BigInt(ahead);
    if (whole < this.#xmin) return true;
    return whole < this.#xmax && !this.#underWay.has(String(whole));
  }
}
