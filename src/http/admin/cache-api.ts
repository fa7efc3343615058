import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { isOperationPattern } from '../../config/operation-pattern';
import { changed, MOST_NAMES, type CacheChange } from '../../purge/cache-order';
import type { CacheSwitch } from '../../purge/cache-switch';
import { LastmileError } from '../../report/error';
import type { Log } from '../../report/log';
import type { AdminGate, ApiAnswer } from './gate';
import { bodyOf, parseBody } from './json-body';

const MOST_BYTES = 16 * 1024;

const BODY = z.strictObject({
  serve: z.boolean(),
  operations: z
    .array(z.string().refine(isOperationPattern, { error: 'A name of letters, digits, _ and *.' }))
    .min(1)
    .max(MOST_NAMES)
    .optional(),
});

/** `POST /cache` and `GET /cache`, on the admin port of every region: the switch for the bad night. */
export class CacheApi {
  readonly #region: string;
  readonly #gate: AdminGate;
  readonly #switch: CacheSwitch;
  readonly #log: Pick<Log, 'warn'>;

  constructor(region: string, gate: AdminGate, cacheSwitch: CacheSwitch, log: Pick<Log, 'warn'>) {
    this.#region = region;
    this.#gate = gate;
    this.#switch = cacheSwitch;
    this.#log = log;
  }

  /** @returns undefined when the path is none of its own. Rejects only when the client goes away while it sends. */
  answer(path: string, message: IncomingMessage): Promise<ApiAnswer> | undefined {
    if (path !== '/cache') return undefined;
    return message.method === 'GET'
      ? this.#gate.answer(message, 'GET', () => Promise.resolve(this.#state()))
      : this.#gate.answer(message, 'POST', () => this.#change(message));
  }

  /** Answers only what the primary has taken down. The log's line is the audit: who switched what, and where. */
  async #change(message: IncomingMessage): Promise<unknown> {
    const body = await bodyOf(message, MOST_BYTES);
    if (!body) throw new LastmileError('BAD_CACHE_ORDER', `The body is larger than ${MOST_BYTES} bytes.`);
    const change: CacheChange = parseBody(body, BODY, 'BAD_CACHE_ORDER');
    if (changed(this.#switch.current, change).without.length > MOST_NAMES)
      throw new LastmileError('BAD_CACHE_ORDER', `More than ${MOST_NAMES} names would be switched off.`);
    this.#log.warn({ ...change, remote: message.socket.remoteAddress }, 'the cache was switched by hand');
    await this.#switch.change(change);
    return this.#state();
  }

  #state(): unknown {
    const { current, pending } = this.#switch;
    const { number, serve, without } = current;
    return { region: this.#region, serve, without, order: number, acknowledged: pending.length === 0 };
  }
}
