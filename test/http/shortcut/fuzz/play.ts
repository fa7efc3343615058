/** Plays a stream to a front, and writes down what the front made of it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { turn, type Echo } from './echo';
import type { Piece } from './pieces';

/** Milliseconds without any event after which a stream counts as stuck. */
const STUCK = 10_000;
/** Turns of the event loop without any event after which no more is under way. */
const QUIET = 4;

/** What a front made of a stream. */
export interface Outcome {
  /** the requests that came to be answered, in any order: only answers have one */
  readonly handled: readonly string[];
  /** what the client was told: answers, headers in alphabetical order, without their date */
  readonly answers: readonly string[];
  /** the front ended the connection before the client did */
  readonly isCut: boolean;
  /** it did not end */
  readonly isStuck: boolean;
}

/** @param endsEarly see {@link Stream} */
export async function play(echo: Echo, pieces: readonly Piece[], endsEarly: boolean): Promise<Outcome> {
  echo.reset();
  const client = await Client.connect(echo);
  for (const { text, releases } of pieces) {
    if (client.isOver) break;
    await client.send(text);
    if (releases) await client.release();
  }
  if (endsEarly) await client.leave();
  else await client.waitForAll();
  const isCut = client.isCut && !endsEarly;
  await client.end();
  return { handled: echo.handled.sort(), answers: client.answers, isCut, isStuck: client.isStuck };
}

/** One connection to a front, seen from both ends. */
class Client {
  isStuck = false;
  #sent = 0;
  readonly #received: Buffer[] = [];

  private constructor(
    readonly echo: Echo,
    /** the client's end, and the front's */
    readonly near: Socket,
    readonly far: Socket,
  ) {
    near.on('data', (chunk: Buffer) => this.#received.push(chunk)).on('error', () => {});
  }

  static async connect(echo: Echo): Promise<Client> {
    const { server, port } = echo.front;
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const near = connect({ port, host: '127.0.0.1', noDelay: true });
    // Else the first piece would be sent while it connects, and not as one.
    await once(near, 'connect');
    const [far] = await accepted;
    return new Client(echo, near, far);
  }

  get isCut(): boolean {
    return this.near.destroyed;
  }

  get isOver(): boolean {
    return this.isStuck || this.isCut;
  }

  get answers(): string[] {
    return answersOf(Buffer.concat(this.#received).toString('latin1'));
  }

  /** Sends a piece, and waits for all that comes of it. */
  async send(text: string): Promise<void> {
    this.near.write(text, 'latin1');
    this.#sent += text.length;
    await this.#settle();
  }

  async release(): Promise<void> {
    this.echo.release();
    await this.#settle();
  }

  /** Half closes, and waits only for what is not held. */
  async leave(): Promise<void> {
    this.near.end();
    await this.#settle();
    await this.release();
    this.near.destroy();
  }

  /** Those that are held come one at a time where one waits for the other. */
  async waitForAll(): Promise<void> {
    let before = -1;
    while (before < this.echo.requests && !this.isStuck) {
      before = this.echo.requests;
      await this.release();
    }
  }

  async end(): Promise<void> {
    this.near.end();
    const limit = setTimeout(() => {
      this.isStuck = true;
      this.near.destroy();
    }, STUCK);
    if (this.isStuck) this.near.destroy();
    if (!this.near.closed) await once(this.near, 'close');
    clearTimeout(limit);
    this.far.destroy();
    if (!this.far.closed) await once(this.far, 'close');
  }

  /** Waits until nothing happens any more. */
  async #settle(): Promise<void> {
    let last = '';
    let quiet = 0;
    let since = performance.now();
    while (quiet < QUIET && !this.isStuck) {
      await turn();
      const now = this.#state();
      if (now !== last) {
        since = performance.now();
        quiet = 0;
      } else if (this.#isAtRest()) quiet++;
      else this.isStuck = performance.now() - since > STUCK;
      last = now;
    }
  }

  #state(): string {
    const { echo, near, far } = this;
    return [
      echo.pending,
      echo.requests,
      far.bytesRead,
      far.bytesWritten,
      near.bytesRead,
      near.destroyed,
      far.destroyed,
    ].join();
  }

  #isAtRest(): boolean {
    const { echo, near, far } = this;
    if (far.destroyed) return near.destroyed;
    const isRead = far.bytesRead >= this.#sent || far.isPaused();
    const isTaken = near.bytesRead >= far.bytesWritten || near.destroyed;
    return isRead && isTaken && echo.pending === 0;
  }
}

function answersOf(text: string): string[] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((answer) => answer !== '')
    .map((answer) => {
      const headEnd = answer.indexOf('\r\n\r\n');
      if (headEnd < 0) return answer;
      const lines = answer.slice(0, headEnd).split('\r\n');
      const head = lines.filter((line) => !line.startsWith('Date: ')).sort();
      return `${head.join('\n')}\n\n${answer.slice(headEnd + 4).trimEnd()}`;
    });
}
