import { Pauses } from '../cache/pauses';
import type { CacheKey } from '../cache/entry';
import { parseDatabasePosition } from '../purge/database-position';
import type { ReplicaAsOf } from '../purge/replica-coverage';
import type { Region } from '../region/region';
import type { Reason } from '../report/reason';
import type { Upstream } from '../upstream/upstream';
import type { Answered } from './fill';

/**
 * Why the API at UPSTREAM_URL was asked, and not, or not only, the one that reads from a replica.
 *
 * unproven     the region cannot prove that it knows of every purge
 * uncaptured   no record of the purge log says how far the database's log covers it
 * paused       the replica, or what it answered to this question, was of no use just now
 * unanswered   it could not be reached, or took too long
 * unpositioned its answer does not say up to where it had replayed
 * behind       it had replayed less than any record says, or is of another timeline
 * purged       something the answer shows was purged after what it had replayed
 * unusable     its answer makes no entry that would be a hit now
 */
export const PRIMARY_READS = [
  'unproven',
  'uncaptured',
  'paused',
  'unanswered',
  'unpositioned',
  'behind',
  'purged',
  'unusable',
] as const;
export type PrimaryRead = (typeof PRIMARY_READS)[number];

export interface ReadReplicaOptions {
  /** reads from a replica of the database */
  readonly upstream: Upstream;
  /** of its answers' headers the one that says up to where the replica had replayed, before it was read; lower case */
  readonly positionHeader: string;
  readonly region: Pick<Region, 'purges' | 'isProven' | 'now'>;
  /** told of each miss that was to be asked there, who answered it. @param why undefined: the replica did */
  readonly counted: (why: PrimaryRead | undefined) => void;
  /** told of each that the replica was of no use for. Must not throw. @param forMs for how long it has been so for no other reason */
  readonly missed: (why: PrimaryRead, forMs: number) => void;
}

/** After the replica was of no use to anyone; and to one question. */
const ALL_PAUSES = { firstMs: 250, longestMs: 5_000, maxKeys: 1 };
const KEY_PAUSES = { firstMs: 1_000, longestMs: 30_000, maxKeys: 10_000 };
const ALL = '' as CacheKey;

/** Of an answer that makes no entry: the next may. */
const PASSING: ReadonlySet<Reason> = new Set<Reason>(['purged', 'distrusted']);

/**
 * Asks an API that reads from a replica of the database, in this region. What it answers is held to what an entry of the cache is
 * held to: it is as of the position of the purge log that the replica covered when it was read, and is used only if an entry with that
 * as-of would be a hit now. Whatever is not so is for the API at UPSTREAM_URL.
 */
export class ReadReplica {
  readonly #options: ReadReplicaOptions;
  readonly #allPauses: Pauses;
  readonly #keyPauses: Pauses;
  #trouble: { readonly why: PrimaryRead; readonly since: number } | undefined;

  constructor(options: ReadReplicaOptions) {
    const { now } = options.region;
    this.#options = options;
    this.#allPauses = new Pauses({ ...ALL_PAUSES, now });
    this.#keyPauses = new Pauses({ ...KEY_PAUSES, now });
  }

  /**
   * @param ask asks what is given to it
   * @param land makes of its answer what is to be served, as an entry that is a hit; or says why there is none
   * @returns undefined: the primary is to be asked
   */
  async read<T extends object>(
    key: CacheKey,
    ask: (upstream: Upstream) => Promise<Answered>,
    land: (answered: Answered, asOf: ReplicaAsOf) => T | Reason | Promise<T | Reason>,
  ): Promise<T | undefined> {
    const { counted } = this.#options;
    const read = this.#whyNot(key) ?? (await this.#ask(key, ask, land));
    if (typeof read === 'object') {
      this.#trouble = undefined;
      counted(undefined);
      return read;
    }
    counted(read);
    this.#missed(read);
    return undefined;
  }

  #whyNot(key: CacheKey): PrimaryRead | undefined {
    const { region } = this.#options;
    if (!region.isProven) return 'unproven';
    if (!region.purges.coverage.isKnown) return 'uncaptured';
    return this.#allPauses.isPaused(ALL) || this.#keyPauses.isPaused(key) ? 'paused' : undefined;
  }

  async #ask<T extends object>(
    key: CacheKey,
    ask: (upstream: Upstream) => Promise<Answered>,
    land: (answered: Answered, asOf: ReplicaAsOf) => T | Reason | Promise<T | Reason>,
  ): Promise<T | PrimaryRead> {
    const { upstream, positionHeader, region } = this.#options;
    const answered = await ask(upstream);
    const { answer } = answered.execution;
    if (!answer?.answered) {
      // That no request waits any more says nothing about the replica.
      if (answer?.fault?.code !== 'ABANDONED') this.#allPauses.failed(ALL);
      return 'unanswered';
    }
    const replayed = parseDatabasePosition(answer.headers[positionHeader] ?? '');
    const asOf = replayed && region.purges.coverage.asOf(replayed);
    if (!asOf) {
      this.#allPauses.failed(ALL);
      return replayed ? 'behind' : 'unpositioned';
    }
    this.#allPauses.succeeded(ALL);
    if (!region.isProven) return 'unproven';
    const landed = await land(answered, asOf);
    if (typeof landed === 'object') {
      this.#keyPauses.succeeded(key);
      return landed;
    }
    if (PASSING.has(landed)) return 'purged';
    this.#keyPauses.failed(key);
    return 'unusable';
  }

  #missed(why: PrimaryRead): void {
    const { region, missed } = this.#options;
    const now = region.now();
    // A pause is of what was before it.
    if (why === 'paused') return;
    if (this.#trouble?.why !== why) this.#trouble = { why, since: now };
    missed(why, now - this.#trouble.since);
  }
}
