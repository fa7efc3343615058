import type { CacheKey, Entry } from '../../cache/entry';
import { secondsLeft, type Lookup } from '../../cache/lookup';
import { AbortGroup } from '../../cache/single-flight';
import type { BoundOperation } from '../../operation/bound-operation';
import type { Operation } from '../../operation/operation';
import type { Position } from '../../purge/position';
import { forwarded } from '../../report/cache-status';
import type { Reason } from '../../report/reason';
import { hasFailed, ownHeaders, passedOn, type EntryPlace, type Query } from '../asked-query';
import type { GatewayDeps } from '../deps';
import { fetchOnce, type FetchResult } from '../fetch-once';
import { longestOf, notStored, type Answered, type FetchPlan, type Filled } from '../fill';
import { failed, type FromEntry, type FromUpstream, type Outcome } from '../outcome';
import { languageIn } from '../response-headers';
import type { Decision } from '../rules';
import { combine, type Combined, type Mismatch, type SlotAnswer } from './combined';
import { merge, writeMerged, type Merged } from './merge';
import {
  answerOfEntry,
  answerOfUpstream,
  entryOfParts,
  etagOfParts,
  etagOfText,
  extensionsOf,
  mergeEntries,
} from './merged-answer';
import { bindSlot, type Plan } from './plan';
import { SlotCall } from './slot-call';

/** What is done for one slot as for a whole operation: `QueryHandler` does both. */
export interface SlotWays {
  decide(query: Query, now: number): Decision;
  /** Joins a call for what is asked, or begins one. @param begin called at once, or later */
  flown(
    query: Query,
    place: EntryPlace,
    begin: (signal: AbortGroup) => Promise<FetchResult>,
  ): Promise<{ readonly fetched: FetchResult; readonly collapsed: boolean }>;
  /** how it is asked for by itself */
  fetchPlan(query: Query, place: EntryPlace, signal: AbortGroup, stores: boolean): FetchPlan;
  refresh(query: Query, place: EntryPlace): void;
  /** @returns what may be served of an entry when upstream failed */
  usable(query: Query, entry: Entry): Entry | undefined;
  /** Compares an entry that is shown with what upstream says now. */
  verify(query: Query, place: EntryPlace, entry: Entry): void;
  /** Asks with all that the operator forwards. */
  ask(query: Query): Promise<Answered>;
  /** Upstream gave with credentials what it refused without. @param asOf taken before it was asked */
  needsCredentials(query: Query, key: CacheKey, asOf: Position): void;
  /** What all sessions share was refused to this one. */
  dismiss(query: Query): void;
}

/** One slot of a request, and what became of it. */
interface SlotOfRequest {
  readonly index: number;
  /** the request, as if it asked for this slot alone */
  readonly query: Query;
  readonly decision: Decision;
  /** from the cache */
  readonly entry?: Entry | undefined;
  /** it is served though it is stale */
  readonly staleWhy?: Reason | undefined;
  /** what memory says where there is no entry */
  readonly near?: Extract<Lookup, { kind: 'miss' }>;
  /** why it was not there */
  readonly why?: Reason | undefined;
  /** what upstream said */
  readonly filled?: Filled;
  /** somebody else's call */
  readonly collapsed?: boolean;
}

/** Parts that are all in the cache, and what they make: the next request mostly finds the same. */
interface MergedEntries {
  readonly plan: Plan;
  readonly entries: readonly Entry[];
  readonly merged: Entry;
}

/** An operation whose parts did not fit together so often in a row is asked whole for so long. */
const MOST_UNFIT = 2;
const UNFIT_FOR_MS = 60_000;

/** What memory is taken to say of a part that does not fit the others. */
const FORGOTTEN = { kind: 'miss', why: 'parts', fallback: undefined } as const;

/**
 * Answers an operation slot by slot: takes what is there and asks for the rest, in one call without credentials for what is
 * shared, and one with them for what is not. Each slot obeys the rules, the purges and the flights that every operation does.
 */
export class SlotHandler {
  readonly #bound = new WeakMap<
    BoundOperation,
    { readonly plan: Plan; readonly slots: readonly BoundOperation[] }
  >();
  readonly #merged = new WeakMap<Entry, MergedEntries>();
  readonly #combined = new WeakMap<Plan, Map<string, Combined | undefined>>();
  readonly #unfit = new WeakMap<Operation, { readonly count: number; readonly until: number }>();

  constructor(
    readonly deps: GatewayDeps,
    readonly ways: SlotWays,
  ) {}

  /** How a request is cut; undefined: not at all. On the hit path. */
  planOf(
    { snapshot, bound, client }: Pick<Query, 'snapshot' | 'bound' | 'client'>,
    now: number,
  ): Plan | undefined {
    const { plans } = snapshot;
    const { policy } = bound.operation;
    // Most operations are of one class: nothing more is looked at then.
    if (!plans || (policy.scope === 'PUBLIC' && policy.declared && policy.leastMaxAge > 0)) return undefined;
    const plan = plans.planOf(bound, client.hasCredentials);
    if (plan.kind !== 'cut') return undefined;
    const unfit = this.#unfit.get(bound.operation);
    return unfit && unfit.count >= MOST_UNFIT && now < unfit.until ? undefined : plan;
  }

  /**
   * @param whole what the rules say of the operation as a whole
   * @returns undefined where nothing of it may be looked up
   */
  answer(query: Query, plan: Plan, whole: Decision, now: number): Outcome | Promise<Outcome> | undefined {
    const slots = this.#boundSlots(plan, query.bound).map((bound, index) =>
      this.#look({ ...query, bound }, index, now),
    );
    if (slots.every(({ decision }) => decision.kind === 'bypass')) return undefined;
    return slots.every(({ entry }) => entry)
      ? this.#hit(query, plan, whole, slots)
      : this.#fetched(query, plan, whole, slots);
  }

  #boundSlots(plan: Plan, bound: BoundOperation): readonly BoundOperation[] {
    const known = this.#bound.get(bound);
    if (known?.plan === plan) return known.slots;
    const slots = plan.slots.map((slot) => bindSlot(slot, bound));
    this.#bound.set(bound, { plan, slots });
    return slots;
  }

  /** What memory says of a slot. */
  #look(query: Query, index: number, now: number): SlotOfRequest {
    const decision = this.ways.decide(query, now);
    if (decision.kind === 'bypass') return { index, query, decision, why: decision.why };
    const found = this.deps.region.peek(decision.key, now, query.progress?.seen);
    if (found.kind === 'miss') return { index, query, decision, near: found, why: found.why };
    if (found.kind === 'stale') this.ways.refresh(query, decision);
    return {
      index,
      query,
      decision,
      entry: found.entry,
      staleWhy: found.kind === 'stale' ? found.why : undefined,
    };
  }

  /** All of it was there. */
  #hit(
    query: Query,
    plan: Plan,
    whole: Decision,
    slots: readonly SlotOfRequest[],
  ): FromEntry | Promise<Outcome> {
    const merged = this.#mergedOf(
      plan,
      slots.map(({ entry }) => entry!),
      query.bound.variables,
    );
    if ('why' in merged) return this.#repair(query, plan, whole, { slots, unfit: merged });
    const now = this.deps.region.now();
    let ttl = Infinity;
    let answeredAt = Infinity;
    let why: Reason | undefined;
    for (const { entry, staleWhy } of slots) {
      query.progress?.noteShown(entry!);
      ttl = Math.min(ttl, secondsLeft(entry!, now));
      answeredAt = Math.min(answeredAt, entry!.answeredAt);
      why ??= staleWhy;
    }
    if (why === undefined && this.deps.verifier?.isDue()) this.#verify(this.deps.verifier.oneOf(slots));
    return {
      kind: 'entry',
      entry: merged,
      scope: slots.some(({ decision }) => decision.kind === 'lookup' && decision.scope === 'private')
        ? 'private'
        : 'members',
      age: Math.max(0, Math.floor((now - answeredAt) / 1000)),
      status: { kind: 'hit', ttl, why },
    };
  }

  #verify({ query, decision, entry }: SlotOfRequest): void {
    if (decision.kind === 'lookup') this.ways.verify(query, decision, entry!);
  }

  #mergedOf(plan: Plan, entries: readonly Entry[], variables: BoundOperation['variables']): Entry | Mismatch {
    const known = this.#merged.get(entries[0]!);
    if (known?.plan === plan && entries.every((entry, at) => entry === known.entries[at]))
      return known.merged;
    const merged = mergeEntries(plan, entries, variables);
    if (!('why' in merged)) this.#merged.set(entries[0]!, { plan, entries, merged });
    return merged;
  }

  async #fetched(
    query: Query,
    plan: Plan,
    whole: Decision,
    looked: readonly SlotOfRequest[],
    isRepair = false,
  ): Promise<Outcome> {
    const { region } = this.deps;
    if (query.client.asks('only-if-cached')) return this.#onlyStored(query, plan, whole, looked);
    const slots = await this.#fetch(query, plan, looked, isRepair);
    if (slots.every(({ entry, filled }) => entry && !filled)) return this.#hit(query, plan, whole, slots);
    // Whoever began its call may have seen less than this client.
    if (slots.some(({ why, filled, entry }) => why === 'token' && !filled && !entry))
      return this.#whole(query, 'token', []);
    const answers: SlotAnswer[] = [];
    const refused: SlotOfRequest[] = [];
    for (const one of slots) {
      const slot = plan.slots[one.index]!;
      const said = one.filled ? answerOfUpstream(slot, one.filled) : answerOfEntry(slot, one.entry!);
      if (said) answers.push(said);
      else refused.push(one);
    }
    const lost = refused.find(({ filled }) => filled && hasFailed(filled));
    if (lost) {
      const { filled, why, collapsed = false } = lost;
      return passedOn(query, { answered: filled!, why: why!, collapsed, now: region.now() });
    }
    if (refused.length > 0) return this.#whole(query, 'credentials', refused);
    const merged = merge(plan, answers, query.bound.variables);
    if (merged.kind === 'mismatch') {
      if (isRepair) return this.#giveUp(query);
      return this.#repair(query, plan, whole, { slots, unfit: merged });
    }
    this.#unfit.delete(query.bound.operation);
    return this.#partly(query, plan, whole, { slots, answers, merged });
  }

  /** What was not there is there now, or upstream has said why not. */
  async #fetch(
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
    // Its key is nobody's: what is not looked up is not kept either.
    const plan = this.ways.fetchPlan(query, { key: '' as CacheKey, scope: 'private' }, signal, false);
    const fetch = { ...plan, headers: headersOf(one) };
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
      const fetch = this.ways.fetchPlan(query, place, signal, !client.asks('no-store'));
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
    const { fetched, collapsed } = await this.ways.flown(query, place, begin);
    if (fetched.kind === 'found') {
      if (fetched.stale) this.ways.refresh(query, place);
      if (progress && region.evaluate(fetched.entry, undefined, progress.seen).kind === 'miss')
        return { ...one, why: 'token' };
      return { ...one, entry: fetched.entry, staleWhy: fetched.stale };
    }
    const { answered, why, fallback } = fetched;
    const entry = hasFailed(answered) && fallback ? this.ways.usable(query, fallback) : undefined;
    return entry ? { ...one, entry, staleWhy: 'error' } : { ...one, filled: answered, why, collapsed };
  }

  /** Memory and the region's Redis, and nothing else (RFC 9111 5.2.1.7). */
  async #onlyStored(
    query: Query,
    plan: Plan,
    whole: Decision,
    looked: readonly SlotOfRequest[],
  ): Promise<Outcome> {
    const { region, entries } = this.deps;
    const slots = await Promise.all(
      looked.map(async (one): Promise<SlotOfRequest> => {
        if (one.entry || one.decision.kind === 'bypass') return one;
        const found = await region.find(
          one.decision.key,
          longestOf(one.query.bound, entries),
          query.progress?.seen,
        );
        if (found.kind === 'miss') return one;
        return { ...one, entry: found.entry, staleWhy: found.kind === 'stale' ? found.why : undefined };
      }),
    );
    return slots.every(({ entry }) => entry) ? this.#hit(query, plan, whole, slots) : failed('NOT_CACHED');
  }

  /** Some of it was asked for. */
  #partly(
    query: Query,
    plan: Plan,
    whole: Decision,
    {
      slots,
      answers,
      merged,
    }: {
      readonly slots: readonly SlotOfRequest[];
      readonly answers: readonly SlotAnswer[];
      readonly merged: Merged;
    },
  ): FromUpstream {
    const { client, progress } = query;
    for (const { entry } of slots) if (entry) progress?.noteShown(entry);
    const asked = slots.filter(({ filled }) => filled);
    const isPartial = asked.length < slots.length;
    // Where nothing was there, what never will be says more than what will.
    const unkept = isPartial
      ? undefined
      : (asked.find(({ decision }) => decision.kind === 'bypass') ??
        asked.find(({ filled }) => !filled!.isStored));
    const first = asked.find((one) => one.why === 'parts') ?? unkept ?? asked[0]!;
    const isRuled = first.why === 'parts' || first.decision.kind === 'bypass';
    const whyAsked = !isRuled && !isPartial && whole.kind === 'bypass' ? whole.why : first.why!;
    const why = isRuled || whyAsked !== first.why ? whyAsked : (first.filled!.why ?? whyAsked);
    // Its client's own call: the one with credentials, where there were two.
    const ownCalls = asked.filter(({ collapsed }) => !collapsed);
    const own = (ownCalls.find(isOfClient) ?? ownCalls[0])?.filled?.execution;
    const calls = asked.flatMap(({ filled }) => filled!.execution.answer ?? []);
    const extensions = asked.some(({ collapsed }) => collapsed) ? undefined : extensionsOf(calls);
    const text = writeMerged(merged);
    const kept = slots.flatMap((one) => one.entry ?? one.filled?.entry ?? []);
    // Without any that is kept there is nothing to revalidate, as of an answer that is not cut.
    const entry =
      merged.errors.length > 0 || extensions !== undefined || kept.length === 0
        ? undefined
        : {
            ...entryOfParts(plan, kept, text, 'utf8'),
            etag: etagOfParts(
              plan,
              slots.map(
                (one, at) => (one.entry ?? one.filled?.entry)?.etag ?? etagOfText(answers[at]!.value!),
              ),
            ),
          };
    return {
      kind: 'answer',
      status: {
        kind: 'forwarded',
        fwd: isPartial ? 'partial' : forwarded(whyAsked),
        why,
        stored: asked.some(({ filled }) => filled!.isStored),
        collapsed: asked.every(({ collapsed }) => collapsed === true),
      },
      httpStatus: 200,
      contentType: client.accepts.json!,
      body: extensions === undefined ? text : `${text.slice(0, -1)},"extensions":${extensions}}`,
      entry,
      isEntrysOwn: true,
      own: own && ownHeaders(client, own),
      language: own?.answer && languageIn(own.answer.headers),
      execution: own ?? first.filled!.execution,
      isQuery: true,
    };
  }

  /** Parts from the cache that do not fit the others are asked for again, the oldest first; then all of it is asked whole. */
  #repair(
    query: Query,
    plan: Plan,
    whole: Decision,
    { slots, unfit }: { readonly slots: readonly SlotOfRequest[]; readonly unfit: Mismatch },
  ): Promise<Outcome> {
    const kept = slots.filter(({ index, entry, filled }) => entry && !filled && unfit.slots.includes(index));
    const isRepairable = unfit.why !== 'request-error' && unfit.why !== 'added' && unfit.why !== 'errors';
    const [oldest] = kept.sort((a, b) => a.entry!.answeredAt - b.entry!.answeredAt);
    if (!isRepairable || !oldest) return this.#giveUp(query);
    const again = slots.map((one): SlotOfRequest => {
      const { index, query: own, decision } = one;
      return one === oldest ? { index, query: own, decision, near: FORGOTTEN, why: 'parts' } : one;
    });
    return this.#fetched(query, plan, whole, again, true);
  }

  #giveUp(query: Query): Promise<Outcome> {
    const { operation } = query.bound;
    const count = (this.#unfit.get(operation)?.count ?? 0) + 1;
    this.#unfit.set(operation, { count, until: this.deps.region.now() + UNFIT_FOR_MS });
    return this.#whole(query, 'parts', []);
  }

  /** @param refused slots of which upstream said nothing without credentials, or nothing at all */
  async #whole(query: Query, why: Reason, refused: readonly SlotOfRequest[]): Promise<Outcome> {
    const { region } = this.deps;
    const asOf = region.asOf();
    const own = await this.ways.ask(query);
    for (const { decision, query: slot } of refused) {
      if (decision.kind !== 'lookup') continue;
      if (decision.scope === 'members') this.ways.dismiss(slot);
      else if (decision.scope === 'shared' && query.client.hasCredentials && own.clean)
        this.ways.needsCredentials(slot, decision.key, asOf);
    }
    const isOfCredentials = why !== 'credentials' || own.clean;
    const said = isOfCredentials ? why : 'error';
    return passedOn(query, {
      answered: notStored(own, said),
      why: said,
      collapsed: false,
      now: region.now(),
    });
  }
}

/** Whether what upstream is sent for a slot says who asks. */
function isOfClient({ decision }: SlotOfRequest): boolean {
  return decision.kind === 'bypass' || decision.scope !== 'shared';
}

/** What upstream is sent for a slot: for a shared one nothing but what is in its key, for others the session's, or all. */
function headersOf({ query: { client, session }, decision }: SlotOfRequest): Record<string, string> {
  return client.headersFor(decision.kind === 'lookup' ? decision.scope : 'bypass', session);
}
