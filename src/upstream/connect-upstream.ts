import { buildConnector } from 'undici';
import type { Socket } from 'node:net';

const CONTINUE = Buffer.from('HTTP/1.1 100');
const END_OF_HEAD = '\r\n\r\n';
const REQUEST_LINE = /^[A-Z]+ \//;

/**
 * Opens connections to upstream as undici does, but for `100 Continue`: a client has to take it also where it did not ask
 * for it (RFC 9110 15.2), and undici ends the connection then. It skips every other 1xx, so 100 is renamed to 102 before
 * undici reads it, at the begin of a response only: what follows its head is not touched.
 * @param timeoutMs for which a connection may take to open
 */
export function connectUpstream(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs });
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      toleratingContinue(socket);
      callback(null, socket);
    });
}

function toleratingContinue(socket: Socket): void {
  /** a request was sent, and nothing of its response was read but heads of 1xx */
  let isAwaiting = false;
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  socket.write = (...given: unknown[]): boolean => {
    // Heads are the only text that undici writes with the begin of a request.
    if (typeof given[0] === 'string' && REQUEST_LINE.test(given[0])) isAwaiting = true;
    return write(...given);
  };
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  socket.read = (size?: number): Buffer | null => {
    const piece = read(size);
    if (piece && isAwaiting) isAwaiting = renameContinue(piece);
    return piece;
  };
}

/** @returns whether there is nothing in `piece` but whole heads of `100 Continue` */
function renameContinue(piece: Buffer): boolean {
  let from = 0;
  while (piece.subarray(from, from + CONTINUE.length).equals(CONTINUE)) {
    piece[from + CONTINUE.length - 1] = 0x32;
    const end = piece.indexOf(END_OF_HEAD, from);
    if (end < 0) return false;
    from = end + END_OF_HEAD.length;
  }
  return from === piece.length;
}
