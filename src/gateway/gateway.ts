import { bind, type BoundOperation } from '../operation/bound-operation';
import { forwarded, outcomeOf } from '../report/cache-status';
import { RequestAccount } from '../report/access-log';
import { inSpan } from '../report/trace';
import { readBatch } from './batch';
import { Client } from './client';
import type { GatewayDeps } from './deps';
import { MutationForwarder } from './forward-mutation';
import { failed, type Outcome } from './outcome';
import { readParams, undeclaredPlace, type GraphQLParams } from './params';
import { QueryHandler, type Observed } from './query';
import { asksInBody, bodyBytesOf, METHODS, type GatewayRequest, type Reply } from './request';
import type { SchemaSnapshot } from './schema-snapshot';
import { createWarmth, type Warmth } from './warm/warmth';
import { Subscriptions } from './subscriptions';
import { answerInParts, answerMutation, answerRefusal, answerWithFiles } from './uncached';

/** In a URL: there is something to answer, whatever the client would rather see. */
const ASKS = /(^|&)(query|extensions)=/;
/** In a URL: a file of GraphiQL. */
const OF_PAGE = /^graphiql=/;

/** The error for a client that subscribes but accepts no streamed answer. */
const NO_STREAM: Outcome = {
  ...failed('NOT_ACCEPTABLE', {
    detail: 'A subscription is answered in `text/event-stream` or `multipart/mixed`: accept one of them.',
  }),
  status: { kind: 'forwarded', fwd: forwarded('subscription'), why: 'subscription' },
};

/**
 * What a request meets, in the order it meets it:
 *
 *   request
 *   ├─ seen before, byte for byte? ── it is known what it asks
 *   ├─ read it                     ── no GraphQL request, wrong method or media type ─> error
 *   ├─ know its operation          ── invalid, or beyond a limit ─────────────────────> error
 *   ├─ a mutation, another region's ─ sent on to it, its purge applied here ──────────> its answer
 *   ├─ a mutation                  ── upstream, then the purge is acknowledged ───────> answer with a token
 *   └─ a query                     ── may its answer be shared, and with whom? (rules.ts)
 *      ├─ no                       ── upstream ───────────────────────────────────────> bypass
 *      └─ yes                      ── memory, Redis, or one flight upstream, stored ──> hit or miss
 *
 * Each way ends with an outcome, and one renderer makes the reply of it. A hit in memory gets there without awaiting
 * anything. A fault of the cache is a miss; a fault of ours is an error that says nothing of us.
 */
export class Gateway {
  /** all that belongs to the current schema; undefined until it was read once */
  snapshot: SchemaSnapshot | undefined;
  readonly #queries: QueryHandler;
  readonly #subscriptions = new Subscriptions();
  readonly #forwarder: MutationForwarder | undefined;
  /** undefined: no warming */
  readonly warmth: Warmth | undefined;

  constructor(readonly deps: GatewayDeps) {
    this.#queries = new QueryHandler(deps);
    this.warmth = deps.warm && createWarmth(deps.warm, deps, this.#queries.flights, () => this.snapshot);
    this.#forwarder = deps.forwarding && new MutationForwarder(deps.forwarding, deps.region.purges);
  }

  /** Aborts background fetches. Requests under way are answered. */
  async close(): Promise<void> {
    this.#queries.flights.close();
    await this.warmth?.close();
  }

  /** Answers a request: at once when it is a hit in memory. Never throws and never rejects. */
  handle(request: GatewayRequest): Reply | Promise<Reply> {
    const { clients, region, tracer, access } = this.deps;
    const client = new Client(request, clients, region.now());
    if (!tracer && !access) return this.#handle(client);
    client.trace = tracer?.begin(client.header('traceparent'));
    if (access) client.account = new RequestAccount();
    const reply = this.#handle(client);
    return client.trace || access ? this.#leaving(client, reply) : reply;
  }

  #handle(client: Client): Reply | Promise<Reply> {
    const { snapshot } = this;
    try {
      if (!snapshot) return this.#render(failed('NOT_READY'), client);
      const bound = snapshot.recall(client.request);
      if (!bound) return this.#readLater(snapshot, client);
      // Nothing was awaited since it came: the clock need not be asked again.
      const outcome = this.#answer(snapshot, bound, client, client.beganAt);
      return outcome instanceof Promise
        ? this.#replyLater(outcome, client, bound)
        : this.#render(this.#counted(outcome, client, bound), client);
    } catch (error) {
      return this.#failed(error, client);
    }
  }

  /** Never rejects. */
  async #replyLater(outcome: Promise<Outcome>, client: Client, bound: BoundOperation): Promise<Reply> {
    try {
      return this.#render(this.#counted(await outcome, client, bound), client);
    } catch (error) {
      return this.#failed(error, client);
    }
  }

  /** It has still to be read what is asked. Never rejects. */
  async #readLater(snapshot: SchemaSnapshot, client: Client): Promise<Reply> {
    try {
      return await this.#read(snapshot, client);
    } catch (error) {
      return this.#failed(error, client);
    }
  }

  /** Tells those who want to know of a reply that begins to leave. */
  #leaving(client: Client, reply: Reply | Promise<Reply>): Reply | Promise<Reply> {
    if (reply instanceof Promise) return reply.then((made) => this.#leaving(client, made));
    const { trace, account, request } = client;
    const { status } = reply;
    trace?.end(status >= 500);
    if (!account) return reply;
    const bytes = request.method === 'HEAD' ? 0 : bodyBytesOf(reply);
    this.deps.access?.({
      method: request.method,
      status,
      ...account.line,
      ms: Math.round((this.deps.region.now() - client.beganAt) * 1000) / 1000,
      ...(bytes !== undefined && { bytes }),
      requestId: client.requestId,
      ...(trace && { traceId: trace.traceId }),
    });
    return reply;
  }

  #render(outcome: Outcome, client: Client): Reply {
    if (outcome.kind === 'error' && client.account) client.account.error = outcome.code;
    return this.deps.renderer.render(outcome, client);
  }

  #failed(error: unknown, client: Client): Reply {
    this.deps.fault(error, client.requestId);
    return this.#render(failed('INTERNAL'), client);
  }

  /** Reads what a request asks and remembers it. */
  async #read(snapshot: SchemaSnapshot, client: Client): Promise<Reply> {
    const { request, accepts } = client;
    const { method } = request;
    if (!asksInBody(method) && method !== 'GET' && method !== 'HEAD') {
      return this.#render(failed('METHOD_NOT_ALLOWED', { allow: METHODS }), client);
    }
    if (method === 'GET' && (accepts.page ? !ASKS.test(request.search) : OF_PAGE.test(request.search))) {
      const { page } = this.deps;
      return page
        ? page.answer(client, snapshot.catalogue.knowledge)
        : this.#render(failed('NOT_FOUND', { detail: 'GraphiQL is off here: see GRAPHIQL.' }), client);
    }
    const given = this.warmth?.service?.answer(client);
    if (given) return given;
    if (client.parameters === undefined) return this.#render(failed('URI_TOO_LONG'), client);
    const params = readParams(client, this.deps);
    if (params.kind === 'error') return this.#render(failed(params.code, { detail: params.detail }), client);
    if (params.kind === 'batch') return this.#batch(snapshot, params.params, client);
    const outcome = await this.#one(snapshot, await this.#withText(params.params), client, true);
    return this.#render(outcome, client);
  }

  /** Each operation is looked up by itself; with a change among them they run one after another, as they were written. */
  async #batch(snapshot: SchemaSnapshot, given: readonly GraphQLParams[], client: Client): Promise<Reply> {
    // Answers that are joined have to be whole.
    if (!client.accepts.json) return this.#render(failed('NOT_ACCEPTABLE'), client);
    const members = await Promise.all(given.map((params) => this.#withText(params)));
    let batch = await readBatch(snapshot.catalogue, members);
    if (batch.isUnfit) {
      snapshot = await this.#rechecked(snapshot);
      batch = await readBatch(snapshot.catalogue, members);
    }
    const { changes } = batch;
    if (changes && client.isSafe)
      return this.#render(failed('METHOD_NOT_ALLOWED', { allow: 'POST' }), client);
    if (changes && this.#forwarder)
      return this.#render(this.#counted(await this.#forward(this.#forwarder, client), client), client);
    const { renderer } = this.deps;
    if (!changes) {
      const all = members.map((member) => this.#one(snapshot, member, client, false));
      return renderer.batch(await Promise.all(all), client);
    }
    const outcomes: Outcome[] = [];
    for (const member of members) outcomes.push(await this.#one(snapshot, member, client, false));
    return renderer.batch(outcomes, client);
  }

  /** With the text of the document that it names by hash or id. */
  async #withText(params: GraphQLParams): Promise<GraphQLParams> {
    const found = await this.deps.persisted.find(params);
    if ('code' in found) return { ...params, query: undefined, refusal: found.code };
    return found.text === params.query ? params : { ...params, query: found.text };
  }

  /** @param alone it is all that the request asks */
  async #one(
    snapshot: SchemaSnapshot,
    params: GraphQLParams,
    client: Client,
    alone: boolean,
  ): Promise<Outcome> {
    if (params.refusal) return failed(params.refusal);
    if (params.query === undefined)
      return failed('BAD_REQUEST', { detail: params.problem ?? 'There is no `query`.' });
    let operation = snapshot.catalogue.find(params.query, params.operationName);
    // The batch was checked as a whole: which of its operations are mutations must not change now.
    if (alone && 'errors' in operation && operation.isBySchema) {
      snapshot = await this.#rechecked(snapshot);
      operation = snapshot.catalogue.find(params.query, params.operationName);
    }
    if ('errors' in operation) return this.#counted(await answerRefusal(snapshot, operation, client), client);
    const bound = bind(operation, params.variables, client.parameters);
    const { upload } = client.request;
    const detail =
      upload && operation.kind === 'subscription'
        ? 'A subscription takes no files.'
        : upload && undeclaredPlace(upload, bound.variables);
    if (detail !== undefined) return failed('BAD_UPLOAD', { detail });
    if (alone) snapshot.remember(client.request, bound);
    else if (operation.incremental || operation.kind === 'subscription')
      return failed('BAD_REQUEST', { detail: 'A batch holds no answers that come in parts.' });
    const outcome = await this.#answer(snapshot, bound, client, this.deps.region.now());
    return this.#counted(outcome, client, bound);
  }

  /** What is in use once it was asked whether upstream knows by now what is not valid here. */
  async #rechecked(snapshot: SchemaSnapshot): Promise<SchemaSnapshot> {
    await this.deps.recheckSchema();
    return this.snapshot ?? snapshot;
  }

  /** Answers an operation, and tells the observer. @param now monotonic milliseconds */
  #answer(
    snapshot: SchemaSnapshot,
    bound: BoundOperation,
    client: Client,
    now: number,
  ): Outcome | Promise<Outcome> {
    const isLogged = this.deps.observer?.wants(bound, client) === true;
    const observed: Observed = { isObserved: isLogged || client.debugs, isLogged, now };
    return observed.isObserved
      ? this.#observed(snapshot, bound, client, observed)
      : this.#dispatch(snapshot, bound, client, observed);
  }

  async #observed(
    snapshot: SchemaSnapshot,
    bound: BoundOperation,
    client: Client,
    observed: Observed,
  ): Promise<Outcome> {
    const { observer, explain } = this.deps;
    const { isLogged, now: began } = observed;
    const outcome = await this.#dispatch(snapshot, bound, client, observed);
    if (isLogged) observer?.observe(bound, client, outcome, began);
    return client.debugs
      ? { ...outcome, debug: explain(bound, outcome, { began, plans: snapshot.plans, isLogged }) }
      : outcome;
  }

  /** @param bound of an operation that is known */
  #counted(outcome: Outcome, client: Client, bound?: BoundOperation): Outcome {
    const { observe, region } = this.deps;
    const tookMs = region.now() - client.beganAt;
    const status = outcome.kind === 'error' ? undefined : outcome.status;
    observe(status, tookMs, bound?.operation.name, bound);
    const { trace, account } = client;
    account?.note(bound?.operation.name, status);
    if (!trace) return outcome;
    this.deps.observeTrace?.(status, tookMs, trace.traceId);
    trace.set({
      operation: bound?.operation.name,
      ...(bound && { kind: bound.operation.kind }),
      outcome: outcomeOf(status),
      reason: outcome.status.why,
      ...(outcome.kind === 'error' && { error: outcome.code }),
    });
    return outcome;
  }

  #forward(forwarder: MutationForwarder, client: Client): Promise<Outcome> {
    return inSpan(client.trace, 'forward', (span) => forwarder.send(client, span?.traceparent));
  }

  /** By what kind of operation it is. */
  #dispatch(
    snapshot: SchemaSnapshot,
    bound: BoundOperation,
    client: Client,
    observed: Observed,
  ): Outcome | Promise<Outcome> {
    const { kind, incremental } = bound.operation;
    const { json, stream } = client.accepts;
    if (kind === 'mutation') {
      if (client.request.method !== 'POST') return failed('METHOD_NOT_ALLOWED', { allow: 'POST' });
      if (this.#forwarder) return this.#forward(this.#forwarder, client);
    }
    if (incremental && client.request.isMessage)
      return failed('NOT_ACCEPTABLE', { detail: 'Send an operation with @defer or @stream by HTTP.' });
    if (kind === 'subscription')
      return stream || client.request.isMessage
        ? this.#subscriptions.answer(snapshot, bound, client)
        : NO_STREAM;
    if (stream && (incremental || !json)) return answerInParts(snapshot, bound, client, this.deps.secret);
    if (!json) return failed('NOT_ACCEPTABLE');
    if (kind === 'mutation') return answerMutation(snapshot, bound, client, this.deps.secret);
    if (client.request.upload) return answerWithFiles(snapshot, bound, client);
    return this.#queries.answer(snapshot, bound, client, observed);
  }
}
