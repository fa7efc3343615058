import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ErrorCode } from '../../report/error';
import { mayOpenSocket, type Cors } from '../cross-origin';
import { SUBPROTOCOL } from '../../json/socket-message';

/** Whether a request asks for a WebSocket (RFC 6455 4.2.1), and not for another protocol that may be passed over. */
export function asksForSocket({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Why a WebSocket handshake is refused: the client gets a status, since no message can be sent yet. */
export function handshakeProblem(
  headers: Readonly<IncomingHttpHeaders>,
  cors: Cors | undefined,
): ErrorCode | undefined {
  if (!protocolsIn(headers).includes(SUBPROTOCOL)) return 'SUBPROTOCOL_UNKNOWN';
  return mayOpenSocket(headers, cors) ? undefined : 'CROSS_SITE_SOCKET';
}

function protocolsIn({ 'sec-websocket-protocol': offered = '' }: Readonly<IncomingHttpHeaders>): string[] {
  return offered.split(',', 20).map((name) => name.trim());
}
