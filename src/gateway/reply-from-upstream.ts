import { Audience } from '../cache/single-flight';
import type { Entry } from '../cache/entry';
import type { Reason } from '../report/reason';
import { forwarded, type CacheStatus } from '../report/cache-status';
import { hasCredentials, headersFor, type Journey, type Lookup } from './decide';
import { run, type Answered } from './fill';
import type { Landing } from './flight';
import type { JourneyParts } from './deps';
import type { Replies } from './replies';
import { isAsked, type Reply } from './request';
import type { EntryServer } from './reply-from-entry';

/** Milliseconds for which an upstream that refused an operation without credentials is taken to go on doing so. */
const REFUSAL_HOLDS_MS = 60_000;

/** Answers with what upstream said; and, where it failed, with what may stand in for it. */
export class UpstreamServer {
  constructor(
    readonly parts: JourneyParts,
    readonly replies: Replies,
    readonly entries: EntryServer,
  ) {}

  /** With what a flight brought. @param collapsed it began for somebody else */
  async landed(
    journey: Journey,
    lookup: Lookup,
    { answered, why, fallback }: Extract<Landing, { kind: 'answered' }>,
    collapsed: boolean,
  ): Promise<Reply> {
    const { asked, request, type } = journey;
    if (!answered.clean) {
      const reached = answered.exchange.answer?.answered === true;
      if (!reached && fallback)
        return (
          this.entries.serveInstead(fallback, lookup.scope, journey) ??
          this.#forward(journey, answered, why, collapsed)
        );
      // A shared answer is asked for without anyone's credentials; where upstream wants some, this client's go along.
      if (reached && lookup.scope === 'shared' && hasCredentials(request, this.parts.settings)) {
        const own = await this.#run(journey);
        if (own.clean) asked.operation.needsCredentialsUntil = this.parts.now() + REFUSAL_HOLDS_MS;
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

  /** Past the cache, with all that the operator forwards. @param lookup of an entry that may stand in if upstream fails */
  async bypass(journey: Journey, why: Reason, lookup?: Lookup): Promise<Reply> {
    if (isAsked(journey.request, 'only-if-cached')) return this.replies.error('NOT_CACHED', journey.type);
    const answered = { ...(await this.#run(journey)), entry: undefined, why };
    if (answered.exchange.answer?.answered === false && lookup !== undefined) {
      const entry = await this.standIn(lookup);
      const reply = entry && this.entries.serveInstead(entry, lookup.scope, journey);
      if (reply) return reply;
    }
    return this.#forward(journey, answered, why, false);
  }

  /** The entry that may stand in for an upstream that failed, if it passes {@link EntryServer.serveInstead}. */
  async standIn({ key }: Lookup): Promise<Entry | undefined> {
    if (this.parts.settings.staleIfError === 0) return undefined;
    return this.parts.near.peek(key) ?? (await this.parts.far?.get(key));
  }

  #run({ generation, asked, request, session, type }: Journey): Promise<Omit<Answered, 'entry' | 'why'>> {
    const audience = new Audience();
    audience.add(request.onAbort);
    const headers = headersFor(request, 'bypass', session, this.parts.settings);
    const exchange = {
      asked,
      refusal: undefined,
      scope: 'bypass',
      headers,
      signal: audience,
      isWatched: request.witness !== undefined,
      wantsExtensions: false,
    } as const;
    return run(generation.engine, exchange, type);
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
    const get = request.method !== 'POST';
    const etag =
      entry && get
        ? this.entries.etagHeld(entry, exchange.scope === 'shared' ? 'shared' : 'private', request)
        : undefined;
    if (etag !== undefined) return this.replies.notModified(etag, undefined, status);
    const extra: string[] = [];
    if (entry) extra.push('ETag', entry.etag);
    const cookie = collapsed ? undefined : exchange.answer?.headers['set-cookie'];
    for (const line of cookie?.split('\n') ?? []) extra.push('Set-Cookie', line);
    const contentType = answered.clean ? type : answered.contentType;
    return this.replies.answer(answered.status, contentType, answered.body, get, status, extra);
  }
}
