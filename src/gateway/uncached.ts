import { Audience } from '../cache/single-flight';
import type { Exchange } from '../yoga/execution';
import type { Asked } from '../operation/bound-operation';
import type { Refusal } from '../operation/operation';
import { NO_SESSION } from './session';
import { forwarded, type CacheStatus } from '../report/cache-status';
import { headersFor } from './decide';
import { run } from './fill';
import { FORWARDED_HEADER, isSealed, formatPurged, PURGED_HEADER } from './forward-mutation';
import type { Generation } from './schema-snapshot';
import type { Accepted } from './media-type';
import type { JourneyParts } from './deps';
import type { Replies } from './replies';
import { header, type GatewayRequest, type Reply } from './request';
import { tokenHeaders } from './token';

/** Answers what is never looked up: mutations, answers in parts, what is no valid operation, the page for browsers. */
export class PastTheCache {
  constructor(
    readonly parts: JourneyParts,
    readonly replies: Replies,
  ) {}

  /** A mutation runs to its end, whoever hangs up: it may commit, and its purge must follow (P06). */
  async mutate(generation: Generation, asked: Asked, request: GatewayRequest, type: string): Promise<Reply> {
    const exchange = this.#exchange(asked, request, undefined);
    const answered = await run(generation.engine, exchange, type);
    if (request.witness) request.witness.exchange = exchange;
    const extra = this.#purgedHeaders(exchange, request);
    for (const line of exchange.answer?.headers['set-cookie']?.split('\n') ?? [])
      extra.push('Set-Cookie', line);
    return this.#reply(answered.status, answered.contentType, answered.body, 'mutation', extra);
  }

  /** What the answer says of a mutation's purge. */
  #purgedHeaders({ purged }: Exchange, request: GatewayRequest): string[] {
    if (!purged) return [];
    const token = { position: purged.position, open: undefined };
    const headers = tokenHeaders(token, this.parts.settings.tokenCookie);
    if (isSealed(header(request, FORWARDED_HEADER), this.parts.secret, request.body)) {
      headers.push(PURGED_HEADER, formatPurged(purged.position, purged.tags));
    }
    return headers;
  }

  /** Answers in parts are passed on as they come, and never stored. */
  async stream(generation: Generation, asked: Asked, request: GatewayRequest): Promise<Reply> {
    const audience = new Audience();
    audience.add(asked.operation.kind === 'mutation' ? undefined : request.onAbort);
    const exchange = this.#exchange(asked, request, audience);
    const response = await generation.engine.run(exchange, header(request, 'accept') ?? '*/*');
    const { kind } = asked.operation;
    const contentType = response.headers.get('content-type') ?? 'text/plain';
    const body = (response.body as AsyncIterable<Uint8Array> | null) ?? '';
    const extra = this.#purgedHeaders(exchange, request);
    return this.#reply(response.status, contentType, body, kind === 'query' ? 'incremental' : kind, extra);
  }

  async refuse(generation: Generation, refusal: Refusal, takes: Accepted): Promise<Reply> {
    const type = takes.json ?? 'application/json';
    const exchange = { ...this.#exchange(undefined, undefined, undefined), refusal };
    const { status, contentType, body } = await run(generation.engine, exchange, type);
    return this.#reply(status, contentType, body, 'invalid');
  }

  async page(generation: Generation, request: GatewayRequest): Promise<Reply> {
    const response = await generation.engine.page(header(request, 'accept') ?? '*/*');
    const contentType = response.headers.get('content-type') ?? 'text/html';
    return this.#reply(response.status, contentType, await response.text(), 'introspection');
  }

  #exchange(
    asked: Asked | undefined,
    request: GatewayRequest | undefined,
    signal: Audience | undefined,
  ): Exchange {
    return {
      asked,
      refusal: undefined,
      scope: 'bypass',
      headers: request ? headersFor(request, 'bypass', NO_SESSION, this.parts.settings) : {},
      signal,
      wantsExtensions: request !== undefined && header(request, 'lastmile-extensions') === '1',
    };
  }

  #reply(
    status: number,
    contentType: string,
    body: Reply['body'],
    why: 'mutation' | 'subscription' | 'incremental' | 'invalid' | 'introspection',
    extra: readonly string[] = [],
  ): Reply {
    const cacheStatus: CacheStatus = { kind: 'forwarded', fwd: forwarded(why), why };
    this.parts.observe(cacheStatus);
    return this.replies.answer(status, contentType, body, false, cacheStatus, extra);
  }
}
