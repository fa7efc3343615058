import { setTimeout as pause } from 'node:timers/promises';
import type { Entry } from '../../cache/entry';
import type { BoundOperation } from '../../operation/bound-operation';
import type { Operation } from '../../operation/operation';
import { inSpan } from '../../report/trace';
import type { EntryPlace } from '../asked-query';
import type { Client } from '../client';
import type { Elsewhere } from '../fetch-once';
import { longestOf, type EntrySettings } from '../fill';
import type { Region } from '../../region/region';
import { PATIENCE_MS, type PrimaryEntries } from './primary-entries';
import { Quicker } from './quicker';
import { sharedQueryOf } from './shared-query';

/**
 * What became of asking the primary region's cache, told to metrics.
 *
 * given     a miss was answered with what it gave
 * none      it had none, or not in time: the miss went on to upstream
 * measured  it was asked to learn what that takes, and no client waited
 */
export const PRIMARY_OUTCOMES = ['given', 'none', 'measured'] as const;
export type PrimaryOutcome = (typeof PRIMARY_OUTCOMES)[number];

export interface PrimaryMissesParts {
  readonly primary: Pick<PrimaryEntries, 'ask' | 'isResting'>;
  readonly entries: EntrySettings;
  readonly region: Pick<Region, 'keep' | 'now'>;
  /** told how long each took. Milliseconds */
  readonly took: (outcome: PrimaryOutcome, ms: number) => void;
}

/**
 * Has the misses of clients ask the primary region's cache before upstream, where that is no slower: see {@link Quicker}. Of
 * answers that all clients share, and without credentials, like background fills.
 */
export class PrimaryMisses {
  readonly #parts: PrimaryMissesParts;
  readonly #quicker = new WeakMap<Operation, Quicker>();

  constructor(parts: PrimaryMissesParts) {
    this.#parts = parts;
  }

  /** @returns undefined where upstream alone is to be asked */
  of({ key, scope }: EntryPlace, bound: BoundOperation, client: Client): Elsewhere | undefined {
    const { primary, entries, region, took } = this.#parts;
    const { now } = region;
    if (scope !== 'shared' || client.asks('no-store') || primary.isResting) return undefined;
    const query = sharedQueryOf(bound, client);
    if (!query) return undefined;
    const longest = longestOf(bound, entries);
    const quicker = this.#quickerFor(bound.operation);
    const ask = (isAwaited: boolean): Promise<Entry | undefined> =>
      primary.ask(
        { key, query, inTurn: false, isAwaited },
        longest,
        Math.max(PATIENCE_MS, quicker.patienceMs),
      );

    const measure = async (upstreamMs: number): Promise<void> => {
      const began = now();
      const entry = await ask(false);
      const ms = now() - began;
      took('measured', ms);
      // Where there is none, a miss would have gone on to upstream.
      quicker.bothTook({ primaryMs: entry ? ms : ms + upstreamMs, upstreamMs });
    };

    let askedAt: number | undefined;
    return {
      ask: async (trace) => {
        if (!quicker.takesPrimary()) return undefined;
        askedAt = now();
        const entry = await inSpan(
          trace,
          'look-up',
          () => within(quicker.patienceMs, ask(true)),
          (found) => ({ at: 'primary', found: found ? 'fresh' : 'miss' }),
        );
        // One that comes later is not kept: it could take the place of what upstream said since.
        const isGiven = entry !== undefined && region.keep(entry);
        const ms = now() - askedAt;
        took(isGiven ? 'given' : 'none', ms);
        if (!isGiven) return undefined;
        quicker.primaryTook(ms);
        return entry;
      },
      upstreamTook: (ms) => {
        quicker.upstreamTook(ms);
        if (askedAt !== undefined) quicker.bothTook({ primaryMs: now() - askedAt, upstreamMs: ms });
        else if (quicker.wantsMeasurement()) void measure(ms);
      },
    };
  }

  #quickerFor(operation: Operation): Quicker {
    let known = this.#quicker.get(operation);
    if (!known) this.#quicker.set(operation, (known = new Quicker()));
    return known;
  }
}

/** @returns undefined where it takes longer */
async function within<T>(milliseconds: number, promise: Promise<T | undefined>): Promise<T | undefined> {
  const timer = new AbortController();
  const late = pause(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
