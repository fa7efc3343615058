import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** RFC 9110 7.6.1 and 7.8, RFC 7540 3.2.1: they ask for another protocol on this connection, and ask nothing else. */
const OF_THE_UPGRADE = new Set(['upgrade', 'http2-settings']);

/**
 * Handles a request to upgrade to a protocol that is not spoken here: it is answered in HTTP/1.1 (RFC 9110 7.8).
 * Java's client asks for HTTP/2 with each first request, and once there is a handler for WebSockets, node:http hands
 * over those requests too, half read. So the request is put back without its upgrade headers, and its connection
 * starts over.
 * @param socket paused; what came behind `head` waits in it
 */
export function withoutUpgrade(
  server: Server,
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index]!, rawHeaders[index + 1]!];
    const lower = name.toLowerCase();
    if (OF_THE_UPGRADE.has(lower)) continue;
    const kept = lower === 'connection' ? withoutNames(value) : value;
    if (kept !== '' || lower !== 'connection') lines.push(`${name}: ${kept}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
  socket.resume();
}

function withoutNames(connection: string): string {
  const names = connection.split(',').map((name) => name.trim());
  return names.filter((name) => !OF_THE_UPGRADE.has(name.toLowerCase())).join(', ');
}
