import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LONGEST_HEAD, type Message, type MessageReader } from './read-message';

/** Whom a connection belongs to. */
export interface Owner {
  readonly reader: MessageReader;
  /** each answer is to be the last on its connection */
  readonly isEnding: boolean;
  readonly keepAliveSeconds: number;
  /** @returns false when node:http is to read the request; else {@link ShortcutConnection.answered} is called in the end */
  answer(message: Message, body: Buffer, connection: ShortcutConnection): boolean;
  /** Told when a connection has no answer under way any more. */
  settled(): void;
  closed(connection: ShortcutConnection): void;
}

type Listener = (chunk: Buffer) => void;

/**
 * A connection on which so many requests wait for their answers is not read on. What lay in one piece with the last of
 * them is read all the same.
 */
export const MOST_UNANSWERED = 100;

/**
 * Once node:http has read so many requests of one piece, the rest of it waits for the next turn of the event loop: a client
 * that does not wait for its answers can put a thousand into a piece (P47).
 */
export const MOST_IN_TURN = 16;

/** Bytes that node:http is given at a time: two dozen requests find room in them. */
const GIVEN_BYTES = 1024;

/**
 * One connection, whose requests are read in one of two ways: here, if a whole request of the usual form is in one
 * piece and is all there is, or by node:http. A request is read here only while node's parser is between two
 * messages. Once that is uncertain, node:http reads everything that follows.
 *
 * The first request always goes to node:http, which closes connections on which its parser never saw one
 * (`headersTimeout`).
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
  /** how many answers node owes */
  #unanswered = 0;
  /** how many requests it has read */
  #requests = 0;
  #isFirst = true;
  #isNodes = false;
  #isBusy = false;
  /** what comes next waits in the socket */
  #isHolding = false;
  /** enough was read in this turn; node:http, which knows nothing of it, wants more */
  #isResting = false;
  #onGone: (() => void)[] | undefined;
  readonly #whenClosed = (): void => this.#closed();

  constructor(
    readonly socket: Socket,
    readonly owner: Owner,
  ) {
    // While there is another listener, node:http takes what its own listener gets, and not what is in the socket.
    this.#nodes = socket.listeners('data') as Listener[];
    this.#receive = (chunk) => this.#take(chunk);
    this.#takeBack();
    socket.once('close', this.#whenClosed);
  }

  /** Its connection begins once more, and is another's to read. Nothing is under way here. */
  handOver(): void {
    this.socket.off('close', this.#whenClosed);
  }

  /** Whether an answer is under way here: node:http takes the connection for an idle one then. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** node:http has read a request, and this will be its answer. */
  nodeAnswers(response: ServerResponse): void {
    this.#response = response;
    this.#unanswered++;
    this.#requests++;
    response.once('close', () => {
      this.#unanswered--;
      this.#goOn();
    });
  }

  /** Calls back if the client goes away before its answer is written. */
  onGone(callback: () => void): void {
    (this.#onGone ??= []).push(callback);
  }

  /** A response of node:http, for a reply that comes in parts. @param isLast the connection ends with it */
  respond(method: string, isLast: boolean): ServerResponse {
    const request = new IncomingMessage(this.socket);
    Object.assign(request, { method, httpVersionMajor: 1, httpVersionMinor: 1, complete: true });
    const response = new ServerResponse(request);
    response.assignSocket(this.socket);
    response.once('finish', () => {
      response.detachSocket(this.socket);
      if (isLast) this.socket.end();
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

  /** Leaves all that still comes to node:http. */
  leave(): void {
    this.#isNodes = true;
  }

  #take(chunk: Buffer): void {
    if (this.#isHeld()) return this.#hold(chunk);
    const isBetween = this.#left === 0 && this.#begun === '';
    // If a client sends before node:http has answered, or after it has given up, node:http deals with it.
    if (isBetween && !this.#isFirst && !this.#response?.writableFinished) this.#isNodes = true;
    if (!isBetween || this.#isFirst || this.#isNodes) return this.#give(chunk);
    const read = this.owner.reader.read(chunk.toString('latin1', 0, LONGEST_HEAD));
    if (typeof read === 'string' || read.end !== chunk.length) return this.#give(chunk);
    this.#isBusy = true;
    if (this.owner.answer(read, chunk.subarray(read.bodyStart), this)) return;
    this.#isBusy = false;
    this.#give(chunk);
  }

  #isHeld(): boolean {
    return this.#isBusy || this.#isResting || this.#unanswered >= MOST_UNANSWERED;
  }

  /** Puts back what a client sends that does not wait for its answers. node:http will keep these in order. */
  #hold(chunk: Buffer): void {
    this.#isNodes = true;
    this.#isHolding = true;
    this.socket.pause();
    this.socket.unshift(chunk);
  }

  #goOn(): void {
    if (!this.#isHolding || this.#isHeld()) return;
    this.#isHolding = false;
    this.socket.resume();
  }

  /**
   * Hands a piece to node:http, with the connection: of an upgrade, or a CONNECT, node takes its own listener away and
   * lends its parser to another connection, and nothing more may come to either.
   */
  #give(chunk: Buffer): void {
    if (!this.#isNodes) this.#follow(chunk);
    const { socket } = this;
    for (const listener of this.#nodes) socket.on('data', listener);
    socket.removeListener('data', this.#receive);
    const rest = chunk.subarray(this.#giveSome(chunk));
    const isHandedOn = !this.#isListening();
    if (isHandedOn) this.#isNodes = true;
    else this.#takeBack();
    if (rest.length === 0) return;
    if (isHandedOn) {
      socket.unshift(rest);
      return;
    }
    // Where node has paused the connection, until its client takes its answers, it resumes it as well.
    if (socket.isPaused()) {
      this.#isNodes = true;
      socket.unshift(rest);
    } else this.#hold(rest);
    this.#isResting = true;
    setImmediate(() => {
      this.#isResting = false;
      this.#goOn();
    });
  }

  /** @returns how many bytes of it node has read in this turn */
  #giveSome(chunk: Buffer): number {
    const { socket } = this;
    const before = this.#requests;
    let given = 0;
    do {
      const piece = chunk.subarray(given, given + GIVEN_BYTES);
      for (const listener of this.#nodes) listener.call(socket, piece);
      given += piece.length;
      if (this.#requests - before >= MOST_IN_TURN || socket.isPaused()) break;
    } while (given < chunk.length && this.#isListening());
    return given;
  }

  #isListening(): boolean {
    const listeners = this.socket.listeners('data');
    return this.#nodes.every((listener) => listeners.includes(listener));
  }

  #takeBack(): void {
    for (const listener of this.#nodes) this.socket.removeListener('data', listener);
    this.socket.on('data', this.#receive);
  }

  /** Keeps count of what a piece makes of the message that node reads. */
  #follow(chunk: Buffer): void {
    if (this.#left > 0) this.#left -= chunk.length;
    else this.#begin(chunk);
    if (this.#left < 0) this.#isNodes = true;
  }

  /**
   * Finds out where the message ends that begins, or goes on, with a piece. What is read for it must be all that node was
   * given, or the beginning of it: were anything left out in between, node would count on from elsewhere.
   */
  #begin(chunk: Buffer): void {
    if (this.#begun === '') this.#response = undefined;
    this.#isFirst = false;
    const given = this.#begun.length + chunk.length;
    const text = this.#begun + chunk.toString('latin1', 0, LONGEST_HEAD);
    const read = this.owner.reader.read(text);
    this.#begun = '';
    if (typeof read === 'object') this.#left = read.end - given;
    else if (read === 'partial' && text.length === given) this.#begun = text;
    else this.#isNodes = true;
  }

  #settle(): void {
    this.#isBusy = false;
    this.#goOn();
    this.owner.settled();
  }

  #closed(): void {
    const gone = this.#onGone;
    this.#onGone = undefined;
    for (const callback of gone ?? []) callback();
    this.#isBusy = false;
    this.owner.closed(this);
  }
}
