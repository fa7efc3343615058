import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../report/error';
import type { WholeReply } from '../journey/request';

/** How long a client may take to read why it was refused, in milliseconds. */
const LINGER_MS = 500;

/** A socket of node:http, with the answer under way on it, if any. Node's own handler looks at the same member. */
type HttpSocket = Duplex & { readonly _httpMessage?: ServerResponse | null };

/**
 * Answers what is no HTTP request, is too slow, or has too large a head: the reply says that it must not be stored,
 * which Node's own would not, so that no cache between keeps it for others (cache-poisoned denial of service).
 */
export function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: HttpSocket,
  refuse: (code: ErrorCode) => WholeReply,
): void {
  const { _httpMessage: current } = socket;
  if (!socket.writable || error.code === 'ECONNRESET' || current?.headersSent) {
    socket.destroy();
    return;
  }
  // An earlier request on the connection was whole, and the next answer there would be taken for its own.
  if (current?.req.complete) {
    current.once('finish', () => socket.destroy());
    return;
  }
  const { status, headers, body } = refuse(codeOf(error));
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Connection: close'];
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, '', String(body));
  socket.end(lines.join('\r\n'));
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

function codeOf({ code }: NodeJS.ErrnoException): ErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE';
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 'BODY_TOO_LARGE';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'MALFORMED_HTTP';
}
