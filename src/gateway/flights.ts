import { SingleFlight, type AbortGroup, type Joined, type Joiner } from '../cache/single-flight';
import type { CacheKey } from '../cache/entry';
import { Pauses } from '../cache/pauses';
import type { BoundOperation } from '../operation/bound-operation';
import type { Tag } from '../purge/tag';
import type { Reason } from '../report/reason';
import { inSpan } from '../report/trace';
import type { Execution } from '../yoga/execution';
import { sessionTagsOf, type EntryPlace, type Query } from './asked-query';
import type { Client } from './client';
import type { GatewayDeps } from './deps';
import { fetchOnce, isFound, isFutile, type Elsewhere, type FetchResult } from './fetch-once';
import { tagsOf, type FetchPlan } from './fill';
import { mayBeGiven, mayJoin } from './joining';
import type { SchemaSnapshot } from './schema-snapshot';

/** Joins nothing that began before. */
export const NO_CALL_UNDER_WAY = (): boolean => false;

/** A refresh that failed is not tried again at once: upstream, in trouble, would be asked by each stale hit. */
const REFRESH_PAUSES = { firstMs: 1000, longestMs: 30_000, maxKeys: 10_000 };

/** What a request was given. */
interface Flown {
  readonly fetched: FetchResult;
  /** it was fetched for another request, which came first */
  readonly collapsed: boolean;
}

/**
 * The upstream calls that may fill entries, one for all requests for the same answer (P42): for waiting requests,
 * for refreshes of stale answers, and for warming.
 */
export class Flights {
  readonly #singleFlight: SingleFlight<FetchResult>;
  readonly #pauses: Pauses;
  /** aborts each background call */
  readonly #behind = new Set<() => void>();
  /** Told of each answer that is shared with all, was not in memory, and is there now. */
  onShared: (place: EntryPlace, bound: BoundOperation, client: Client) => void = () => {};
  /** Where else than upstream a client's miss may ask. */
  elsewhere: (place: EntryPlace, bound: BoundOperation, client: Client) => Elsewhere | undefined = () =>
    undefined;

  constructor(readonly deps: GatewayDeps) {
    const version = (): number => deps.region.table.version;
    this.#singleFlight = new SingleFlight({ version, isFutile, isFound });
    this.#pauses = new Pauses({ ...REFRESH_PAUSES, now: deps.region.now });
  }

  /** Calls under way that may fill entries. */
  get underWay(): number {
    return this.#singleFlight.underWay;
  }

  /**
   * Fills a shared entry in the background; a request that arrives meanwhile joins the call.
   * @param elsewhere see {@link fetchOnce}
   * @returns undefined: it failed a moment ago
   */
  refill(
    { yoga }: SchemaSnapshot,
    { bound, key, headers }: Pick<FetchPlan, 'bound' | 'key'> & Pick<Execution, 'headers'>,
    elsewhere?: Elsewhere,
  ): Promise<FetchResult> | undefined {
    if (this.#pauses.isPaused(key)) return undefined;
    const { region } = this.deps;
    const { question } = bound.operation;
    return this.#fillBehind(key, {
      plan: (signal) => ({
        yoga,
        bound,
        key,
        scope: 'shared',
        headers: () => headers,
        sessionTags: [],
        type: 'application/graphql-response+json',
        signal,
        stores: true,
      }),
      why: 'purged',
      elsewhere,
      mayJoin: (began) => mayJoin(region.table, question, began, []),
    });
  }

  /** Asks behind everyone's back, and not again for a while where it brought nothing that could be stored. */
  async #fillBehind(
    key: CacheKey,
    {
      plan,
      why,
      elsewhere,
      mayJoin: may,
    }: {
      readonly plan: (signal: AbortGroup) => FetchPlan;
      readonly why: Reason;
      readonly elsewhere?: Elsewhere | undefined;
      readonly mayJoin: (since: number) => boolean;
    },
  ): Promise<FetchResult> {
    const { region, entries } = this.deps;
    let leave = (): boolean => false;
    const { result } = this.#singleFlight.join(key, {
      begin: (signal) =>
        fetchOnce(region, entries, plan(signal), {
          near: { kind: 'miss', why, fallback: undefined },
          staleWillDo: false,
          elsewhere,
        }),
      onAbort: (giveUp) => {
        this.#behind.add(giveUp);
        leave = () => this.#behind.delete(giveUp);
      },
      mayJoin: may,
    });
    try {
      const fetched = await result;
      if (isFutile(fetched)) this.#pauses.failed(key);
      else this.#pauses.succeeded(key);
      return fetched;
    } finally {
      leave();
    }
  }

  /** Aborts background fetches: the process ends, and upstream may take its time. */
  close(): void {
    for (const giveUp of this.#behind) giveUp();
    this.#behind.clear();
  }

  /** The result of a flight; its trace is that of the request that began it, so requests that joined it record a wait. */
  #landing({ result, collapsed }: Joined<FetchResult>, { trace }: Client): Promise<FetchResult> {
    return collapsed
      ? inSpan(
          trace,
          'wait',
          () => result,
          () => ({ at: 'collapsed' }),
        )
      : result;
  }

  /** From Redis or upstream, with those who want the same (P42), as far as the purges allow that happened meanwhile (P02). */
  flown(query: Query, place: EntryPlace, begin: Joiner<FetchResult>['begin']): Promise<Flown> {
    const { table } = this.deps.region;
    const { question } = query.bound.operation;
    const { onAbort } = query.client.request;
    const flight = this.#singleFlight.join(place.key, {
      begin,
      onAbort,
      mayJoin: (since) => mayJoin(table, question, since, sessionTagsOf(query, place)),
    });
    const { since, collapsed } = flight;
    return this.#landing(flight, query.client).then((fetched) => {
      if (since !== undefined && !mayBeGiven(table, question, since, this.#tagsOf(fetched)))
        return this.#flownAnew(query, place, begin);
      return this.#shared(query, place, { fetched, collapsed });
    });
  }

  /** By a call that begins now: what one brought that had begun before was purged. */
  async #flownAnew(query: Query, place: EntryPlace, begin: Joiner<FetchResult>['begin']): Promise<Flown> {
    const { onAbort } = query.client.request;
    const flight = this.#singleFlight.join(place.key, { begin, onAbort, mayJoin: NO_CALL_UNDER_WAY });
    const fetched = await this.#landing(flight, query.client);
    return this.#shared(query, place, { fetched, collapsed: flight.collapsed });
  }

  /** Tells of what is in memory now for all. */
  #shared({ bound, client }: Query, place: EntryPlace, flown: Flown): Flown {
    const { fetched } = flown;
    if (place.scope === 'shared' && (fetched.kind === 'found' || fetched.answered.isStored))
      this.onShared(place, bound, client);
    return flown;
  }

  /** What an answer can be purged by; undefined: not all of it could be tagged. */
  #tagsOf(fetched: FetchResult): readonly Tag[] | undefined {
    if (fetched.kind === 'found') return fetched.entry.tags;
    const { answered } = fetched;
    return answered.entry ? answered.entry.tags : tagsOf(answered, this.deps.entries);
  }

  /**
   * Fetches a new answer behind the back of one that was served stale. RFC 5861 3; it obeys the same as-of (P03). Once more
   * where what it fetched was purged on its way; not for a while where it brought nothing that could be stored.
   */
  refresh(query: Query, place: EntryPlace, again = true): void {
    if (this.#singleFlight.has(place.key) || this.#pauses.isPaused(place.key)) return;
    const filled = this.#fillBehind(place.key, {
      plan: (signal) => this.fetchPlan(query, place, signal, true),
      why: 'expired',
      mayJoin: NO_CALL_UNDER_WAY,
    });
    filled.then((fetched) => {
      const isPurged = fetched.kind === 'answered' && fetched.answered.why === 'purged';
      if (isPurged && again) this.refresh(query, place, false);
    }, this.deps.fault);
  }

  /** How to fetch it in a call of its own. @param stores false: its answer must not be stored */
  fetchPlan(query: Query, place: EntryPlace, signal: AbortGroup, stores: boolean): FetchPlan {
    const { snapshot, bound, client, session } = query;
    const { key, scope } = place;
    return {
      yoga: snapshot.yoga,
      bound,
      key,
      scope,
      headers: () => client.headersFor(scope, session),
      sessionTags: sessionTagsOf(query, place),
      type: client.accepts.json!,
      signal,
      trace: client.trace,
      stores,
    };
  }
}
