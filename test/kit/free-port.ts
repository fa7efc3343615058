/**
 * A port that nobody listens on, for servers that must come back on the same port after a restart.
 *
 * It lies below the range the kernel draws ephemeral ports from (32768 and up on Linux). Inside that range, while a
 * test has its server down, an outgoing connection of another process could take the port, or a client that
 * reconnects to it could be given the same number as its own and find itself connected to itself.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** @returns a port that was free on 127.0.0.1 a moment ago; a server that finds it taken asks again */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(10_000, 32_000);
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
