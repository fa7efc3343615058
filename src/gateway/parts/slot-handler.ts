import { setImmediate as othersTurn } from 'node:timers/promises';
import type { CacheKey, Entry } from '../../cache/entry';
import { secondsLeft } from '../../cache/lookup';
import type { BoundOperation } from '../../operation/bound-operation';
import type { Position } from '../../purge/position';
import type { Reason } from '../../report/reason';
import {
  hasFailed,
  isForItsOwn,
  isForStrangers,
  passedOn,
  type EntryPlace,
  type Query,
} from '../asked-query';
import type { GatewayDeps } from '../deps';
import { notStored, type Answered } from '../fill';
import { LARGE } from '../../yoga/use-upstream';
import type { Flights } from '../flights';
import { failed, type FromEntry, type Outcome } from '../outcome';
import type { Decision } from '../rules';
import { MOST_MERGED, type Mismatch, type SlotAnswer } from './combined';
import { merge } from './merge';
import { answerOfEntry, answerOfUpstream, mergeEntries } from './merged-answer';
import { outcomeOfParts } from './outcome-of-parts';
import { bindSlot, type Plan } from './plan';
import { SlotFetcher } from './slot-fetcher';
import { FORGOTTEN, saysOthersNames, type SlotOfRequest } from './slot-of-request';
import { UnfitOperations } from './unfit';

/** What is done for one slot as for a whole operation: `QueryHandler` does both. */
export interface SlotWays {
  decide(query: Query, now: number): Decision;
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

/** Parts that are all in the cache, and what they make: the next request mostly finds the same. */
interface MergedEntries {
  readonly plan: Plan;
  readonly entries: readonly Entry[];
  readonly merged: Entry;
}

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
  readonly #unfit = new UnfitOperations();

  readonly #fetcher: SlotFetcher;

  constructor(
    readonly deps: GatewayDeps,
    readonly flights: Flights,
    readonly ways: SlotWays,
  ) {
    this.#fetcher = new SlotFetcher(deps, flights, (query, entry) => ways.usable(query, entry));
  }

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
    return plan.kind === 'cut' && !this.#unfit.has(bound.operation, now) ? plan : undefined;
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
    if (found.kind === 'stale') this.flights.refresh(query, decision);
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
    if (query.client.asks('only-if-cached')) {
      const stored = await this.#fetcher.findStored(looked);
      return stored.every(({ entry }) => entry)
        ? this.#hit(query, plan, whole, stored)
        : failed('NOT_CACHED');
    }
    const slots = await this.#fetcher.fetch(query, plan, looked, isRepair);
    if (slots.every(({ entry, filled }) => entry && !filled)) return this.#hit(query, plan, whole, slots);
    // The request that began its call may have seen less than this client.
    if (slots.some(({ why, filled, entry }) => why === 'token' && !filled && !entry))
      return this.#whole(query, 'token', []);
    if (slots.some(saysOthersNames)) return this.#whole(query, 'error', []);
    const size = slots.reduce((sum, { filled, entry }) => sum + (filled ?? entry)!.body.length, 0);
    if (size > MOST_MERGED) return this.#giveUp(query);
    // Each step with long ones has a turn of its own (P47).
    const turn = size > LARGE ? othersTurn : undefined;
    await turn?.();
    const answers: SlotAnswer[] = [];
    const refused: SlotOfRequest[] = [];
    for (const one of slots) {
      const slot = plan.slots[one.index]!;
      const said = one.filled ? answerOfUpstream(slot, one.filled) : answerOfEntry(slot, one.entry!);
      if (said) answers.push(said);
      else refused.push(one);
    }
    const lost = refused.find(({ filled }) => filled && hasFailed(filled));
    // Data, or errors in it, are those of a part.
    if (lost && !saysOfNoField(lost.filled!)) return this.#whole(query, 'error', []);
    const whose = lost && audienceOf(lost);
    if (whose === 'all') {
      const { filled, why, collapsed = false } = lost!;
      return passedOn(query, { answered: filled!, why: why!, collapsed, now: region.now() });
    }
    if (refused.length > 0) return this.#whole(query, whose === 'other' ? 'error' : 'credentials', refused);
    await turn?.();
    const merged = merge(plan, answers, query.bound.variables);
    if (merged.kind === 'mismatch') {
      if (isRepair) return this.#giveUp(query);
      return this.#repair(query, plan, whole, { slots, unfit: merged });
    }
    await turn?.();
    this.#unfit.forget(query.bound.operation);
    query.progress?.noteAsked();
    return outcomeOfParts(query, plan, whole, { slots, answers, merged });
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
    this.#unfit.note(query.bound.operation, this.deps.region.now());
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

/** Whom what upstream said instead of a part is for: all, clients without credentials, or another request. */
function audienceOf({ query, decision, filled, collapsed }: SlotOfRequest): 'all' | 'strangers' | 'other' {
  if (decision.kind === 'bypass') return 'all';
  const { scope } = decision;
  if (isForStrangers(query, scope, filled!)) return 'strangers';
  return collapsed && isForItsOwn(query, scope, filled!) ? 'other' : 'all';
}

/** Whether an answer says the same of what was asked, whatever that was: nothing but errors of no field. */
function saysOfNoField({ execution: { result } }: Answered): boolean {
  return result !== undefined && !('data' in result) && !result.errors?.some(({ path }) => path);
}
