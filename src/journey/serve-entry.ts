import type { Entry } from '../cache/entry';
import type { Reason } from '../report/reason';
import type { CacheStatus } from './cache-status';
import type { Journey } from './journey';
import { judged, secondsLeft } from './look-up';
import type { JourneyParts } from './parts';
import { matchesEtag, type Replies } from './replies';
import { header, type Reply } from './request';
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
    now: number,
    { request, type, holder }: Pick<Journey, 'request' | 'type'> & Partial<Pick<Journey, 'holder'>>,
    why?: Reason,
  ): Reply {
    const status: CacheStatus = { kind: 'hit', ttl: secondsLeft(entry, now), why };
    this.parts.observe(status);
    holder?.shows(entry.answeredAt);
    if (request.witness) Object.assign(request.witness, { status, entry });
    const get = request.method !== 'POST';
    const reply = this.replies.entry(entry, now, type, get, status);
    return get && matchesEtag(header(request, 'if-none-match'), entry.etag)
      ? this.replies.notModified(reply)
      : reply;
  }

  /**
   * RFC 5861 4: an entry stands in for an upstream that failed, never one that is known to be purged (P22).
   * @returns undefined when this one may not
   */
  serveInstead(entry: Entry, journey: Journey): Reply | undefined {
    const now = this.parts.now();
    const found = judged(entry, this.parts.purges.table, now);
    const usable = found.kind === 'miss' ? found.fallback : found.entry;
    return usable && this.serve(usable, now, journey, 'error');
  }

  /** The reply to a client that sent a token, with its next one. */
  withToken(reply: Reply, token: Token): Reply {
    return { ...reply, headers: [...reply.headers, ...tokenHeaders(token, this.parts.settings.tokenCookie)] };
  }
}
