import { AbortGroup, SingleFlight } from '../cache/single-flight';
import type { CacheKey, Entry } from '../cache/entry';
import { secondsLeft, type Lookup } from '../cache/lookup';
import type { BoundOperation } from '../operation/bound-operation';
import type { Position } from '../purge/position';
import { forwarded } from '../report/cache-status';
import type { Reason } from '../report/reason';
import { inSpan } from '../report/trace';
import type { Execution } from '../yoga/execution';
import {
  besideOf,
  hasFailed,
  isDeclared,
  isForItsOwn,
  isForStrangers,
  passedOn,
  type EntryPlace,
  type Query,
} from './asked-query';
import type { Client } from './client';
import type { GatewayDeps } from './deps';
import { fill, longestOf, notStored, run, type Answered, type Filled } from './fill';
import { fetchOnce, type FetchResult } from './fetch-once';
import { Flights, NO_CALL_UNDER_WAY } from './flights';
import { failed, type FromEntry, type Outcome } from './outcome';
import { Members } from './members';
import { SlotHandler } from './parts/slot-handler';
import type { Plan } from './parts/plan';
import { decide, mayBeCut, type Decision } from './rules';
import type { SchemaSnapshot } from './schema-snapshot';
import { NO_SESSION, type Session } from './session';
import { TokenProgress } from './token';

/** Milliseconds for which an upstream that refused an answer without credentials is taken to go on doing so. */
const REFUSAL_HOLDS_MS = 60_000;

/** Whether an observer wants details: then the answer is analysed in any case. */
export interface Observed {
  readonly isObserved: boolean;
  /** it is written to the operation log */
  readonly isLogged: boolean;
  /** when its turn came, which nothing was awaited since; monotonic milliseconds */
  readonly now: number;
}

/**
 * Answers queries, each along one path: session, rules, memory, the region's Redis, upstream. The first half is
 * synchronous: a hit in memory is an outcome when `answer` returns, and a miss continues asynchronously from there.
 */
export class QueryHandler {
  readonly flights: Flights;
  /** of requests for which nothing is looked up, and whose answers are not stored */
  readonly #unstoredFlight: SingleFlight<Filled>;
  readonly #members: Members;
  readonly #parts: SlotHandler;

  constructor(readonly deps: GatewayDeps) {
    this.flights = new Flights(deps);
    this.#unstoredFlight = new SingleFlight({ version: () => deps.region.table.version });
    this.#members = new Members(deps.region.table);
    this.#parts = new SlotHandler(deps, this.flights, {
      decide: (query, now) => this.#ruled(query, now),
      usable: (query, entry) => this.#usable(query, entry),
      verify: (query, place, entry) => this.#verify(query, place, entry),
      ask: (query) => this.#ask(query),
      needsCredentials: (query, key, asOf) => this.#needsCredentials(query, key, asOf),
      dismiss: ({ session, bound, client }) => this.#members.dismiss(session, besideOf(bound, client)),
    });
  }

  answer(
    snapshot: SchemaSnapshot,
    bound: BoundOperation,
    client: Client,
    { isObserved, isLogged, now }: Observed,
  ): Outcome | Promise<Outcome> {
    // What is written to the operation log is about whole answers.
    const plan = isLogged ? undefined : this.#parts.planOf({ snapshot, bound, client }, now);
    const session = plan ? client.session() : this.#identify(bound, client, isObserved);
    if (!(session instanceof Promise))
      return this.#decide({ snapshot, bound, client, session, isObserved }, plan, now);
    return session.then((known) =>
      this.#decide({ snapshot, bound, client, session: known, isObserved }, plan, this.deps.region.now()),
    );
  }

  /**
   * Identifies the client, where that matters. An answer that is public by declaration, or never stored, is the same
   * for all clients, and must not wait for the keys that verify tokens, unless it is shared among sessions only. An
   * observer wants to know whose answer it was.
   */
  #identify(
    { operation: { policy } }: BoundOperation,
    client: Client,
    isObserved: boolean,
  ): Session | Promise<Session> {
    const { sharesAmongSessions } = this.deps.rules();
    const isForAll =
      policy.maxAge <= 0 || (policy.scope === 'PUBLIC' && policy.declared && !sharesAmongSessions);
    return isForAll && !isObserved ? NO_SESSION : client.session();
  }

  #decide(asked: Omit<Query, 'progress'>, plan: Plan | undefined, now: number): Outcome | Promise<Outcome> {
    const { region, clock } = this.deps;
    const { token } = asked.client;
    const progress = token && new TokenProgress({ purges: region.purges, now: region.now, clock }, token);
    const { snapshot, bound, client, session, isObserved } = asked;
    // Member by member: a hit is made of this.
    const query: Query = { snapshot, bound, client, session, isObserved, progress };
    const decision = this.#ruled(query, now);
    if (plan && mayBeCut(decision) && region.isProvenAt(now)) {
      const outcome = this.#inParts(query, plan, decision, now);
      if (outcome) return outcome;
    }
    if (decision.kind === 'bypass') return this.#withToken(query, this.#bypass(query, decision.why));
    if (!region.isProvenAt(now)) return this.#withToken(query, this.#unproven(query, decision, 'unproven'));
    if (progress && !progress.isReached)
      return this.#withToken(query, this.#catchUp(query, progress, decision));
    return this.#lookUp(query, decision, now);
  }

  #ruled({ bound, client, session }: Query, now: number): Decision {
    const rules = this.deps.rules();
    const id = session.kind === 'verified' ? session.id : undefined;
    const isMember = rules.sharesAmongSessions && this.#members.has(session, besideOf(bound, client), now);
    return decide(bound, { facts: client, session: id, isMember, now }, rules);
  }

  /** @returns undefined where nothing of it may be looked up: then it is asked whole */
  #inParts(query: Query, plan: Plan, whole: Decision, now: number): Outcome | Promise<Outcome> | undefined {
    const { progress } = query;
    if (!progress) return this.#parts.answer(query, plan, whole, now);
    if (!progress.isReached)
      return this.#withToken(query, this.#inPartsOnceReached(query, progress, { plan, whole }));
    const outcome = this.#parts.answer(query, plan, whole, now);
    return outcome && this.#withToken(query, outcome);
  }

  async #inPartsOnceReached(
    query: Query,
    progress: TokenProgress,
    { plan, whole }: { readonly plan: Plan; readonly whole: Decision },
  ): Promise<Outcome> {
    const { region, tokenWaitMs } = this.deps;
    const isReached = await progress.reaches(tokenWaitMs);
    const outcome = isReached && region.isProven && this.#parts.answer(query, plan, whole, region.now());
    if (outcome) return outcome;
    if (whole.kind === 'bypass') return this.#bypass(query, whole.why);
    return this.#unproven(query, whole, isReached ? 'unproven' : 'token');
  }

  /** What memory says. The last step of the first half. */
  #lookUp(query: Query, place: EntryPlace, now: number): Outcome | Promise<Outcome> {
    const found = this.deps.region.peek(place.key, now, query.progress?.seen);
    if (found.kind === 'fresh')
      return this.#shown(query, this.#fromEntry(query, place, found.entry, undefined, now));
    return this.#withToken(query, this.#beyondMemory(query, place, found));
  }

  /** An entry, with its client's next token: at once, unless the gateway must ask the primary for the token. */
  #shown(query: Query, outcome: FromEntry): Outcome | Promise<Outcome> {
    const { progress } = query;
    if (!progress) return outcome;
    const token = progress.tokenIfKnown();
    return token ? { ...outcome, token } : this.#withToken(query, outcome);
  }

  /** An outcome with its client's next token, if it presented one. */
  #withToken({ progress }: Query, outcome: Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    return progress ? this.#withNextToken(progress, outcome) : outcome;
  }

  async #withNextToken(progress: TokenProgress, outcome: Outcome | Promise<Outcome>): Promise<Outcome> {
    const made = await outcome;
    return { ...made, token: await progress.nextToken(this.deps.tokenWaitMs) };
  }

  /** Its client has seen more than this region has. */
  async #catchUp(query: Query, progress: TokenProgress, place: EntryPlace): Promise<Outcome> {
    const { region, tokenWaitMs } = this.deps;
    const reaching = (): Promise<boolean> => progress.reaches(tokenWaitMs);
    if (!(await inSpan(query.client.trace, 'wait', reaching, () => ({ at: 'token' }))))
      return this.#unproven(query, place, 'token');
    if (!region.isProven) return this.#unproven(query, place, 'unproven');
    const found = region.peek(place.key, undefined, progress.seen);
    return found.kind === 'fresh'
      ? this.#fromEntry(query, place, found.entry)
      : this.#beyondMemory(query, place, found);
  }

  #beyondMemory(
    query: Query,
    place: EntryPlace,
    near: Exclude<Lookup, { kind: 'fresh' }>,
  ): FromEntry | Promise<Outcome> {
    if (near.kind === 'stale') {
      this.flights.refresh(query, place);
      return this.#fromEntry(query, place, near.entry, near.why);
    }
    return query.client.asks('only-if-cached')
      ? this.#onlyStored(query, place)
      : this.#fetch(query, place, near);
  }

  #fetch(query: Query, place: EntryPlace, near: Extract<Lookup, { kind: 'miss' }>): Promise<Outcome> {
    const { region, entries } = this.deps;
    const { client, progress } = query;
    const flown = this.flights.flown(query, place, (signal) =>
      fetchOnce(region, entries, this.flights.fetchPlan(query, place, signal, !client.asks('no-store')), {
        near,
        staleWillDo: true,
        seen: progress?.seen,
        elsewhere: this.flights.elsewhere(place, query.bound, client),
      }),
    );
    return flown.then(({ fetched, collapsed }) =>
      fetched.kind === 'answered'
        ? this.#fetched(query, place, fetched, collapsed)
        : this.#found(query, place, fetched, collapsed),
    );
  }

  /** With what was in Redis, here or in the primary region. @param collapsed another request looked for it */
  #found(
    query: Query,
    place: EntryPlace,
    { entry, stale, missed: why }: Extract<FetchResult, { kind: 'found' }>,
    collapsed: boolean,
  ): Outcome | Promise<Outcome> {
    const { progress } = query;
    if (stale) this.flights.refresh(query, place);
    // The request that began it may have seen less.
    if (progress && this.deps.region.evaluate(entry, undefined, progress.seen).kind === 'miss')
      return this.#bypass(query, 'token');
    const outcome = this.#fromEntry(query, place, entry, stale);
    if (why === undefined) return outcome;
    return { ...outcome, status: { kind: 'forwarded', fwd: forwarded(why), why, stored: true, collapsed } };
  }

  /** The region's Redis, and nothing else (RFC 9111 5.2.1.7). */
  async #onlyStored(query: Query, place: EntryPlace): Promise<Outcome> {
    const { region, entries } = this.deps;
    const found = await region.find(place.key, longestOf(query.bound, entries), query.progress?.seen);
    if (found.kind === 'miss') return failed('NOT_CACHED');
    if (found.kind === 'stale') this.flights.refresh(query, place);
    return this.#fromEntry(query, place, found.entry, found.kind === 'stale' ? found.why : undefined);
  }

  /**
   * A purge may have happened that is not known here, or its client has seen one that has not come here yet. So nothing is
   * looked up, and no call that has begun is joined (P02).
   */
  async #unproven(query: Query, place: EntryPlace, why: 'unproven' | 'token'): Promise<Outcome> {
    const { region, entries } = this.deps;
    const { client } = query;
    // An entry that may have been purged may stand in for a failed upstream; one that its client has seen to be old
    // may not.
    const held = why === 'unproven' ? place : undefined;
    if (place.scope !== 'shared' || client.asks('only-if-cached')) return this.#bypass(query, why, held);
    const { result, collapsed } = this.#unstoredFlight.join(place.key, {
      begin: (signal) => fill(region, entries, this.flights.fetchPlan(query, place, signal, false)),
      onAbort: client.request.onAbort,
      mayJoin: NO_CALL_UNDER_WAY,
    });
    const answered = { ...(await result), why } as const;
    const fallback = held && hasFailed(answered) ? await this.#standIn(query, held) : undefined;
    return this.#fetched(query, place, { kind: 'answered', answered, why, fallback }, collapsed);
  }

  /** With what a flight brought. @param collapsed another request began it */
  #fetched(
    query: Query,
    place: EntryPlace,
    fetched: Extract<FetchResult, { kind: 'answered' }>,
    collapsed: boolean,
  ): Outcome | Promise<Outcome> {
    const { answered, why } = fetched;
    return answered.clean
      ? passedOn(query, { answered, why, collapsed, now: this.deps.region.now() })
      : this.#refused(query, place, fetched, collapsed);
  }

  /** Upstream failed, or said something else than an answer that is right for all. */
  async #refused(
    query: Query,
    place: EntryPlace,
    { answered, why, fallback }: Extract<FetchResult, { kind: 'answered' }>,
    collapsed: boolean,
  ): Promise<Outcome> {
    const { client } = query;
    const { region } = this.deps;
    const stale = hasFailed(answered) && fallback && this.#instead(query, place, fallback);
    if (stale) return stale;
    // A shared answer is fetched without credentials; if upstream requires some, this client's go along.
    if (isForStrangers(query, place.scope, answered)) {
      const asOf = region.asOf();
      const own = notStored(await this.#ask(query), 'credentials');
      if (own.clean) this.#needsCredentials(query, place.key, asOf);
      return passedOn(query, { answered: own, why: 'credentials', collapsed: false, now: region.now() });
    }
    if (place.scope === 'members') this.#members.dismiss(query.session, besideOf(query.bound, client));
    if (collapsed && isForItsOwn(query, place.scope, answered)) {
      const own = notStored(await this.#ask(query), 'error');
      return passedOn(query, { answered: own, why, collapsed: false, now: region.now() });
    }
    return passedOn(query, { answered, why, collapsed, now: region.now() });
  }

  /** Upstream refused without credentials what it gave with them. */
  #needsCredentials(query: Query, key: CacheKey, asOf: Position): void {
    query.bound.operation.refusals.note(key, this.deps.region.now() + REFUSAL_HOLDS_MS);
    this.#admit(query, asOf);
  }

  #admit({ bound, client, session }: Query, asOf: Position): void {
    // With two it would not be known which of them upstream went by.
    if (!client.hasSecondCredential)
      this.#members.admit(session, besideOf(bound, client), { now: this.deps.region.now(), asOf });
  }

  /** Past the cache, with all that the operator forwards. @param place of an entry that may stand in if upstream fails */
  async #bypass(query: Query, why: Reason, place?: EntryPlace): Promise<Outcome> {
    if (query.client.asks('only-if-cached')) return failed('NOT_CACHED');
    const asOf = this.deps.region.asOf();
    const answered = notStored(await this.#ask(query), why);
    // Others have been refused it without credentials.
    if (why === 'credentials' && answered.clean && isDeclared(query)) this.#admit(query, asOf);
    if (hasFailed(answered) && place !== undefined) {
      const entry = await this.#standIn(query, place);
      const outcome = entry && this.#instead(query, place, entry);
      if (outcome) return outcome;
    }
    return passedOn(query, { answered, why, collapsed: false, now: this.deps.region.now() });
  }

  #ask({ snapshot, bound, client, session, isObserved }: Query): Promise<Answered> {
    const group = new AbortGroup();
    group.add(client.request.onAbort);
    const execution: Execution = {
      bound,
      refusal: undefined,
      scope: 'bypass',
      headers: client.headersFor('bypass', session),
      signal: group,
      trace: client.trace,
      isWatched: isObserved,
      wantsExtensions: false,
    };
    return run(snapshot.yoga, execution, client.accepts.json!);
  }

  /** The entry that may stand in for an upstream that failed, if it passes {@link #instead}. */
  async #standIn({ bound }: Query, { key }: EntryPlace): Promise<Entry | undefined> {
    const { region, entries } = this.deps;
    return entries.staleIfError === 0 ? undefined : region.held(key, longestOf(bound, entries));
  }

  /**
   * RFC 5861 4: an entry may stand in for a failed upstream, but never one that is known to be purged (P22), or one
   * for which that cannot be known because the client has seen more than this region (P07).
   * @returns undefined if this one may not
   */
  #usable({ progress }: Query, entry: Entry): Entry | undefined {
    if (progress && !progress.isReached) return undefined;
    const found = this.deps.region.evaluate(entry, undefined, progress?.seen);
    return found.kind === 'miss' ? found.fallback : found.entry;
  }

  #instead(query: Query, place: EntryPlace, entry: Entry): Outcome | undefined {
    const usable = this.#usable(query, entry);
    return usable && this.#fromEntry(query, place, usable, 'error');
  }

  /** @param why it is served though it is stale */
  #fromEntry(
    query: Query,
    place: EntryPlace,
    entry: Entry,
    why?: Reason,
    now = this.deps.region.now(),
  ): FromEntry {
    query.progress?.noteShown(entry);
    const ttl = secondsLeft(entry, now);
    const age = Math.max(0, Math.floor((now - entry.answeredAt) / 1000));
    if (why === undefined && this.deps.verifier?.isDue()) this.#verify(query, place, entry);
    return {
      kind: 'entry',
      entry,
      scope: place.scope,
      age,
      status: { kind: 'hit', ttl, why },
      publicFor: why === undefined && place.scope === 'shared' && isDeclared(query) ? age + ttl : undefined,
    };
  }

  #verify(query: Query, place: EntryPlace, entry: Entry): void {
    this.deps.verifier?.compare(entry, () => this.#askAgain(query, place));
  }

  /** As the entry was fetched: a private one with its session's credentials, a shared one without any. */
  #askAgain({ snapshot, bound, client, session }: Query, { scope }: EntryPlace): Promise<Answered> {
    const headers = client.headersFor(scope, session);
    const execution: Execution = {
      bound,
      refusal: undefined,
      scope,
      headers,
      signal: undefined,
      wantsExtensions: false,
    };
    return run(snapshot.yoga, execution, client.accepts.json!);
  }
}
