import type { CacheKey, Entry } from '../cache/entry';
import { Flights } from '../cache/flights';
import type { Asked } from '../operation/asked';
import type { Position } from '../purge/position';
import type { Reason } from '../report/reason';
import { NO_SESSION, type Session } from '../session/session';
import { forwarded, type CacheStatus } from './cache-status';
import { decide, hasCredentials, headersFor, type Decision } from './decide';
import { run, type Answered, type FillParts } from './fill';
import { fly, type Destination, type Landing } from './fly';
import type { Generation } from './generation';
import { judged, secondsLeft } from './look-up';
import { accepted, type AnswerType } from './media-type';
import type { JourneyParts } from './parts';
import { matchesEtag, type Replies } from './replies';
import { header, isAsked, type GatewayRequest, type Reply } from './request';
import { hasReached, readTokenHeaders, tokenOf } from './token';

type Lookup = Extract<Decision, { kind: 'lookup' }>;

/** A request on its way to an answer. */
interface Journey {
  readonly generation: Generation;
  readonly asked: Asked;
  readonly request: GatewayRequest;
  readonly session: Session;
  readonly type: AnswerType;
  readonly token: Position | undefined;
}

/** Answers queries: from memory, from the region's Redis, from upstream, and from what is stale but allowed. */
export class QueryAnswerer {
  readonly #flights = new Flights<Landing>();
  readonly #fillParts: FillParts;
  /** for a request that does not want its answer stored (RFC 9111 5.2.1.5) */
  readonly #fillOnly: FillParts;

  constructor(
    readonly parts: JourneyParts,
    readonly replies: Replies,
  ) {
    const { purges, asOf, now, settings, near, far } = parts;
    this.#fillParts = {
      table: purges.table,
      asOf,
      now,
      stores: far ? [near, far] : [near],
      entries: settings,
    };
    this.#fillOnly = { ...this.#fillParts, stores: [] };
  }

  /** The hit path: nothing is awaited. @returns undefined when the request needs a longer journey */
  hit(asked: Asked, request: GatewayRequest): Reply | undefined {
    const { parts } = this;
    const { policy } = asked.operation;
    const type = accepted(header(request, 'accept')).json;
    if (type === undefined || policy.maxAge <= 0) return undefined;
    const session = policy.scope === 'PUBLIC' && policy.declared ? NO_SESSION : this.#identify(request);
    if (session instanceof Promise) return undefined;
    const decision = decide(asked, request, session, parts.settings);
    if (decision.kind !== 'lookup' || !parts.purges.isProven(parts.now())) return undefined;
    const token = tokenOf(request, parts.settings.tokenCookie);
    if (token && !hasReached(parts.purges, token)) return undefined;
    const entry = parts.near.peek(decision.key);
    if (!entry) return undefined;
    const horizon = token && parts.purges.horizonSince(entry.answeredAt);
    if (token && !horizon) return undefined;
    const now = parts.now();
    if (judged(entry, parts.purges.table, now).kind !== 'fresh') return undefined;
    const reply = this.#entry(entry, now, { request, type });
    return token ? this.#withToken(reply, token, horizon) : reply;
  }

  /** Every other query. */
  async answer(
    generation: Generation,
    asked: Asked,
    request: GatewayRequest,
    type: AnswerType,
  ): Promise<Reply> {
    const { parts } = this;
    const session = await this.#identify(request);
    if (request.witness) request.witness.session = session;
    const journey: Journey = {
      generation,
      asked,
      request,
      session,
      type,
      token: tokenOf(request, parts.settings.tokenCookie),
    };
    const reply = await this.#travel(journey);
    // What upstream answered just now may show changes this region has not heard of. The token has to cover them, so
    // that a region that lags as well does not show this client what was before (P08).
    const { token } = journey;
    return token
      ? this.#withToken(reply, token, await parts.purges.horizon(parts.settings.tokenWaitMs))
      : reply;
  }

  async #travel(journey: Journey): Promise<Reply> {
    const { parts } = this;
    const decision = decide(journey.asked, journey.request, journey.session, parts.settings);
    if (decision.kind === 'bypass') return this.#bypass(journey, decision.why);
    if (journey.token && !hasReached(parts.purges, journey.token)) {
      const reached = await parts.purges.reached(journey.token, parts.settings.tokenWaitMs);
      if (!reached) return this.#bypass(journey, 'token');
    }
    // Not proven means that a purge may have happened that is not known here: then no flight may be joined either.
    if (!parts.purges.isProven(parts.now())) return this.#bypass(journey, 'unproven', decision.key);
    return this.#lookUp(journey, decision);
  }

  async #lookUp(journey: Journey, lookup: Lookup): Promise<Reply> {
    const { parts } = this;
    const now = parts.now();
    const near = judged(parts.near.peek(lookup.key), parts.purges.table, now);
    if (near.kind === 'fresh') return this.#entry(near.entry, now, journey);
    if (near.kind === 'stale') {
      this.#refresh(journey, lookup);
      return this.#entry(near.entry, now, journey, near.why);
    }
    if (isAsked(journey.request, 'only-if-cached')) return this.#onlyStored(journey, lookup);
    const { landing, collapsed } = this.#flights.join(
      lookup.key,
      parts.purges.table.version,
      (signal) => {
        const parts = isAsked(journey.request, 'no-store') ? this.#fillOnly : this.#fillParts;
        return fly(this.parts, parts, this.#destination(journey, lookup, signal), near, true);
      },
      journey.request.onAbort,
    );
    const landed = await landing;
    if (landed.kind === 'answered') return this.#answered(journey, lookup, landed, collapsed);
    if (landed.stale) this.#refresh(journey, lookup);
    return this.#entry(landed.entry, parts.now(), journey, landed.stale);
  }

  /** The region's Redis, and nothing else (RFC 9111 5.2.1.7). */
  async #onlyStored(journey: Journey, lookup: Lookup): Promise<Reply> {
    const { far, purges, now } = this.parts;
    const found = judged(await far?.get(lookup.key), purges.table, now());
    if (found.kind === 'miss') return this.replies.error('NOT_CACHED', journey.type);
    if (found.kind === 'stale') this.#refresh(journey, lookup);
    return this.#entry(found.entry, now(), journey, found.kind === 'stale' ? found.why : undefined);
  }

  #destination(journey: Journey, { key, scope }: Lookup, signal: AbortSignal | undefined): Destination {
    const { generation, asked, request, session, type } = journey;
    const headers = headersFor(request, scope, session, this.parts.settings);
    return { generation, asked, key, scope, headers, type, signal };
  }

  /** Fetches a new answer behind the back of one that was served stale. RFC 5861 3; it obeys the same as-of (P03). */
  #refresh(journey: Journey, lookup: Lookup): void {
    const { version } = this.parts.purges.table;
    if (this.#flights.has(lookup.key, version)) return;
    const { landing } = this.#flights.join(
      lookup.key,
      version,
      (signal) => {
        const to = this.#destination(journey, lookup, signal);
        return fly(
          this.parts,
          this.#fillParts,
          to,
          { kind: 'miss', why: 'expired', fallback: undefined },
          false,
        );
      },
      undefined,
    );
    landing.catch(this.parts.fault);
  }

  async #answered(
    journey: Journey,
    lookup: Lookup,
    { answered, why, fallback }: Extract<Landing, { kind: 'answered' }>,
    collapsed: boolean,
  ): Promise<Reply> {
    const { asked, request, type } = journey;
    if (!answered.clean) {
      const reached = answered.exchange.answer?.answered === true;
      if (!reached && fallback)
        return this.#stale(fallback, journey) ?? this.#forward(journey, answered, why, collapsed);
      // A shared answer is asked for without anyone's credentials; where upstream wants some, this client's go along.
      if (reached && lookup.scope === 'shared' && hasCredentials(request)) {
        const own = await this.#run(journey);
        if (own.clean) asked.operation.needsCredentials = true;
        return this.#forward(journey, { ...own, entry: undefined, why: 'credentials' }, 'credentials', false);
      }
      // Status and bytes of an error depend on the media type, so it is shared among equals only.
      if (collapsed && !answered.contentType.startsWith(type)) {
        return this.#forward(
          journey,
          { ...(await this.#run(journey)), entry: undefined, why: 'error' },
          why,
          false,
        );
      }
    }
    return this.#forward(journey, answered, why, collapsed);
  }

  /** Past the cache, with all that the operator forwards. @param key of an entry that may stand in if upstream fails */
  async #bypass(journey: Journey, why: Reason, key?: CacheKey): Promise<Reply> {
    if (isAsked(journey.request, 'only-if-cached')) return this.replies.error('NOT_CACHED', journey.type);
    const answered = { ...(await this.#run(journey)), entry: undefined, why };
    if (
      answered.exchange.answer?.answered === false &&
      key !== undefined &&
      this.parts.settings.staleIfError > 0
    ) {
      const entry = this.parts.near.peek(key) ?? (await this.parts.far?.get(key));
      const reply = entry && this.#stale(entry, journey);
      if (reply) return reply;
    }
    return this.#forward(journey, answered, why, false);
  }

  #run({ generation, asked, request, session, type }: Journey): Promise<Omit<Answered, 'entry' | 'why'>> {
    const controller = new AbortController();
    request.onAbort?.(() => controller.abort());
    const headers = headersFor(request, 'bypass', session, this.parts.settings);
    const { signal } = controller;
    const exchange = {
      asked,
      refusal: undefined,
      scope: 'bypass',
      headers,
      signal,
      wantsExtensions: false,
    } as const;
    return run(generation.engine, exchange, type);
  }

  /** RFC 5861 4: an entry stands in for an upstream that failed, never one that is known to be purged (P22). */
  #stale(entry: Entry, journey: Journey): Reply | undefined {
    const now = this.parts.now();
    const found = judged(entry, this.parts.purges.table, now);
    const usable = found.kind === 'miss' ? found.fallback : found.entry;
    return usable && this.#entry(usable, now, journey, 'error');
  }

  #entry(
    entry: Entry,
    now: number,
    { request, type }: Pick<Journey, 'request' | 'type'>,
    why?: Reason,
  ): Reply {
    const status: CacheStatus = { kind: 'hit', ttl: secondsLeft(entry, now), why };
    this.parts.observe(status);
    if (request.witness) Object.assign(request.witness, { status, entry });
    const get = request.method !== 'POST';
    const reply = this.replies.entry(entry, now, type, get, status);
    return get && matchesEtag(header(request, 'if-none-match'), entry.etag)
      ? this.replies.notModified(reply)
      : reply;
  }

  #forward(journey: Journey, answered: Answered, why: Reason, collapsed: boolean): Reply {
    const { request, type } = journey;
    const stored = answered.entry !== undefined;
    const fwd = forwarded(why);
    // Why it was not stored says more than why it was not there; why it was not looked up says more than both.
    const detail = fwd === 'uri-miss' || fwd === 'stale' ? (answered.why ?? why) : why;
    const status: CacheStatus = { kind: 'forwarded', fwd, why: detail, stored, collapsed };
    this.parts.observe(status);
    const { entry, exchange } = answered;
    if (request.witness) Object.assign(request.witness, { status, entry, exchange });
    const extra: string[] = [];
    if (answered.entry) extra.push('ETag', answered.entry.etag);
    const cookie = collapsed ? undefined : answered.exchange.answer?.headers['set-cookie'];
    for (const line of cookie?.split('\n') ?? []) extra.push('Set-Cookie', line);
    const contentType = answered.clean ? type : answered.contentType;
    const reply = this.replies.answer(
      answered.status,
      contentType,
      answered.body,
      request.method !== 'POST',
      status,
      extra,
    );
    const etag = answered.entry?.etag;
    return etag && request.method !== 'POST' && matchesEtag(header(request, 'if-none-match'), etag)
      ? this.replies.notModified(reply)
      : reply;
  }

  #withToken(reply: Reply, token: Position, horizon: Position | undefined): Reply {
    const headers = readTokenHeaders(this.parts.purges, token, horizon, this.parts.settings.tokenCookie);
    return { ...reply, headers: [...reply.headers, ...headers] };
  }

  #identify(request: GatewayRequest): Session | Promise<Session> {
    const { sessions } = this.parts;
    return sessions.header === undefined ? NO_SESSION : sessions.identify(header(request, sessions.header));
  }
}
