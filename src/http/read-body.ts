import type { IncomingMessage } from 'node:http';

const NO_BODY = Buffer.alloc(0);

/**
 * Reads a request's body, and keeps no more than the limit of it.
 * @param whole called with the body in the turn of the event loop that brought its last byte
 * @param refused called instead: at once when the length that is declared is too large, or when it has not come within so
 *   many milliseconds; what still comes is for it to deal with
 */
export function readBody(
  message: IncomingMessage,
  {
    maxBytes,
    withinMs,
    whole,
    refused,
  }: {
    readonly maxBytes: number;
    readonly withinMs?: number;
    readonly whole: (body: Buffer) => void;
    readonly refused: (code: 'BODY_TOO_LARGE' | 'REQUEST_TIMEOUT') => void;
  },
): void {
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) return refused('BODY_TOO_LARGE');
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let length = 0;
  const stop = (): void => {
    clearTimeout(timer);
    message.off('data', receive).off('end', end).off('close', stop);
    first = rest = undefined;
  };
  const receive = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > maxBytes) {
      stop();
      refused('BODY_TOO_LARGE');
    } else if (!first) first = chunk;
    // Nearly every request arrives in one piece, which then needs no copy.
    else (rest ??= [first]).push(chunk);
  };
  const end = (): void => {
    clearTimeout(timer);
    whole(rest ? Buffer.concat(rest) : (first ?? NO_BODY));
  };
  const tooSlow = (): void => {
    stop();
    refused('REQUEST_TIMEOUT');
  };
  const timer = withinMs === undefined ? undefined : setTimeout(tooSlow, withinMs);
  message.on('data', receive).on('end', end).on('close', stop);
}

/**
 * Reads an unwanted body to its end, and drops it.
 * @param withinMs after which its client is cut off, answered or not
 */
export function dropBody(message: IncomingMessage, withinMs: number): void {
  message.resume();
  const { 'content-length': length = '0', 'transfer-encoding': coding } = message.headers;
  // Nearly none has one.
  if (length === '0' && coding === undefined) return;
  const timer = setTimeout(() => message.destroy(), withinMs);
  message.on('end', () => clearTimeout(timer)).on('close', () => clearTimeout(timer));
}
