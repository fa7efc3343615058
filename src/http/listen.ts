import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Server } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { eventStreamsOf } from './event-streams/event-streams';
import { shortcutOf } from './shortcut/shortcut';
import { socketsOf } from './socket/sockets';

/** The open connections of each server that listens. */
const connections = new WeakMap<Server, Set<Socket>>();

/** Milliseconds a connection may be silent while its server ends, before it is taken for one that was opened to be spare. */
const SPARE_AFTER = 1000;

/** @returns the port, which differs from the one asked for when that was 0. @throws as node:net does, for example EADDRINUSE */
export async function listen(server: Server, port: number, host: string | undefined): Promise<number> {
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on('connection', (socket) => {
    // A connection may begin once more: see `withoutUpgrade`.
    if (open.has(socket)) return;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/**
 * Goes on answering for a while, each answer the last on its connection: a proxy that keeps connections to this server keeps fewer
 * and fewer, and none is closed with a request on its way.
 */
export async function windDown(server: Server, forMs: number): Promise<void> {
  if (forMs === 0) return;
  void shortcutOf(server)?.end();
  await pause(forMs);
}

/**
 * Stops taking connections and lets those with a request on them finish. Browsers and proxies open connections they have
 * nothing to send on yet; Node takes such a one for busy, so those are closed here. Kept connections are left open as long as
 * requests come on any of them, as each answer of a front is the last: a proxy repeats no POST that it sent on a connection
 * which was being closed.
 * @param withinMs after which what is left is cut off
 */
export async function drain(server: Server, withinMs: number): Promise<void> {
  const closed = once(server, 'close');
  const open = connections.get(server) ?? new Set();
  // The server of node:http does not know those that it has handed on, to a WebSocket for example.
  const limit = setTimeout(() => {
    for (const socket of open) socket.destroy();
  }, withinMs);
  await untilNobodyWaits(open);
  // No new ones. The server of node:http would also cut those that are answered past it now, which it takes for idle.
  NetServer.prototype.close.call(server);
  // Only then: a client whose answer was the last sends its next request on a new connection.
  const shortcut = shortcutOf(server);
  const quiet = shortcut?.end();
  socketsOf(server)?.end();
  eventStreamsOf(server)?.end();
  if (shortcut) await untilNobodyAsks(server, open);
  await quiet;
  server.closeIdleConnections();
  // A connection that was busy just now is kept alive by its client, and would bring new requests for ever.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const spare = setTimeout(() => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  }, SPARE_AFTER);
  await closed;
  clearInterval(sweep);
  clearTimeout(spare);
  clearTimeout(limit);
}

/** Milliseconds for which no request comes before those who keep connections are taken to have none on its way. */
const QUIET_MS = 250;
/** Between two looks. Milliseconds. */
const LOOK_MS = 10;

/** Resolves once no request has come for a while, or no connection is left. */
async function untilNobodyAsks(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  let askedAt = performance.now();
  server.on('request', () => (askedAt = performance.now()));
  while (open.size > 0 && performance.now() - askedAt < QUIET_MS) {
    await pause(LOOK_MS);
    // Whatever came while this process was busy elsewhere is read first.
    await nextTurn();
  }
}

/** Turns of the event loop in which new connections may come until it is given up to meet one without. */
const MOST_TURNS = 100;
/** Milliseconds a turn takes at most in which nothing else was done. */
const EMPTY_TURN_MS = 0.1;

/**
 * Resolves right after a turn of the event loop that found no new connection and had nothing else to do. What waits in the
 * listening socket's queue when that is closed is reset, with the requests on it.
 */
async function untilNobodyWaits(open: ReadonlySet<Socket>): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const [before, began] = [open.size, performance.now()];
    await nextTurn();
    if (open.size <= before && performance.now() - began < EMPTY_TURN_MS) return;
  }
}
