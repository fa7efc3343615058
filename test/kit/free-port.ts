/**
 * A port that nobody listens on, for servers that must come back on the same port after a restart.
 *
 * It lies below the range the kernel draws ephemeral ports from (32768 and up on Linux). Inside that range, while a
 * test has its server down, an outgoing connection of another process could take the port, or a client that
 * reconnects to it could be given the same number as its own and find itself connected to itself. And it lies above 10080,
 * which fetch() and browsers refuse to speak to.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Each worker of Jest draws from a share of its own: between the look and the use no other takes what one was given. */
const SHARES = 8;
const FIRST = 10_100;
const SHARE = Math.floor((32_000 - FIRST) / SHARES);
const LOWEST = FIRST + SHARE * (Number(process.env['JEST_WORKER_ID'] ?? 0) % SHARES);

/**
 * For the environment of a process that draws ports as well, while the one that starts it has still to use some: it draws from
 * another share.
 * @param nth 1 or 2: of two such processes each has its own
 */
export function withOwnShare(nth: 1 | 2): NodeJS.ProcessEnv {
  const own = Number(process.env['JEST_WORKER_ID'] ?? 0);
  return { ...process.env, JEST_WORKER_ID: String((own + 3 * nth) % SHARES) };
}

/** Where the last one was found. A port is not given again before all the others were. */
let last = randomInt(SHARE);

/** @returns a port that was free on 127.0.0.1 a moment ago; a server that finds it taken asks again */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    last = (last + 1) % SHARE;
    const port = LOWEST + last;
    if (await isFree(port)) return port;
  }
  throw new Error('found no free port on 127.0.0.1 in a hundred attempts');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
