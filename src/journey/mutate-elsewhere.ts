import { request as send, type Dispatcher } from 'undici';
import type { Purges } from '../purge/purges';
import { EVERYTHING } from '../purge/tag';
import type { CacheStatus } from './cache-status';
import { FORWARDED_HEADER, formatForwarded } from './forwarded-header';
import { accepted } from './media-type';
import { parsePurged, PURGED_HEADER } from './purged-header';
import type { Replies } from './replies';
import { header, type GatewayRequest, type Reply } from './request';

/** How a mutation reaches the region where mutations run. */
export interface ElsewhereParts {
  readonly region: string;
  readonly primaryRegion: string;
  /** GraphQL URL of that region's gateway; undefined where only fly-replay can reach it */
  readonly primaryUrl: string | undefined;
  readonly flyReplay: boolean;
  /** request headers that go along, lower-case names */
  readonly headers: readonly string[];
  /** milliseconds */
  readonly timeoutMs: number;
  /** milliseconds to wait for the log where the answer could not carry the purge */
  readonly waitMs: number;
  readonly dispatcher: Dispatcher;
  /** what all gateways share and no client knows */
  readonly secret: string | undefined;
}

/** Fly's proxy replays requests of up to 1 MB. */
const LONGEST_REPLAY = 1_000_000;

const MUTATION: CacheStatus = { kind: 'forwarded', fwd: 'method', why: 'mutation' };

/** Mutations of a region in which none may run. Batches with a mutation in them go as a whole. */
export class MutateElsewhere {
  constructor(
    readonly parts: ElsewhereParts,
    readonly purges: Purges,
    readonly replies: Replies,
  ) {}

  async send(request: GatewayRequest): Promise<Reply> {
    const type = accepted(header(request, 'accept')).json ?? 'application/json';
    if (header(request, FORWARDED_HEADER) !== undefined)
      return this.replies.error('MUTATION_MISROUTED', type);
    if (this.#canReplay(request)) return this.#replay(type);
    const { primaryUrl } = this.parts;
    if (primaryUrl === undefined) return this.replies.error('PRIMARY_GATEWAY_UNREACHABLE', type);
    try {
      return await this.#forward(primaryUrl, request);
    } catch {
      // Whatever happened on the way, the change may have been made there; that region's gateway purges it then.
      return this.replies.error('PRIMARY_GATEWAY_UNREACHABLE', type);
    }
  }

  /** A request that Fly sent here in the primary's name, or could not replay, must not be replayed again. */
  #canReplay(request: GatewayRequest): boolean {
    if (!this.parts.flyReplay || request.body.length > LONGEST_REPLAY) return false;
    return (
      header(request, 'fly-replay-failed') === undefined && header(request, 'fly-replay-src') === undefined
    );
  }

  /** Fly's proxy sees the header and sends the request to the primary region instead; no client sees this answer. */
  #replay(type: string): Reply {
    const replay = `region=${this.parts.primaryRegion};state=mutation`;
    const body = '{"errors":[{"message":"This change is made in another region."}]}';
    return this.replies.answer(409, type, body, false, MUTATION, ['Fly-Replay', replay]);
  }

  async #forward(url: string, request: GatewayRequest): Promise<Reply> {
    const { parts } = this;
    const forwarded = formatForwarded(parts.region, parts.secret, request.body);
    const headers: Record<string, string> = { [FORWARDED_HEADER]: forwarded };
    for (const name of parts.headers) {
      const value = header(request, name);
      if (value !== undefined) headers[name] = value;
    }
    const answer = await send(url, {
      method: 'POST',
      headers,
      body: request.body,
      dispatcher: parts.dispatcher,
      headersTimeout: parts.timeoutMs,
      bodyTimeout: parts.timeoutMs,
    });
    const told = many(answer.headers[PURGED_HEADER.toLowerCase()]);
    // A gateway that was told nothing still knows that there was a purge, and where.
    for (const text of told.length > 0 ? told : many(answer.headers['lastmile-token']))
      await this.#learn(text);
    const extra: string[] = [];
    for (const name of ['Lastmile-Token', 'Set-Cookie']) {
      for (const value of many(answer.headers[name.toLowerCase()])) extra.push(name, value);
    }
    const contentType = one(answer.headers['content-type']) ?? 'application/json';
    const reply = this.replies.answer(answer.statusCode, contentType, answer.body, false, MUTATION, extra);
    return withFormerStatus(reply, one(answer.headers['cache-status']));
  }

  /** The purge is in this region's table before the answer leaves it. */
  async #learn(text: string): Promise<void> {
    const purged = parsePurged(text);
    if (!purged) return;
    const { position, purges } = purged;
    if (purges) return this.purges.table.applyAhead(position, purges);
    if (await this.purges.reached(position, this.parts.waitMs)) return;
    this.purges.table.applyAhead(position, [{ tag: EVERYTHING, kind: 'hard' }]);
  }
}

/** RFC 9211 2: a cache adds itself at the end of the list. */
function withFormerStatus(reply: Reply, former: string | undefined): Reply {
  if (former === undefined) return reply;
  const headers = [...reply.headers];
  const at = headers.indexOf('Cache-Status') + 1;
  headers[at] = `${former}, ${headers[at]!}`;
  return { ...reply, headers };
}

function one(value: string | string[] | undefined): string | undefined {
  return many(value)[0];
}

function many(value: string | string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
