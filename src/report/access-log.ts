import type { CacheStatus } from './cache-status';
import { outcomeOf } from './cache-status';
import type { ErrorCode } from './error';
import type { Log } from './log';

/** What the access log says of a request: names, numbers and words of fixed lists. No variable, token, header or parameter. */
export interface AccessLine {
  readonly method?: string;
  readonly status: number;
  /** its operation's name; of a batch all of them, as of outcomes and reasons, with commas between */
  readonly operation?: string;
  readonly outcome: string;
  readonly reason?: string;
  /** the code of an error of the gateway's own */
  readonly error?: ErrorCode;
  readonly ms?: number;
  /** of the body, as it leaves; absent where it comes in parts */
  readonly bytes?: number;
  readonly requestId?: string;
  readonly traceId?: string;
}

/** Writes a line. Must not throw. */
export type AccessLog = (line: AccessLine) => void;

/** A line of JSON for each request, whatever LOG_LEVEL says. */
export function createAccessLog(log: Log, region: string): AccessLog {
  const own = log.child({ region }, { level: 'info' });
  return (line) => own.info(line, 'request');
}

/** A name that a client chose may be of any length. */
const LONGEST_NAME = 100;

/** What became of the operations of one request, for the access log. */
export class RequestAccount {
  readonly #operations: string[] = [];
  readonly #outcomes: string[] = [];
  readonly #reasons: string[] = [];
  /** it was refused, or failed, by the gateway itself */
  error: ErrorCode | undefined;

  note(operation: string | undefined, status: CacheStatus | undefined): void {
    if (operation !== undefined) this.#operations.push(operation.slice(0, LONGEST_NAME));
    this.#outcomes.push(outcomeOf(status));
    if (status?.why !== undefined) this.#reasons.push(status.why);
  }

  get line(): Pick<AccessLine, 'operation' | 'outcome' | 'reason' | 'error'> {
    return {
      ...(this.#operations.length > 0 && { operation: this.#operations.join(',') }),
      outcome: this.#outcomes.join(',') || 'error',
      ...(this.#reasons.length > 0 && { reason: this.#reasons.join(',') }),
      ...(this.error && { error: this.error }),
    };
  }
}
