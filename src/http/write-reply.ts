import { STATUS_CODES, type ServerResponse, type IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import type { ErrorCode } from '../report/error';
import { type WholeReply, bodyStreamOf, type Reply } from '../gateway/request';
import { pipeline } from 'node:stream/promises';

/** How long a client may take to read why it was refused, in milliseconds. */
const REFUSAL_LINGER_MS = 500;

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
  if (socket.writable && error.code !== 'ECONNRESET') {
    // Earlier requests on the connection were whole, and the next answer there would be taken for one of theirs.
    if (current?.req.complete) return cutAfter(current, socket);
    if (!current?.headersSent) return refuseOn(socket, refuse(codeOf(error)));
  }
  socket.destroy();
}

/** Answers on a bare connection, and ends it. */
export function refuseOn(socket: Duplex, { status, headers, body }: WholeReply): void {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Connection: close'];
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, '', String(body));
  socket.end(lines.join('\r\n'));
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), REFUSAL_LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

/** Those that are cut once they owe no answer. */
const ending = new WeakSet<Duplex>();

function cutAfter(response: ServerResponse, socket: HttpSocket): void {
  if (ending.has(socket)) return;
  ending.add(socket);
  const next = (): void => {
    // Node has put the next answer there by now.
    const { _httpMessage: current } = socket;
    if (current?.req.complete) current.once('finish', next);
    else socket.destroy();
  };
  response.once('finish', next);
}

/** Calls back once no answer to an earlier request is owed on a connection. */
export function onceAnswered(socket: HttpSocket, callback: () => void): void {
  const { _httpMessage: current } = socket;
  if (!current) return callback();
  // Node has put the next answer there by then.
  current.once('finish', () => onceAnswered(socket, callback));
}

function codeOf({ code }: NodeJS.ErrnoException): ErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE';
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 'BODY_TOO_LARGE';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'MALFORMED_HTTP';
}

/** How much of a refused body is still read, and for how long, before its connection is cut. */
const LINGER_BYTES = 2 ** 20;
const LINGER_MS = 1000;

/** Codes of a connection that the client ended: no fault of ours. */
const GONE = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/**
 * Writes a reply through node:http.
 * @param method the request's
 */
export function writeReply(
  method: string | undefined,
  response: ServerResponse,
  reply: Reply,
  {
    further,
    fault,
  }: {
    /** headers, names and values in turn */
    readonly further: readonly string[];
    /** told when a reply in parts breaks off */
    readonly fault: (error: unknown) => void;
  },
): void {
  const { status, headers } = reply;
  if (response.destroyed) return abandon(reply);
  const broken = (error: unknown): void => {
    // The status has left already: all that can still be said is that the answer is not whole.
    response.destroy();
    if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) fault(error);
  };
  const parts = bodyStreamOf(reply);
  if (parts) {
    writeHead(response, status, [...headers, ...further]);
    pipeline(parts, response).catch(broken);
    return;
  }
  // RFC 9110 15.4.5 and 8.6: a 304 has no body and says nothing of one, nor does a 204.
  if (status === 304 || status === 204) {
    writeHead(response, status, [...headers, ...further]);
    response.end();
    return;
  }
  const { body, encoding } = reply as WholeReply;
  const length =
    typeof body !== 'string' || encoding === 'latin1' ? body.length : Buffer.byteLength(body, encoding);
  writeHead(response, status, headers.concat(further, 'Content-Length', String(length)));
  if (method === 'HEAD') response.end();
  else if (isLong(reply)) pipeline(Readable.from(bytesOf(body as string, encoding)), response).catch(broken);
  else if (typeof body === 'string') response.end(body, encoding ?? 'utf8');
  else response.end(body);
}

/** Characters of a text that is made bytes in one turn of the event loop (P47). */
const LONGEST_PIECE = 2 ** 20;

/** Whether the body of a reply leaves piece by piece, as its client takes it. */
export function isLong({ body }: Reply): boolean {
  return typeof body === 'string' && body.length > LONGEST_PIECE;
}

function* bytesOf(text: string, encoding: 'latin1' | 'utf8' = 'utf8'): Generator<Buffer> {
  for (let from = 0, to; from < text.length; from = to) {
    to = from + LONGEST_PIECE;
    // Both halves of a pair make one character.
    if (/[\ud800-\udbff]/.test(text.charAt(to - 1))) to--;
    yield Buffer.from(text.slice(from, to), encoding);
  }
}

/** Of a response that has to wait for its turn node would put the head before a 100 Continue that it was given earlier. */
function writeHead(response: ServerResponse, status: number, headers: string[]): void {
  response.writeHead(status, headers);
  if (!response.socket) response.flushHeaders();
}

/** The client is gone: stops the producer of the reply. */
export function abandon(reply: Reply): void {
  const parts = bodyStreamOf(reply) ?? reply.events;
  // Errors while it stops do not matter.
  const nothing = (): void => {};
  if (parts instanceof Readable) {
    // Ending an iteration that has not begun would leave a stream of Node's open. That it was cut off is an error event,
    // which ends the process if there is no listener.
    parts.on('error', nothing).destroy();
  } else parts?.[Symbol.asyncIterator]().return?.().catch(nothing);
}

/**
 * Writes a reply to a request whose body is not wanted, and closes the connection. A client that is still sending would
 * lose the reply if the connection were cut at once, so some more is read and dropped first (RFC 9112 9.6).
 */
export function writeRefusal(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: WholeReply,
  further: readonly string[],
): void {
  const length = String(Buffer.byteLength(body));
  writeHead(response, status, [...headers, ...further, 'Connection', 'close', 'Content-Length', length]);
  // All of the reply leaves now; only that it is over is not said yet.
  response.write(body);
  let left = LINGER_BYTES;
  const timer = setTimeout(end, LINGER_MS);
  message.on('data', drop).once('end', end).once('close', end);

  function drop(chunk: Buffer): void {
    left -= chunk.length;
    if (left < 0) end();
  }
  function end(): void {
    clearTimeout(timer);
    message.off('data', drop);
    response.end();
  }
}
