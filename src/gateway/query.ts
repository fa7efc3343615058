import type { Asked } from '../operation/bound-operation';
import { decide, identify, headersFor, type Journey, type Lookup } from './decide';
import { judged } from '../cache/lookup';
import { accepted, type AnswerType } from './media-type';
import type { JourneyParts } from './deps';
import { header, type GatewayRequest, type Reply, isAsked } from './request';
import type { EntryServer } from './reply-from-entry';
import { tokenOf, TokenHolder } from './token';
import { Flights, NextFlights, type Audience } from '../cache/single-flight';
import type { Session } from './session';
import { fill, type Answered, type FillParts } from './fill';
import { fly, type Destination, type Landing } from './flight';
import type { Generation } from './schema-snapshot';
import type { Replies } from './replies';
import { UpstreamServer } from './reply-from-upstream';

/** The hit path: nothing is awaited. @returns undefined when the request needs a longer journey */
export function hit(
  parts: JourneyParts,
  entries: EntryServer,
  asked: Asked,
  request: GatewayRequest,
): Reply | undefined {
  const { policy } = asked.operation;
  const type = accepted(header(request, 'accept')).json;
  if (type === undefined || policy.maxAge <= 0) return undefined;
  const session = identify(parts.sessions, asked, request);
  if (session instanceof Promise) return undefined;
  const decision = decide(asked, request, session, parts.settings, parts.now());
  if (decision.kind !== 'lookup' || !parts.purges.isProven(parts.now())) return undefined;
  const token = tokenOf(request, parts.settings.tokenCookie);
  const holder = token && new TokenHolder(parts, token);
  if (holder && !holder.isReached) return undefined;
  const entry = parts.near.peek(decision.key);
  if (!entry) return undefined;
  holder?.shows(entry);
  const next = holder?.covering();
  if (holder && !next) return undefined;
  const now = parts.now();
  if (judged(entry, parts.purges.table, now).kind !== 'fresh') return undefined;
  const reply = entries.serve(entry, decision.scope, now, { request, type });
  return next ? entries.withToken(reply, next) : reply;
}

/** Answers every query that is no hit at once: from the region's Redis, from upstream, from what is stale but allowed. */
export class QueryAnswerer {
  readonly #flights = new Flights<Landing>();
  readonly #nextFlights = new NextFlights<Answered>();
  readonly #upstream: UpstreamServer;
  readonly #fillParts: FillParts;
  /** for a request that does not want its answer stored (RFC 9111 5.2.1.5) */
  readonly #fillOnly: FillParts;

  constructor(
    readonly parts: JourneyParts,
    readonly replies: Replies,
    readonly entries: EntryServer,
  ) {
    const { purges, asOf, now, settings, near, far } = parts;
    this.#upstream = new UpstreamServer(parts, replies, entries);
    this.#fillParts = {
      table: purges.table,
      asOf,
      now,
      stores: far ? [near, far] : [near],
      entries: settings,
    };
    this.#fillOnly = { ...this.#fillParts, stores: [] };
  }

  answer(generation: Generation, asked: Asked, request: GatewayRequest, type: AnswerType): Promise<Reply> {
    const setOut = (session: Session): Promise<Reply> => {
      const { parts } = this;
      if (request.witness) request.witness.session = session;
      const token = tokenOf(request, parts.settings.tokenCookie);
      const holder = token && new TokenHolder(parts, token);
      const reply = this.#travel({ generation, asked, request, session, type, holder });
      return holder ? this.#withToken(reply, holder) : reply;
    };
    const session = identify(this.parts.sessions, asked, request);
    return session instanceof Promise ? session.then(setOut) : setOut(session);
  }

  async #withToken(reply: Promise<Reply>, holder: TokenHolder): Promise<Reply> {
    return this.entries.withToken(await reply, await holder.next(this.parts.settings.tokenWaitMs));
  }

  #travel(journey: Journey): Promise<Reply> {
    const { parts } = this;
    const decision = decide(journey.asked, journey.request, journey.session, parts.settings, parts.now());
    if (decision.kind === 'bypass') return this.#upstream.bypass(journey, decision.why);
    if (!parts.purges.isProven(parts.now())) return this.#unproven(journey, decision);
    const { holder } = journey;
    return !holder || holder.isReached
      ? this.#lookUp(journey, decision)
      : this.#catchUp(journey, decision, holder);
  }

  /** Its client has seen more than this region has. */
  async #catchUp(journey: Journey, lookup: Lookup, holder: TokenHolder): Promise<Reply> {
    const { purges, now, settings } = this.parts;
    if (!(await holder.reaches(settings.tokenWaitMs))) return this.#upstream.bypass(journey, 'token');
    return purges.isProven(now()) ? this.#lookUp(journey, lookup) : this.#unproven(journey, lookup);
  }

  /** A purge may have happened that is not known here. So nothing is looked up, and no flight that has begun is joined (P02). */
  async #unproven(journey: Journey, lookup: Lookup): Promise<Reply> {
    const why = 'unproven';
    if (lookup.scope === 'private' || isAsked(journey.request, 'only-if-cached'))
      return this.#upstream.bypass(journey, why, lookup);
    const { landing, collapsed } = this.#nextFlights.join(
      lookup.key,
      (audience) => {
        const to = this.#destination(journey, lookup, audience);
        return fill(
          this.#fillOnly,
          to.generation.engine,
          to.asked,
          to.key,
          to.scope,
          to.headers,
          to.type,
          audience,
        );
      },
      journey.request.onAbort,
    );
    const answered = { ...(await landing), why } as const;
    const failed = answered.exchange.answer?.answered === false;
    const fallback = failed ? await this.#upstream.standIn(lookup) : undefined;
    return this.#upstream.landed(journey, lookup, { kind: 'answered', answered, why, fallback }, collapsed);
  }

  async #lookUp(journey: Journey, lookup: Lookup): Promise<Reply> {
    const { parts } = this;
    const now = parts.now();
    const near = judged(parts.near.peek(lookup.key), parts.purges.table, now);
    if (near.kind === 'fresh') return this.entries.serve(near.entry, lookup.scope, now, journey);
    if (near.kind === 'stale') {
      this.#refresh(journey, lookup);
      return this.entries.serve(near.entry, lookup.scope, now, journey, near.why);
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
    if (landed.kind === 'answered') return this.#upstream.landed(journey, lookup, landed, collapsed);
    if (landed.stale) this.#refresh(journey, lookup);
    return this.entries.serve(landed.entry, lookup.scope, parts.now(), journey, landed.stale);
  }

  /** The region's Redis, and nothing else (RFC 9111 5.2.1.7). */
  async #onlyStored(journey: Journey, lookup: Lookup): Promise<Reply> {
    const { far, purges, now } = this.parts;
    const found = judged(await far?.get(lookup.key), purges.table, now());
    if (found.kind === 'miss') return this.replies.error('NOT_CACHED', journey.type);
    if (found.kind === 'stale') this.#refresh(journey, lookup);
    const why = found.kind === 'stale' ? found.why : undefined;
    return this.entries.serve(found.entry, lookup.scope, now(), journey, why);
  }

  #destination(journey: Journey, { key, scope }: Lookup, signal: Audience): Destination {
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
}
