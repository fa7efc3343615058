import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LONGEST_HEAD, type Message, type MessageReader } from './read-message';

/** Whom a connection belongs to. */
export interface Owner {
  readonly reader: MessageReader;
  /** @returns false when node:http is to read the request; else {@link ShortcutConnection.answered} is called in the end */
  answer(message: Message, body: Buffer, connection: ShortcutConnection): boolean;
  /** Told when a connection has no answer under way any more. */
  settled(): void;
  closed(connection: ShortcutConnection): void;
}

type Listener = (chunk: Buffer) => void;

/**
 * One connection, whose requests are read in either of two ways: here, when a whole request of the usual form lies in one
 * piece and is all there is, or by node:http. A request is read here only while node's parser stands between two
 * messages. Where that cannot be known any more, node:http has the connection to its end.
 *
 * The first request is always node's: it closes connections on which its parser never saw one (`headersTimeout`).
 */
export class ShortcutConnection {
  readonly #nodes: readonly Listener[];
  readonly #receive: Listener;
  /** all that node has been given of a message whose end is not known yet */
  #begun = '';
  /** bytes that node has still to be given of the message it reads */
  #left = 0;
  /** node's answer to what it was given last */
  #response: ServerResponse | undefined;
  #isFirst = true;
  #isBusy = false;
  #isLeaving = false;
  /** what came before the answer to what came before it */
  readonly #early: Buffer[] = [];
  #onGone: (() => void)[] | undefined;

  constructor(
    readonly socket: Socket,
    readonly owner: Owner,
  ) {
    // While anybody else listens, node:http takes what its own listener is told, and not what lies in the socket.
    this.#nodes = socket.listeners('data') as Listener[];
    for (const listener of this.#nodes) socket.removeListener('data', listener);
    this.#receive = (chunk) => this.#take(chunk);
    socket.on('data', this.#receive);
    socket.once('close', () => this.#closed());
  }

  /** Whether an answer is under way here: node:http takes the connection for an idle one then. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** node:http has read a request, and this will be its answer. */
  nodeAnswers(response: ServerResponse): void {
    this.#response = response;
  }

  /** Calls back if the client goes away before its answer is written. */
  onGone(callback: () => void): void {
    (this.#onGone ??= []).push(callback);
  }

  /** A response of node:http, for a reply that comes in parts. */
  respond(method: string): ServerResponse {
    const request = new IncomingMessage(this.socket);
    Object.assign(request, { method, httpVersionMajor: 1, httpVersionMinor: 1 });
    const response = new ServerResponse(request);
    response.assignSocket(this.socket);
    response.once('finish', () => {
      response.detachSocket(this.socket);
      this.answered();
    });
    return response;
  }

  /** A reply is written. The next request is read once the client has taken it. */
  answered(): void {
    this.#onGone = undefined;
    if (!this.socket.writableNeedDrain) return this.#settle();
    this.#isBusy = true;
    this.socket.once('drain', () => this.#settle());
  }

  /** Leaves the connection to node:http, once the answer under way is written. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    if (!this.#isBusy) this.#leaveNow();
  }

  #take(chunk: Buffer): void {
    if (this.#isBusy) {
      // A client that does not wait for its answers: node:http keeps them in order.
      this.#early.push(chunk);
      this.socket.pause();
      return this.leave();
    }
    if (this.#left > 0 || this.#begun !== '') return this.#give(chunk);
    // Whoever sends before node has answered, or after it has given up, is node's to deal with.
    if (!this.#isFirst && !this.#response?.writableFinished) this.#isLeaving = true;
    if (this.#isFirst || this.#isLeaving) return this.#give(chunk);
    const read = this.owner.reader.read(chunk.toString('latin1', 0, LONGEST_HEAD));
    if (typeof read === 'string' || read.end !== chunk.length) return this.#give(chunk);
    this.#isBusy = true;
    if (this.owner.answer(read, chunk.subarray(read.bodyStart), this)) return;
    this.#isBusy = false;
    this.#give(chunk);
  }

  /** Hands a piece to node:http, and keeps count of what that makes of the message it reads. */
  #give(chunk: Buffer): void {
    if (this.#left > 0) this.#left -= chunk.length;
    else this.#follow(chunk);
    if (this.#left < 0) this.#isLeaving = true;
    for (const listener of this.#nodes) listener.call(this.socket, chunk);
    if (this.#isLeaving) this.#leaveNow();
  }

  /**
   * Finds out where the message ends that begins, or goes on, with a piece. What is read for it must be all that node was
   * given, or the beginning of it: were anything left out in between, node would count on from elsewhere.
   */
  #follow(chunk: Buffer): void {
    if (this.#begun === '') this.#response = undefined;
    this.#isFirst = false;
    const given = this.#begun.length + chunk.length;
    const text = this.#begun + chunk.toString('latin1', 0, LONGEST_HEAD);
    const read = this.owner.reader.read(text);
    this.#begun = '';
    if (typeof read === 'object') this.#left = read.end - given;
    else if (read === 'partial' && text.length === given) this.#begun = text;
    else this.#isLeaving = true;
  }

  #settle(): void {
    this.#isBusy = false;
    if (this.#isLeaving) this.#leaveNow();
    this.owner.settled();
  }

  #leaveNow(): void {
    const { socket } = this;
    socket.removeListener('data', this.#receive);
    for (const listener of this.#nodes) socket.on('data', listener);
    if (this.#early.length === 0) return;
    socket.unshift(Buffer.concat(this.#early.splice(0)));
    socket.resume();
  }

  #closed(): void {
    const gone = this.#onGone;
    this.#onGone = undefined;
    for (const callback of gone ?? []) callback();
    this.#isBusy = false;
    this.owner.closed(this);
  }
}
