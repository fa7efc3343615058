import type { Entry } from '../cache/entry';
import type { Position } from '../purge/position';
import type { Reason } from '../report/reason';
import type { CacheStatus } from './cache-status';
import type { Journey } from './journey';
import { judged, secondsLeft } from './look-up';
import type { JourneyParts } from './parts';
import { matchesEtag, type Replies } from './replies';
import { header, type Reply } from './request';
import { readTokenHeaders } from './token';

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

  /** The reply to a client that sent a token, with the newest one. */
  withToken(reply: Reply, token: Position, horizon: Position | undefined): Reply {
    const headers = readTokenHeaders(this.parts.purges, token, horizon, this.parts.settings.tokenCookie);
    return { ...reply, headers: [...reply.headers, ...headers] };
  }
}
