import type { Entry } from '../cache/entry';
import { AS_IT_IS, formsFor, matchEtag, represent } from './representation';
import type { Reason } from '../report/reason';
import type { CacheStatus } from '../report/cache-status';
import type { Journey, Lookup } from './decide';
import { judged, secondsLeft } from '../cache/lookup';
import type { JourneyParts } from './deps';
import type { Replies } from './replies';
import { header, type GatewayRequest, type Reply } from './request';
import { tokenHeaders, type Token } from './token';

/** Answers with entries: it does not ask whether that is allowed. */
export class EntryServer {
  constructor(
    readonly parts: JourneyParts,
    readonly replies: Replies,
  ) {}

  /**
   * @param now milliseconds, of the clock that entries carry
   * @param why it is served though it is stale
   */
  serve(
    entry: Entry,
    scope: Lookup['scope'],
    now: number,
    { request, type, holder }: Pick<Journey, 'request' | 'type'> & Partial<Pick<Journey, 'holder'>>,
    why?: Reason,
  ): Reply {
    const { compressor, observe } = this.parts;
    const status: CacheStatus = { kind: 'hit', ttl: secondsLeft(entry, now), why };
    observe(status);
    holder?.shows(entry);
    if (request.witness) Object.assign(request.witness, { status, entry });
    const age = Math.max(0, Math.floor((now - entry.answeredAt) / 1000));
    const forms = compressor ? formsFor(request, scope) : AS_IT_IS;
    const representation = represent(entry, forms, compressor);
    const get = request.method !== 'POST';
    if (get) {
      const etag = matchEtag(header(request, 'if-none-match'), entry.etag, forms, representation.form);
      if (etag !== undefined) return this.replies.notModified(etag, age, status);
    }
    return this.replies.entry(representation, entry.etag, age, type, get, status);
  }

  /** Which ETag of an entry, in a form it accepts, a client says it has; undefined: none. */
  etagHeld(entry: Entry, scope: Lookup['scope'], request: GatewayRequest): string | undefined {
    const forms = this.parts.compressor ? formsFor(request, scope) : AS_IT_IS;
    return matchEtag(header(request, 'if-none-match'), entry.etag, forms, 'identity');
  }

  /**
   * RFC 5861 4: an entry stands in for an upstream that failed, never one that is known to be purged (P22).
   * @returns undefined when this one may not
   */
  serveInstead(entry: Entry, scope: Lookup['scope'], journey: Journey): Reply | undefined {
    const now = this.parts.now();
    const found = judged(entry, this.parts.purges.table, now);
    const usable = found.kind === 'miss' ? found.fallback : found.entry;
    return usable && this.serve(usable, scope, now, journey, 'error');
  }

  /** The reply to a client that sent a token, with its next one. */
  withToken(reply: Reply, token: Token): Reply {
    return { ...reply, headers: [...reply.headers, ...tokenHeaders(token, this.parts.settings.tokenCookie)] };
  }
}
