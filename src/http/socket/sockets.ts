import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type ServerOptions } from 'ws';
import type { WholeReply } from '../../gateway/request';
import type { ErrorCode } from '../../report/error';
import type { Cors } from '../cross-origin';
import { onceAnswered, refuseOn } from '../write-reply';
import { asksForSocket, handshakeProblem } from './handshake';
import { SUBPROTOCOL } from '../../json/socket-message';
import { SocketConnection, type SocketOwner } from './socket-connection';
import { withoutUpgrade } from './without-upgrade';

export interface SocketOptions {
  /** see {@link SocketOwner.parameters} */
  readonly parameters: readonly string[];
  /** WebSockets of this process */
  readonly maxSockets: number;
  /** see {@link SocketOwner.maxOperations} */
  readonly maxOperations: number;
  /** told of each that is refused because as many are open as may be */
  readonly refused?: () => void;
  /** milliseconds; default 3000 */
  readonly initMs?: number;
  /** milliseconds between two looks at who is still there; default 12,000 */
  readonly pingMs?: number;
}

/** The front that has them. */
export interface SocketFront {
  readonly path: string;
  /** of what an operation's message holds */
  readonly maxBodyBytes: number;
  readonly cors: Cors | undefined;
  readonly refuse: (code: ErrorCode) => WholeReply;
  readonly answer: SocketOwner['answer'];
  readonly fault: SocketOwner['fault'];
}

/** As long as most clients take an acknowledgement to be due, and as often as they ask for signs of life. */
const INIT_MS = 3000;
const PING_MS = 12_000;
/** Milliseconds a client has to say goodbye as well. */
const CLOSE_MS = 1000;
/** Bytes of a message around what it holds. */
const ENVELOPE = 1024;

const servers = new WeakMap<Server, Sockets>();

/** The WebSockets of a server that takes some. */
export function socketsOf(server: Server): Sockets | undefined {
  return servers.get(server);
}

/** WebSockets at the path of GraphQL: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export class Sockets implements SocketOwner {
  readonly parameters: readonly string[];
  readonly maxOperations: number;
  readonly initMs: number;
  readonly answer: SocketOwner['answer'];
  readonly fault: SocketOwner['fault'];
  readonly #connections = new Set<SocketConnection>();
  readonly #sockets: WebSocketServer;
  readonly #pings: NodeJS.Timeout;
  #isEnding = false;

  constructor(
    server: Server,
    readonly options: SocketOptions,
    readonly front: SocketFront,
  ) {
    servers.set(server, this);
    this.parameters = options.parameters;
    this.maxOperations = options.maxOperations;
    this.initMs = options.initMs ?? INIT_MS;
    this.answer = front.answer;
    this.fault = front.fault;
    this.#sockets = new WebSocketServer(settings(front.maxBodyBytes + ENVELOPE));
    this.#pings = setInterval(() => {
      for (const connection of this.#connections) connection.ping();
    }, options.pingMs ?? PING_MS).unref();
    server.once('close', () => clearInterval(this.#pings));
    server.on('upgrade', (opening: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', ignore).pause();
      // What came in one piece with it, and is not in `head`, goes back into the socket at the end of this turn.
      setImmediate(() => onceAnswered(socket, () => this.#upgrade(server, opening, socket, head)));
    });
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Closes all with 1001, each once the queries and mutations on it are answered. */
  end(): void {
    this.#isEnding = true;
    for (const connection of this.#connections) connection.end();
  }

  closed(connection: SocketConnection): void {
    this.#connections.delete(connection);
  }

  #upgrade(server: Server, opening: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (socket.destroyed) return;
    if (!asksForSocket(opening)) {
      socket.off('error', ignore);
      return withoutUpgrade(server, opening, socket, head);
    }
    const [path, search = ''] = (opening.url ?? '').split(/\?(.*)/s);
    const problem = this.#problem(opening, path!);
    if (problem) return refuseOn(socket, this.front.refuse(problem));
    this.#sockets.handleUpgrade(opening, socket, head, (ws) => {
      socket.off('error', ignore);
      this.#connections.add(new SocketConnection(ws, this, opening, search));
    });
    socket.resume();
  }

  #problem({ headers }: IncomingMessage, path: string): ErrorCode | undefined {
    if (path !== this.front.path) return 'NOT_FOUND';
    if (this.#isEnding) return 'TOO_MANY_SOCKETS';
    if (this.#connections.size >= this.options.maxSockets) {
      this.options.refused?.();
      return 'TOO_MANY_SOCKETS';
    }
    return handshakeProblem(headers, this.front.cors);
  }
}

/** @param maxPayload bytes of a message */
function settings(maxPayload: number): ServerOptions & { readonly closeTimeout: number } {
  return {
    noServer: true,
    clientTracking: false,
    // With it an idle socket takes a quarter of a megabyte.
    perMessageDeflate: false,
    maxPayload,
    closeTimeout: CLOSE_MS,
    // One message in a turn of the event loop: a client can put a thousand into a piece (P47).
    allowSynchronousEvents: false,
    handleProtocols: () => SUBPROTOCOL,
  };
}

/** A client that goes away during its handshake is no fault of ours. */
function ignore(): void {}
