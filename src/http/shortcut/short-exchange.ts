import { bodyStreamOf, type Reply, type WholeReply } from '../../gateway/request';
import { isThisMachine } from '../admin/access';
import type { HttpExchange } from '../exchange';
import { abandon, isLong, writeReply } from '../write-reply';
import type { ShortcutConnection } from './connection';
import { writeRawReply } from './raw-reply';
import type { Message } from './read-message';

/** One that was read, and is answered, past node:http. */
export class ShortExchange implements HttpExchange {
  readonly method: string;
  readonly headers: Message['headers'];
  readonly #connection: ShortcutConnection;
  #isBegun = false;

  constructor(
    message: Message,
    connection: ShortcutConnection,
    readonly search: string,
    readonly body: Buffer,
  ) {
    this.method = message.method;
    this.headers = message.headers;
    this.#connection = connection;
  }

  get isLocal(): boolean {
    return isThisMachine({ socket: this.#connection.socket, headers: this.headers });
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  get onAbort(): (callback: () => void) => void {
    return (callback) => this.#connection.onGone(callback);
  }

  write(reply: Reply, further: readonly string[], fault: (error: unknown) => void): void {
    const connection = this.#connection;
    const { socket } = connection;
    if (!socket.writable) {
      abandon(reply);
      return connection.answered();
    }
    const { isEnding: isLast, keepAliveSeconds } = connection.owner;
    if (bodyStreamOf(reply) || isLong(reply)) {
      this.#isBegun = true;
      // What node:http would report for its own connections.
      const kept = isLast ? further : [...further, 'Keep-Alive', `timeout=${keepAliveSeconds}`];
      const response = connection.respond(this.method, isLast);
      return writeReply(this.method, response, reply, { further: kept, fault });
    }
    writeRawReply(socket, reply as WholeReply, further, isLast ? undefined : keepAliveSeconds);
    if (isLast) socket.end();
    this.#isBegun = true;
    connection.answered();
  }

  cut(): void {
    this.#connection.socket.destroy();
  }
}
