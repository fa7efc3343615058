import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ShortcutConnection, type Owner } from './connection';
import { MessageReader } from './read-message';

const shortcuts = new WeakMap<Server, Shortcut>();

/** The short cut of a server that has one. */
export function shortcutOf(server: Server): Shortcut | undefined {
  return shortcuts.get(server);
}

/**
 * A way past node:http for requests of the usual form. Reading a request with node's parser, and writing its reply
 * through a ServerResponse, costs three times what a hit does in between. What is answered, and how, is the same.
 */
export class Shortcut implements Owner {
  readonly reader = new MessageReader();
  readonly #connections = new Map<Socket, ShortcutConnection>();
  /** how long a connection may be idle, as its clients are told */
  readonly keepAliveSeconds: number;
  #closed: Promise<void> | undefined;
  #isEnding = false;
  #whenQuiet: (() => void) | undefined;

  /** @param answer see {@link Owner.answer} */
  constructor(
    server: Server,
    readonly answer: Owner['answer'],
  ) {
    shortcuts.set(server, this);
    this.keepAliveSeconds = Math.floor(server.keepAliveTimeout / 1000);
    server.on('connection', (socket: Socket) => {
      this.#connections.get(socket)?.handOver();
      if (!this.#closed) this.#connections.set(socket, new ShortcutConnection(socket, this));
    });
  }

  /** node:http has read a request. */
  nodeAnswers({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#connections.get(socket)?.nodeAnswers(response);
  }

  /** Each answer is now the last on its connection. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Leaves all connections to node:http. Resolves once no answer is under way here any more. */
  close(): Promise<void> {
    if (this.#closed) return this.#closed;
    for (const connection of this.#connections.values()) connection.leave();
    this.#closed = this.#isBusy()
      ? new Promise<void>((resolve) => (this.#whenQuiet = resolve))
      : Promise.resolve();
    return this.#closed;
  }

  /** The same, and from now on each answer is the last on its connection, and says so (RFC 9112 9.6). */
  end(): Promise<void> {
    this.#isEnding = true;
    return this.close();
  }

  settled(): void {
    if (this.#whenQuiet && !this.#isBusy()) this.#whenQuiet();
  }

  closed({ socket }: ShortcutConnection): void {
    this.#connections.delete(socket);
    this.settled();
  }

  #isBusy(): boolean {
    for (const { isBusy } of this.#connections.values()) if (isBusy) return true;
    return false;
  }
}
