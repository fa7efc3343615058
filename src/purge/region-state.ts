import type { DatabaseProof } from './database-proof';
import type { FreshnessProof } from './proof';
import type { RegionState, StateReason } from './purges';
import type { PurgeTable } from './table';

/** For how many milliseconds a region that lost what it knew is called cold: about the time entries take to be filled again. */
const COLD_MS = 60_000;

/** In which state a region is, and why. Serving depends on proof and table alone; this is for people to read. */
export class RegionStateTracker {
  readonly #table: PurgeTable;
  readonly #proof: FreshnessProof;
  readonly #database: DatabaseProof | undefined;
  readonly #tell: (state: RegionState, reason: StateReason) => void;
  #told: RegionState | undefined;
  #toldReason: StateReason | undefined;
  /** The table was shown once to be current with the log. */
  everProven = false;
  #doubt: StateReason = 'not-asked';
  /** Without any loss only an epoch that is awaited can make a region cold. */
  #loss: StateReason = 'new-run';
  #lostAt = -Infinity;

  /** @param proofs.database undefined: nothing has to be known of a database */
  constructor(
    table: PurgeTable,
    { proof, database }: { readonly proof: FreshnessProof; readonly database: DatabaseProof | undefined },
    tell: (state: RegionState, reason: StateReason) => void,
  ) {
    this.#table = table;
    this.#proof = proof;
    this.#database = database;
    this.#tell = tell;
  }

  isProven(now: number): boolean {
    return this.#proof.isProven(now) && this.#database?.isProven(now) !== false;
  }

  state(now: number): RegionState {
    if (!this.isProven(now)) return this.everProven ? 'unproven' : 'starting';
    return this.#isCold(now) ? 'cold' : 'proven';
  }

  reason(now: number): StateReason {
    if (!this.#proof.isProven(now)) return this.#doubt;
    if (!this.isProven(now)) return 'database-unknown';
    return this.#isCold(now) ? this.#loss : 'current';
  }

  /** Notes why nothing is proven, should the present proof run out. */
  doubt(reason: StateReason): void {
    this.#doubt = reason;
  }

  /** Notes that what the region knew is lost. Before the first proof there was nothing to lose. */
  lost(reason: StateReason, now: number): void {
    this.#doubt = reason;
    if (!this.everProven) return;
    this.#loss = reason;
    this.#lostAt = now;
  }

  /** Looks where the region stands, and tells of it when that has changed. */
  look(now: number): void {
    this.everProven ||= this.#proof.isProven(now);
    const state = this.state(now);
    const reason = this.reason(now);
    if (state === this.#told && reason === this.#toldReason) return;
    this.#told = state;
    this.#toldReason = reason;
    this.#tell(state, reason);
  }

  #isCold(now: number): boolean {
    return now - this.#lostAt < COLD_MS || !this.#table.isAboveFloor || this.#table.awaitsEpoch;
  }
}
