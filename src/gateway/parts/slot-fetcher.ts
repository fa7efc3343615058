import type { CacheKey, Entry } from '../../cache/entry';
import { AbortGroup } from '../../cache/single-flight';
import { hasFailed, type EntryPlace, type Query } from '../asked-query';
import type { GatewayDeps } from '../deps';
import { fetchOnce, type FetchResult } from '../fetch-once';
import { longestOf, type Filled } from '../fill';
import type { Flights } from '../flights';
import { combine, type Combined } from './combined';
import type { Plan } from './plan';
import { SlotCall } from './slot-call';
import { FORGOTTEN, headersOf, type SlotOfRequest } from './slot-of-request';

/** Gets the slots of a request that memory has not: from the region's Redis, from calls under way, or from upstream. */
export class SlotFetcher {
  readonly #combined = new WeakMap<Plan, Map<string, Combined | undefined>>();

  /** @param usable what may be served of an entry when upstream failed */
  constructor(
    readonly deps: GatewayDeps,
    readonly flights: Flights,
    readonly usable: (query: Query, entry: Entry) => Entry | undefined,
  ) {}

  /** What was not there is there now, or upstream has said why not. */
  async fetch(
    query: Query,
    plan: Plan,
    slots: readonly SlotOfRequest[],
    isRepair: boolean,
  ): Promise<readonly SlotOfRequest[]> {
    const byHeaders = new Map<string, SlotOfRequest[]>();
    for (const one of slots) {
      if (one.entry || one.filled) continue;
      const name = JSON.stringify(Object.entries(headersOf(one)).sort());
      byHeaders.set(name, [...(byHeaders.get(name) ?? []), one]);
    }
    const asked = await Promise.all(
      [...byHeaders.values()].map((group) => this.#ask(query, plan, group, isRepair)),
    );
    const now = new Map(asked.flat().map((one) => [one.index, one]));
    return slots.map((one) => now.get(one.index) ?? one);
  }

  /** Asks for slots that upstream is sent the same headers for. */
  async #ask(
    query: Query,
    plan: Plan,
    group: readonly SlotOfRequest[],
    isRepair: boolean,
  ): Promise<readonly SlotOfRequest[]> {
    const { region, entries } = this.deps;
    const call = new SlotCall({
      region,
      entries,
      plan,
      bound: query.bound,
      combine: (slots) => this.#combine(query, plan, slots),
    });
    const asked = group.map((one) =>
      one.decision.kind === 'bypass'
        ? this.#askUnkept(one, call)
        : this.#askKept(one, one.decision, call, { isAlone: group.length === 1, isRepair }),
    );
    call.close();
    return Promise.all(asked);
  }

  #combine({ snapshot }: Query, plan: Plan, slots: readonly number[]): Combined | undefined {
    let known = this.#combined.get(plan);
    if (!known) this.#combined.set(plan, (known = new Map()));
    const name = slots.join();
    if (!known.has(name)) known.set(name, combine(snapshot.catalogue.knowledge, plan, slots));
    return known.get(name);
  }

  async #askUnkept(one: SlotOfRequest, call: SlotCall): Promise<SlotOfRequest> {
    const { query } = one;
    const signal = new AbortGroup();
    signal.add(query.client.request.onAbort);
    // It has no key: what is not looked up is not stored either.
    const plan = this.flights.fetchPlan(query, { key: '' as CacheKey, scope: 'private' }, signal, false);
    const fetch = { ...plan, headers: () => headersOf(one) };
    call.announce();
    return { ...one, filled: await call.fetch({ index: one.index, fetch, isKept: false }) };
  }

  async #askKept(
    one: SlotOfRequest,
    place: EntryPlace,
    call: SlotCall,
    { isAlone, isRepair }: { readonly isAlone: boolean; readonly isRepair: boolean },
  ): Promise<SlotOfRequest> {
    const { region, entries } = this.deps;
    const { index, query, near = FORGOTTEN } = one;
    const { client, progress } = query;
    const begin = async (signal: AbortGroup): Promise<FetchResult> => {
      const fetch = this.flights.fetchPlan(query, place, signal, !client.asks('no-store'));
      const options = {
        near,
        staleWillDo: true,
        seen: progress?.seen,
        skipsFar: isRepair && near === FORGOTTEN,
      };
      if (isAlone || !call.isOpen) return fetchOnce(region, entries, fetch, options);
      call.announce();
      let isWanted = false;
      const ask = (): Promise<Filled> => {
        isWanted = true;
        return call.fetch({ index, fetch, isKept: true });
      };
      try {
        return await fetchOnce(region, entries, fetch, { ...options, ask });
      } finally {
        if (!isWanted) call.withdraw();
      }
    };
    const { fetched, collapsed } = await this.flights.flown(query, place, begin);
    if (fetched.kind === 'found') {
      if (fetched.stale) this.flights.refresh(query, place);
      if (progress && region.evaluate(fetched.entry, undefined, progress.seen).kind === 'miss')
        return { ...one, why: 'token' };
      return { ...one, entry: fetched.entry, staleWhy: fetched.stale };
    }
    const { answered, why, fallback } = fetched;
    const entry = hasFailed(answered) && fallback ? this.usable(query, fallback) : undefined;
    return entry ? { ...one, entry, staleWhy: 'error' } : { ...one, filled: answered, why, collapsed };
  }

  /** What the region's Redis has of what memory has not. Upstream is not asked (RFC 9111 5.2.1.7). */
  findStored(looked: readonly SlotOfRequest[]): Promise<readonly SlotOfRequest[]> {
    const { region, entries } = this.deps;
    return Promise.all(
      looked.map(async (one): Promise<SlotOfRequest> => {
        if (one.entry || one.decision.kind === 'bypass') return one;
        const found = await region.find(
          one.decision.key,
          longestOf(one.query.bound, entries),
          one.query.progress?.seen,
        );
        if (found.kind === 'miss') return one;
        return { ...one, entry: found.entry, staleWhy: found.kind === 'stale' ? found.why : undefined };
      }),
    );
  }
}
