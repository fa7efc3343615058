import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { parseLsn, type Lsn } from '../../purge/database-position';
import type { CaptureLog } from '../../purge/log';
import { formatPosition } from '../../purge/position';
import { LastmileError } from '../../report/error';
import type { AdminGate, ApiAnswer } from './gate';
import { bodyOf, parseBody } from './json-body';

const MOST_BYTES = 1024;
/** How long a position is waited for, unless it is said; and between two looks. Milliseconds. */
const WAIT_MS = 5_000;
const LOOK_MS = 20;

const BODY = z.strictObject({
  lsn: z
    .string()
    .refine((text) => parseLsn(text) !== undefined, { error: 'A position such as 16/B374D848.' }),
  withinMs: z.int().min(0).max(30_000).optional(),
});

/**
 * `POST /reached`, on the admin port of any region: a token for a service that wrote to the database without the
 * gateway. With it the service's client sees that write, as with the token of a mutation.
 */
export class ReachedApi {
  readonly #gate: AdminGate;
  readonly #log: Pick<CaptureLog, 'captured' | 'lastPosition'>;
  readonly #now: () => number;

  /** @param now monotonic milliseconds */
  constructor(gate: AdminGate, log: Pick<CaptureLog, 'captured' | 'lastPosition'>, now: () => number) {
    this.#gate = gate;
    this.#log = log;
    this.#now = now;
  }

  /** @returns undefined when the path is none of its own. Rejects only when the client goes away while it sends. */
  answer(path: string, message: IncomingMessage): Promise<ApiAnswer> | undefined {
    if (path !== '/reached') return undefined;
    return this.#gate.answer(message, 'POST', () => this.#reach(message));
  }

  async #reach(message: IncomingMessage): Promise<unknown> {
    const body = await bodyOf(message, MOST_BYTES);
    if (!body)
      throw new LastmileError('BAD_DATABASE_POSITION', `The body is larger than ${MOST_BYTES} bytes.`);
    const { lsn, withinMs = WAIT_MS } = parseBody(body, BODY, 'BAD_DATABASE_POSITION');
    await this.#captured(parseLsn(lsn)!, withinMs);
    // What was committed up to there is in the purge log by now, so its last position covers it.
    return { token: formatPosition(await this.#log.lastPosition()) };
  }

  async #captured(wanted: Lsn, withinMs: number): Promise<void> {
    const until = this.#now() + withinMs;
    for (;;) {
      const captured = await this.#log.captured();
      if (!captured) throw new LastmileError('DATABASE_NOT_CAPTURED');
      const reached = parseLsn(captured.position);
      if (captured.source !== '' && reached !== undefined && reached >= wanted) return;
      if (this.#now() >= until) throw new LastmileError('DATABASE_NOT_REACHED');
      await pause(LOOK_MS);
    }
  }
}
