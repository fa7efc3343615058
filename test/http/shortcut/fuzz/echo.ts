import { ShortExchange } from '../../../../src/http/shortcut/short-exchange';
import { shortcutOf } from '../../../../src/http/shortcut/shortcut';
import type { GatewayRequest, Reply } from '../../../../src/gateway/request';
import type { Cleanup } from '../../../kit/cleanup';
import { startFront, type BareFront } from '../../bare-front';
import type { Way } from './stream';

export const MAX_BODY_BYTES = 25_000;
const LARGE = 100_000;

/** A front that says back what it was asked. */
export class Echo {
  handled: string[] = [];
  /** how many requests of all streams were handled, and how many of them came past node:http */
  requests = 0;
  short = 0;
  /** replies that are under way, but for those that are held */
  pending = 0;
  #held: (() => void)[] = [];
  front!: BareFront;

  /** @param withShortcut false: node:http alone reads all requests */
  static async start(cleanup: Cleanup, withShortcut: boolean): Promise<Echo> {
    const echo = new Echo();
    echo.front = await startFront(cleanup, {
      maxBodyBytes: MAX_BODY_BYTES,
      handle: (request) => echo.#handle(request),
    });
    if (!withShortcut) await shortcutOf(echo.front.server)!.close();
    return echo;
  }

  reset(): void {
    this.handled = [];
    this.pending = 0;
    this.#held = [];
  }

  /** Answers what is held. */
  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  #handle(request: GatewayRequest): Reply | Promise<Reply> {
    this.requests++;
    if (request instanceof ShortExchange) this.short++;
    const { method, search, headers, body } = request;
    const id = String(headers['x-id']);
    const said = `${method} ${search} ${id} ${body.length} ${sumOf(body)}`;
    this.handled.push(said);
    return this.#reply(headers['x-way'] as Way | undefined, said);
  }

  #reply(way: Way | undefined, said: string): Reply | Promise<Reply> {
    const reply: Reply = { status: 200, headers: ['Content-Type', 'text/plain'], body: said };
    switch (way) {
      case 'text':
        return { ...reply, encoding: 'latin1' };
      case 'buffer':
        return { ...reply, body: Buffer.from(said) };
      case 'large':
        return { ...reply, body: Buffer.from(said.padEnd(LARGE)) };
      case 'later':
        return this.#later(reply);
      case 'parts':
        return { ...reply, body: this.#parts(said) };
      case 'held':
        return new Promise((resolve) => this.#held.push(() => resolve(reply)));
      default:
        return reply;
    }
  }

  async #later(reply: Reply): Promise<Reply> {
    this.pending++;
    await turn();
    this.pending--;
    return reply;
  }

  async *#parts(said: string): AsyncGenerator<Uint8Array> {
    this.pending++;
    try {
      yield Buffer.from(said.slice(0, 3));
      await turn();
    } finally {
      this.pending--;
    }
    yield Buffer.from(said.slice(3));
  }
}

/** Lets the event loop turn once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** So that what was read is compared, and not only how long it was. */
export function sumOf(body: Buffer): number {
  let sum = 0;
  for (let at = 0; at < body.length; at++) sum = (sum * 31 + body[at]!) | 0;
  return sum;
}
