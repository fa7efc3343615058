import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { WholeReply } from '../../gateway/request';
import { NOT_IN_A_VALUE } from '../../gateway/response-headers';

/** Up to this many bytes head and body leave as one piece of text, for which node:net has a buffer on its stack. */
const LONGEST_PIECE = 16_384;

/**
 * Writes a whole reply to an HTTP/1.1 request as node:http would, headers and all, without a ServerResponse.
 * @param further headers, names and values in turn
 * @param keepAlive seconds that the connection may be idle; undefined: it ends with this reply, as `further` says
 * @throws TypeError when a header's value could end the header
 */
export function writeRawReply(
  socket: Socket,
  { status, headers, body, encoding }: WholeReply,
  further: readonly string[],
  keepAlive: number | undefined,
): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields(headers)}${fields(further)}`;
  const kept =
    keepAlive === undefined ? '' : `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAlive}\r\n`;
  const rest = `Date: ${dateNow()}\r\n${kept}`;
  // RFC 9110 15.4.5 and 8.6: a 304 has no body and says nothing of one, nor does a 204.
  if (status === 304 || status === 204) {
    socket.write(`${head}${rest}\r\n`, 'latin1');
    return;
  }
  const bytes =
    typeof body === 'string' && encoding !== 'latin1' && !isAscii(body) ? Buffer.from(body) : body;
  const top = `${head}Content-Length: ${bytes.length}\r\n${rest}\r\n`;
  if (typeof bytes === 'string') {
    socket.write(top + bytes, 'latin1');
  } else if (top.length + bytes.length <= LONGEST_PIECE) {
    socket.write(top + bytes.toString('latin1'), 'latin1');
  } else {
    socket.cork();
    socket.write(top, 'latin1');
    socket.write(bytes);
    socket.uncork();
  }
}

/** It has as many bytes as characters: then UTF-8 and Latin-1 have the same. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function fields(headers: readonly string[]): string {
  let text = '';
  for (let index = 0; index < headers.length; index += 2) {
    const value = headers[index + 1]!;
    if (NOT_IN_A_VALUE.test(value)) throw new TypeError(`the header ${headers[index]} cannot be written`);
    text += `${headers[index]}: ${value}\r\n`;
  }
  return text;
}

let second = NaN;
let date = '';

/** RFC 9110 6.6.1, made once a second. */
function dateNow(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1000).toUTCString();
  }
  return date;
}
