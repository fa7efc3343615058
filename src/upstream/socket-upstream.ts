import type { ExecutionResult } from 'graphql';
import { WebSocket } from 'ws';
import { writeJson } from '../json/exact-number';
import { readMessage, SUBPROTOCOL, writeMessage, type SocketMessage } from '../json/socket-message';
import { LastmileError, type ErrorCode } from '../report/error';
import { Deadline } from './call';
import { classifyFault, faultAnswer } from './fault';
import { readPart } from './graphql-result';
import { DEFAULT_MAX_ANSWER_BYTES, writeBody } from './http-upstream';
import { ResultStream } from './result-stream';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './upstream';
import { withParameters } from './with-parameters';

export interface SocketUpstreamOptions {
  /** ws or wss, http or https */
  readonly url: string;
  /** until it has acknowledged the connection */
  readonly timeoutMs: number;
  /** sent with every handshake, lower-case names; a forwarded header of the same name is sent instead */
  readonly headers?: Readonly<Record<string, string>>;
  /** of one event */
  readonly maxAnswerBytes?: number;
  /** milliseconds between two questions whether it is still there; default 12,000 */
  readonly pingMs?: number;
}

const PING_MS = 12_000;
/** Unread events, beyond which no more are read from the socket. */
const MOST_WAITING = 16;
/** The only operation of its connection. */
const ID = '1';

/** What an API says by closing a connection that it has not acknowledged, or has. */
const SAID_BY_CODE: ReadonlyMap<number, ErrorCode> = new Map([
  [4401, 'UPSTREAM_UNAUTHORISED'],
  [4403, 'UPSTREAM_FORBIDDEN'],
  [1013, 'UPSTREAM_UNAVAILABLE'],
  // RFC 6455 7.4: it goes away, the connection was lost, it restarts. It answered well until then.
  [1001, 'UPSTREAM_UNREACHABLE'],
  [1006, 'UPSTREAM_UNREACHABLE'],
  [1012, 'UPSTREAM_UNREACHABLE'],
]);

/**
 * Subscriptions of an API that speaks `graphql-transport-ws`, each on a connection of its own. What its client presented, in
 * headers or in the parameters of its connection, goes into the handshake and into `connection_init`: APIs look in either.
 */
export function createSocketUpstream(options: SocketUpstreamOptions): Upstream {
  const open = new Set<Subscription>();
  return {
    async execute(request) {
      const subscription = new Subscription(options, request);
      const deadline = new Deadline(options.timeoutMs, request.signal);
      open.add(subscription);
      void subscription.over.then(() => open.delete(subscription));
      deadline.onGiveUp = (why) => subscription.fail(why);
      if (deadline.reason) subscription.fail(deadline.reason);
      try {
        await subscription.acknowledged;
      } catch (error) {
        deadline.end();
        const fault = classifyFault(error, { givenUp: deadline.reason, responded: subscription.isReached });
        return refused(fault);
      }
      deadline.liftTime();
      deadline.onGiveUp = () => void subscription.return();
      return { result: new ResultStream(subscription, deadline), headers: {}, answered: true };
    },
    async close() {
      for (const subscription of open) subscription.fail(new LastmileError('ABANDONED'));
      await Promise.all([...open].map(({ over }) => over));
    },
  };
}

/** What says that it refused, and not that it failed, is an answer. */
function refused(fault: LastmileError): UpstreamAnswer {
  const { code, status } = fault;
  const answer = faultAnswer(fault);
  return code === 'UPSTREAM_UNAUTHORISED' || code === 'UPSTREAM_FORBIDDEN'
    ? { ...answer, answered: true, status }
    : answer;
}

/** One subscription and its connection. */
class Subscription implements AsyncIterator<ExecutionResult> {
  readonly acknowledged: Promise<void>;
  /** its connection is closed */
  readonly over: Promise<unknown>;
  /** the API has taken the WebSocket */
  isReached = false;
  readonly #ws: WebSocket;
  readonly #waiting: ExecutionResult[] = [];
  readonly #ping: NodeJS.Timeout;
  #isAlive = true;
  #isComplete = false;
  #fault: unknown;
  #wake: (() => void) | undefined;
  #acknowledge!: () => void;
  #refuse!: (error: unknown) => void;

  constructor(options: SocketUpstreamOptions, request: UpstreamRequest) {
    const headers = { ...options.headers, ...request.headers };
    // Written before there is a connection: what cannot be written fails this call alone.
    const opening = writeMessage('connection_init', undefined, writeJson(parametersOf(headers, request)));
    const ws = new WebSocket(withParameters(options.url, request.parameters ?? ''), SUBPROTOCOL, {
      headers,
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES,
    });
    this.#ws = ws;
    this.acknowledged = new Promise((resolve, reject) => {
      this.#acknowledge = resolve;
      this.#refuse = reject;
    });
    this.acknowledged.catch(() => {});
    this.over = new Promise((resolve) => ws.once('close', resolve));
    this.#ping = setInterval(() => this.#askWhetherAlive(), options.pingMs ?? PING_MS).unref();
    ws.once('open', () => {
      this.isReached = true;
      ws.send(opening);
    });
    ws.on('message', (data: Buffer) => this.#receive(readMessage(data.toString().trim()), request));
    ws.on('pong', () => (this.#isAlive = true));
    ws.on('unexpected-response', (call, { statusCode }) => {
      call.destroy();
      this.fail(
        new LastmileError('UPSTREAM_BAD_ANSWER', `status ${statusCode} to the handshake of a WebSocket`),
      );
    });
    ws.on('error', (error) => this.fail(faultOf(error)));
    ws.once('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  /** It is over, and this is why. The first reason counts. */
  fail(error: unknown): void {
    if (!this.#isComplete) this.#fault ??= error;
    this.#end();
    this.#ws.terminate();
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    for (;;) {
      const value = this.#waiting.shift();
      if (this.#ws.isPaused && this.#waiting.length < MOST_WAITING) this.#ws.resume();
      if (value) return { done: false, value };
      if (this.#fault !== undefined) throw this.#fault;
      if (this.#isComplete) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(writeMessage('complete', ID));
    this.#isComplete = true;
    this.#end();
    this.#ws.close(1000);
    return { done: true, value: undefined };
  }

  #receive(message: SocketMessage | undefined, request: UpstreamRequest): void {
    this.#isAlive = true;
    const payload = message?.payload ?? 'null';
    switch (message?.type) {
      case 'connection_ack':
        this.#ws.send(writeMessage('subscribe', ID, writeBody(request)));
        return this.#acknowledge();
      case 'ping':
        return this.#ws.send(writeMessage('pong', undefined, message.payload));
      case 'next':
        return this.#take(() => readPart(payload));
      case 'error':
        // A list of errors in place of a result.
        this.#take(() => readPart(`{"errors":${payload}}`));
        return this.#complete();
      case 'complete':
        return this.#complete();
    }
  }

  #take(read: () => ExecutionResult): void {
    try {
      this.#waiting.push(read());
    } catch (error) {
      return this.fail(error);
    }
    if (this.#waiting.length >= MOST_WAITING) this.#ws.pause();
    this.#wake?.();
  }

  #complete(): void {
    this.#isComplete = true;
    this.#end();
    this.#ws.close(1000);
  }

  #closed(code: number, reason: string): void {
    if (!this.#isComplete) {
      const said = SAID_BY_CODE.get(code) ?? 'UPSTREAM_BAD_ANSWER';
      this.#fault ??= new LastmileError(said, `the WebSocket was closed with ${code} ${reason}`);
    }
    this.#end();
  }

  #end(): void {
    clearInterval(this.#ping);
    this.#refuse(this.#fault);
    this.#wake?.();
  }

  #askWhetherAlive(): void {
    // What is not read says nothing of whether it is there.
    if (this.#ws.isPaused || this.#ws.readyState !== WebSocket.OPEN) return;
    if (!this.#isAlive) return this.fail(new LastmileError('UPSTREAM_TIMEOUT', 'no sign of life'));
    this.#isAlive = false;
    this.#ws.ping();
  }
}

/** The library's own errors have codes of their own, or none; all others are the connection's. */
function faultOf(error: Error & { readonly code?: unknown }): Error {
  const { code, message } = error;
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
    return new LastmileError('UPSTREAM_ANSWER_TOO_LARGE', message, { cause: error });
  const isOfLibrary = typeof code !== 'string' || code.startsWith('WS_ERR_');
  return isOfLibrary ? new LastmileError('UPSTREAM_BAD_ANSWER', message, { cause: error }) : error;
}

/**
 * What stands in `connection_init`: what was presented in headers, and the other parameters that the client gave. Where it wrote
 * a header in another case, or among `headers`, that says the same: an API may go by any of them.
 */
function parametersOf(
  headers: Readonly<Record<string, string>>,
  { connectionParams = {} }: UpstreamRequest,
): Record<string, unknown> {
  const { cookie: _, ...presented } = headers;
  const agreeing = (params: object): [string, unknown][] =>
    Object.entries(params).map(([name, value]) => [name, presented[name.toLowerCase()] ?? value]);
  const { headers: nested } = connectionParams;
  const params = Object.fromEntries(agreeing(connectionParams));
  if (typeof nested === 'object' && nested !== null && !Array.isArray(nested))
    params['headers'] = Object.fromEntries(agreeing(nested));
  return { ...params, ...presented };
}
