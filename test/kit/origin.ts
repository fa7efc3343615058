/**
 * The little shop behind HTTP: a GraphQL API in this process that counts, and can be held, fail, lie and lag.
 *
 *   const origin = cleanup.add(await startOrigin());
 *   const held = origin.hold('product');      // answers of this root field wait, with what they read already in them
 *   await held.arrived;
 *   origin.change((data) => { ... });
 *   held.release();
 *   expect(origin.count('product')).toBe(1);
 *
 * A failing origin executes first and spoils its answer then: for a mutation that is the hard case, a change that was
 * made and not reported.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ExecutionResult } from 'graphql';
import { createHandler } from 'graphql-http';
import type { Hold, HoldOptions } from './hold';
import { LocalServer } from './local-server';
import { Shop } from './shop';
import type { ShopData } from './shop-data';
import { pause } from './until';

/**
 * `500`, `html`: an answer that is no GraphQL. `truncated`: half of the JSON, then the end. `destroy`: the connection
 * breaks without an answer. `errors`: GraphQL errors and no data. `hang`: no answer until the fault ends.
 */
export type Fault = '500' | 'html' | 'truncated' | 'destroy' | 'errors' | 'hang';

/** What the origin received. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type AnswerHeaders = Record<string, string | string[]>;

export class Origin {
  readonly shop: Shop;
  /** The last hundred requests, the newest last. */
  readonly received: Received[] = [];
  /** Laid over the headers of every answer, whatever it was asked with or by that. */
  answerHeaders: AnswerHeaders | ((asked: IncomingMessage['headers']) => AnswerHeaders) = {};
  /** In the place of the status of every answer that is GraphQL. */
  answerStatus: number | undefined;
  /** Milliseconds every answer takes longer. */
  serviceTime = 0;
  readonly #server: LocalServer;
  readonly #handle;
  #fault: { kind: Fault; times: number } | undefined;
  #recover: () => void = () => {};
  #recovered: Promise<void> = Promise.resolve();
  #lie: ((truth: ExecutionResult) => unknown) | undefined;

  /** Use {@link startOrigin}. */
  constructor(data?: ShopData) {
    this.shop = new Shop(data);
    this.#handle = createHandler<IncomingMessage, undefined, { headers: IncomingMessage['headers'] }>({
      schema: this.shop.schema,
      context: (request) => ({ headers: request.raw.headers }),
    });
    this.#server = new LocalServer((request, response) => this.#serve(request, response));
  }

  get port(): number {
    return this.#server.port;
  }

  get url(): string {
    return this.#server.url;
  }

  get data(): Readonly<ShopData> {
    return this.shop.data;
  }

  /** See {@link Shop.change}. */
  change<T>(edit: (data: ShopData) => T): T {
    return this.shop.change(edit);
  }

  /** How often a root field was asked for; without a name: HTTP requests. */
  count(field = 'operations'): number {
    return this.shop.count(field);
  }

  resetCounts(): void {
    this.shop.resetCounts();
  }

  /** See {@link Shop.hold}. */
  hold(field: string, options?: HoldOptions): Hold {
    return this.shop.hold(field, options);
  }

  /** See {@link Shop.lag}. */
  lag(changes: number): void {
    this.shop.lag(changes);
  }

  /** Spoils the next answers. @param times how many; default all until {@link recover} */
  fail(kind: Fault, times = Infinity): void {
    this.recover();
    this.#fault = { kind, times };
    this.#recovered = new Promise((resolve) => (this.#recover = resolve));
  }

  /** Ends {@link fail} and {@link lie}. What hangs is answered. */
  recover(): void {
    this.#fault = undefined;
    this.#lie = undefined;
    this.#recover();
  }

  /** Answers something else than the truth, with status 200. */
  lie(answer: (truth: ExecutionResult) => unknown): void {
    this.#lie = answer;
  }

  async listen(port = 0): Promise<void> {
    await this.#server.listen(port);
  }

  /** Answers what hangs, breaks what is still open, and ends. */
  async close(): Promise<void> {
    this.recover();
    await this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that goes away while it sends is no fault of ours.
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const { method = '', url = '', headers } = request;
    this.received.push({ method, url, headers, body: body.toString() });
    if (this.received.length > 100) this.received.shift();
    this.shop.tally('operations');
    // The fault of the moment the request came, so that what is held fails as it was told to.
    const fault = this.#takeFault();
    const [text, init] = await this.#handle({
      method,
      url,
      headers,
      body: body.toString(),
      raw: request,
      context: undefined,
    });
    if (this.serviceTime > 0) await pause(this.serviceTime);
    if (fault === 'hang') await this.#recovered;
    if (fault === 'destroy') return void request.socket.destroy();
    this.#answer(response, fault, text ?? '', init.status, init.headers ?? {});
  }

  #answer(
    response: ServerResponse,
    fault: Fault | undefined,
    text: string,
    status: number,
    headers: Readonly<Record<string, string>>,
  ): void {
    const { answerHeaders: added } = this;
    const all = { ...headers, ...(typeof added === 'function' ? added(response.req.headers) : added) };
    const said = this.answerStatus;
    if (fault === '500') response.writeHead(500, { ...all, 'content-type': 'text/plain' }).end('down');
    else if (fault === 'html')
      response.writeHead(200, { ...all, 'content-type': 'text/html' }).end('<h1>It works</h1>');
    else if (fault === 'truncated') response.writeHead(status, all).end(text.slice(0, text.length / 2));
    else if (fault === 'errors')
      response.writeHead(said ?? 200, all).end('{"errors":[{"message":"the shop is closed"}]}');
    else if (this.#lie) response.writeHead(said ?? 200, all).end(JSON.stringify(this.#lie(JSON.parse(text))));
    else response.writeHead(said ?? status, all).end(text);
  }

  #takeFault(): Fault | undefined {
    const fault = this.#fault;
    if (!fault) return undefined;
    if (--fault.times <= 0) this.#fault = undefined;
    return fault.kind;
  }
}

export async function startOrigin(data?: ShopData): Promise<Origin> {
  const origin = new Origin(data);
  await origin.listen();
  return origin;
}
