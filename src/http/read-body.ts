import type { IncomingMessage } from 'node:http';

const NO_BODY = Buffer.alloc(0);

/**
 * Reads a request's body, and keeps no more than the limit of it.
 * @param whole called with the body in the turn of the event loop that brought its last byte
 * @param tooLarge called instead, at once when the length is declared; what still comes is for it to deal with
 */
export function readBody(
  message: IncomingMessage,
  maxBytes: number,
  whole: (body: Buffer) => void,
  tooLarge: () => void,
): void {
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let length = 0;
  const receive = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > maxBytes) {
      message.off('data', receive).off('end', end);
      first = rest = undefined;
      tooLarge();
    } else if (!first) first = chunk;
    // Nearly every request arrives in one piece, which then needs no copy.
    else (rest ??= [first]).push(chunk);
  };
  const end = (): void => whole(rest ? Buffer.concat(rest) : (first ?? NO_BODY));
  message.on('data', receive).on('end', end);
}
