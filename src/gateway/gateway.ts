import { QueryAnswerer, hit } from './query';
import type { Generation } from './schema-snapshot';
import { accepted, type Accepted } from './media-type';
import { changesSomething, joinBatch } from './batch';
import { PastTheCache } from './uncached';
import { readParams, type GraphQLParams } from './params';
import type { JourneyParts } from './deps';
import { Replies } from './replies';
import { header, noting, type GatewayRequest, type Reply, type Witness } from './request';
import { EntryServer } from './reply-from-entry';
import { MutateElsewhere } from './forward-mutation';
import { ask, type Asked } from '../operation/bound-operation';

/**
 * What a request meets, in the order it meets it:
 *
 *   request
 *   ├─ seen before, byte for byte? ── the answer is in memory and fresh ──────────────> hit
 *   ├─ read it                     ── no GraphQL request, wrong method or media type ─> error
 *   ├─ know its operation          ── invalid, or beyond a limit ─────────────────────> error
 *   ├─ a mutation, another region's ─ sent on to it, its purge applied here ──────────> its answer
 *   ├─ a mutation                  ── upstream, then the purge is acknowledged ───────> answer with a token
 *   └─ a query                     ── may its answer be shared, and with whom?
 *      ├─ no                       ── upstream ───────────────────────────────────────> bypass
 *      └─ yes                      ── memory, Redis, or one flight upstream, stored ──> hit or miss
 *
 * A fault of the cache is a miss; a fault of ours is an error that says nothing of us. See `gateway/`.
 */
export class Gateway {
  /** all that belongs to the current schema; undefined until it was read once */
  generation: Generation | undefined;
  readonly #replies: Replies;
  readonly #entries: EntryServer;
  readonly #queries: QueryAnswerer;
  readonly #past: PastTheCache;
  readonly #elsewhere: MutateElsewhere | undefined;

  constructor(readonly parts: JourneyParts) {
    const { settings, sessions } = parts;
    const varying = [...settings.vary, ...(sessions.header ? [sessions.header] : [])];
    this.#replies = new Replies(parts.region, varying);
    this.#entries = new EntryServer(parts, this.#replies);
    this.#queries = new QueryAnswerer(parts, this.#replies, this.#entries);
    this.#past = new PastTheCache(parts, this.#replies);
    this.#elsewhere = parts.elsewhere && new MutateElsewhere(parts.elsewhere, parts.purges, this.#replies);
  }

  /** Answers a request: at once when it is a hit in memory. Never throws and never rejects. */
  handle(request: GatewayRequest): Reply | Promise<Reply> {
    const { generation } = this;
    if (!generation) return this.#replies.error('NOT_READY', 'application/json');
    const asked = generation.recall(request);
    const unseen = asked && !this.parts.watcher.wants(asked, request);
    const found = unseen ? hit(this.parts, this.#entries, asked, request) : undefined;
    return found ?? this.#travel(generation, request, asked);
  }

  async #travel(generation: Generation, request: GatewayRequest, asked: Asked | undefined): Promise<Reply> {
    const takes = accepted(header(request, 'accept'));
    try {
      return asked
        ? await this.#answer(generation, asked, request, takes)
        : await this.#read(generation, request, takes);
    } catch (error) {
      this.parts.fault(error);
      return this.#replies.error('INTERNAL', takes.json ?? 'application/json');
    }
  }

  /** Reads what a request asks and remembers it. */
  async #read(generation: Generation, request: GatewayRequest, takes: Accepted): Promise<Reply> {
    const type = takes.json ?? 'application/json';
    if (request.method !== 'POST' && request.method !== 'GET' && request.method !== 'HEAD') {
      return this.#replies.error('METHOD_NOT_ALLOWED', type, undefined, ['Allow', 'GET, HEAD, POST']);
    }
    if (request.method === 'GET' && takes.page && !/(^|&)(query|extensions)=/.test(request.search)) {
      return this.#past.page(generation, request);
    }
    const params = readParams(request, this.parts.settings.maxBatch);
    if (params.kind === 'error') return this.#replies.error(params.code, type, params.detail);
    if (params.kind === 'batch') {
      return takes.json
        ? this.#batch(generation, params.params, request, takes)
        : this.#replies.error('NOT_ACCEPTABLE', type);
    }
    return this.#one(generation, await this.#withText(params.params), request, takes, true);
  }

  /** Each operation is looked up by itself; with a change among them they run one after another, as they were written. */
  async #batch(
    generation: Generation,
    given: readonly GraphQLParams[],
    request: GatewayRequest,
    takes: Accepted,
  ): Promise<Reply> {
    const parts = await Promise.all(given.map((params) => this.#withText(params)));
    const changes = await changesSomething(generation.catalogue, parts);
    if (changes && this.#elsewhere) return this.#elsewhere.send(request);
    const type = takes.json!;
    // Answers that are joined have to be whole.
    const whole = noting(request, { isPart: true });
    if (!changes)
      return joinBatch(
        await Promise.all(parts.map((part) => this.#one(generation, part, whole, takes))),
        type,
      );
    const replies: Reply[] = [];
    for (const part of parts) replies.push(await this.#one(generation, part, whole, takes));
    return joinBatch(replies, type);
  }

  /** With the text of the document that it names by hash or id. */
  async #withText(params: GraphQLParams): Promise<GraphQLParams> {
    const found = await this.parts.persisted.find(params);
    return 'code' in found
      ? { ...params, query: undefined, refusal: found.code }
      : { ...params, query: found.text };
  }

  async #one(
    generation: Generation,
    params: GraphQLParams,
    request: GatewayRequest,
    takes: Accepted,
    alone = false,
  ): Promise<Reply> {
    const type = takes.json ?? 'application/json';
    if (params.refusal) return this.#replies.error(params.refusal, type);
    if (params.query === undefined)
      return this.#replies.error('BAD_REQUEST', type, params.problem ?? 'There is no `query`.');
    const operation = generation.catalogue.find(params.query, params.operationName);
    if ('errors' in operation) return this.#past.refuse(generation, operation, takes);
    const asked = ask(operation, params.variables);
    if (alone) generation.remember(request, asked);
    else if (operation.incremental || operation.kind === 'subscription')
      return this.#replies.error('BAD_REQUEST', type, 'A batch holds no answers that come in parts.');
    return this.#answer(generation, asked, request, takes);
  }

  #answer(
    generation: Generation,
    asked: Asked,
    request: GatewayRequest,
    takes: Accepted,
  ): Promise<Reply> | Reply {
    return this.parts.watcher.wants(asked, request)
      ? this.#answerSeen(generation, asked, request, takes)
      : this.#answerUnseen(generation, asked, request, takes);
  }

  async #answerSeen(
    generation: Generation,
    asked: Asked,
    request: GatewayRequest,
    takes: Accepted,
  ): Promise<Reply> {
    const { watcher, now } = this.parts;
    const witness: Witness = { began: now() };
    const reply = await this.#answerUnseen(generation, asked, noting(request, { witness }), takes);
    return watcher.seen(asked, request, witness, reply);
  }

  /** By what kind of operation it is. */
  #answerUnseen(
    generation: Generation,
    asked: Asked,
    request: GatewayRequest,
    takes: Accepted,
  ): Promise<Reply> | Reply {
    const { kind, incremental } = asked.operation;
    if (kind === 'mutation' && request.method !== 'POST') {
      return this.#replies.error('METHOD_NOT_ALLOWED', takes.json ?? 'application/json', undefined, [
        'Allow',
        'POST',
      ]);
    }
    if (kind === 'mutation' && this.#elsewhere) return this.#elsewhere.send(request);
    const inParts = takes.stream && (incremental || kind === 'subscription' || !takes.json);
    if (inParts || (kind === 'subscription' && takes.json))
      return this.#past.stream(generation, asked, request);
    if (!takes.json) return this.#replies.error('NOT_ACCEPTABLE', 'application/json');
    if (kind === 'mutation') return this.#past.mutate(generation, asked, request, takes.json);
    return this.#queries.answer(generation, asked, request, takes.json);
  }
}
