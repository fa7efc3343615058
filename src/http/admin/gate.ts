import type { IncomingMessage } from 'node:http';
import { LastmileError } from '../../report/error';
import { adminAccess, type AdminAccess } from './access';
import { TokenBucket } from './limits';

/** For all who may ask together, and for all who may not. */
const BURST = 100;
const PER_SECOND = 50;

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** text as it is; a stream as server-sent events; anything else as JSON */
  readonly body: unknown;
}

export interface GateOptions {
  /** told the code of what was not done */
  readonly refused?: (code: string) => void;
  /**
   * authenticates the caller instead of the token in its headers; if it rejects with an error of the registry, that
   * is the answer
   */
  readonly proves?: () => Promise<boolean>;
  /** those who may ask tell of one thing after another, and are not to be held up */
  readonly isStream?: boolean;
}

/** Lets those who may act on the admin port do so, and answers errors alike wherever they act. */
export class AdminGate {
  readonly #allows: AdminAccess;
  readonly #now: () => number;
  readonly #buckets = {
    allowed: new TokenBucket(BURST, PER_SECOND),
    refused: new TokenBucket(BURST, PER_SECOND),
  };

  /** @param token ADMIN_TOKEN. @param now monotonic milliseconds */
  constructor(token: string | undefined, isProduction: boolean, now: () => number) {
    this.#allows = adminAccess(token, isProduction);
    this.#now = now;
  }

  /**
   * @param act what is to be done for who may; an error of the registry that it throws is answered as it says
   * @returns rejects with any other error
   */
  async answer(
    message: IncomingMessage,
    method: 'GET' | 'POST',
    act: () => Promise<unknown>,
    { refused = () => {}, proves, isStream = false }: GateOptions = {},
  ): Promise<ApiAnswer> {
    let waitMs = 0;
    try {
      const allowed = proves ? await proves() : this.#allows(message);
      // Those who guess the token must not keep out those who have it.
      if (!allowed || !isStream) waitMs = this.#buckets[allowed ? 'allowed' : 'refused'].take(this.#now());
      if (waitMs > 0) throw new LastmileError('TOO_MANY_PURGES');
      if (!allowed) throw new LastmileError('NOT_AUTHORISED');
      if (message.method !== method) throw new LastmileError('METHOD_NOT_ALLOWED');
      return { status: 200, headers: {}, body: await act() };
    } catch (error) {
      if (!(error instanceof LastmileError)) throw error;
      refused(error.code);
      return refusal(error, method, waitMs);
    }
  }
}

/** What is wrong with a request may be told; the detail of any other error is for the log. */
function refusal(error: LastmileError, method: string, waitMs: number): ApiAnswer {
  const { code, status, message, remedy, detail } = error;
  const headers: Record<string, string> = {};
  if (code === 'NOT_AUTHORISED') headers['www-authenticate'] = 'Bearer';
  if (code === 'METHOD_NOT_ALLOWED') headers['allow'] = method;
  if (code === 'TOO_MANY_PURGES') headers['retry-after'] = String(Math.ceil(waitMs / 1000));
  const told = TOLD.has(code) ? (detail ?? message) : message;
  return { status, headers, body: { error: { code, message: told, remedy } } };
}

const TOLD: ReadonlySet<string> = new Set([
  'BAD_PURGE',
  'BAD_CACHE_ORDER',
  'SCHEMA_REFUSED',
  'BAD_LOOK',
  'BAD_CHANGE',
]);
