/**
 * Opens WebSockets on which nothing happens, and event streams, and prints what each takes of a gateway's memory, and what they all
 * take of its processor.
 *
 *   npx jest --testMatch "$PWD/test/http/socket/idle.measure.ts"
 *   SOCKETS=10000 npx jest --testMatch "$PWD/test/http/socket/idle.measure.ts"
 */
import { Child } from '../../kit/child';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startServing, type ServingProcess } from '../../kit/lastmile';
import { cpuSeconds } from '../../kit/processor-time';
import { openSocket, type OpenSocket } from '../../kit/socket';
import { startTicker, tickerTypes } from '../../kit/ticker';
import { pause, until } from '../../kit/until';

const SOCKETS = Number(process.env['SOCKETS'] ?? 2000);
/** Opened before anything is measured: what a process needs once it has begun. */
const FIRST = 200;
const IDLE_SECONDS = 25;

// Else Yoga, as upstream, asks every third of a second whether its clients are still there.
process.env['NODE_ENV'] = 'production';

const cleanup = cleanupAfterEach();

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

const memoryOf = ({ child }: ServingProcess) => child.ask<Memory>('memory');

async function openMany(gateway: ServingProcess, count: number, query?: string): Promise<OpenSocket[]> {
  const sockets: OpenSocket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(50, count - sockets.length) }, async () => {
      const socket = cleanup.add(await openSocket(gateway));
      await socket.init({ authorization: `Bearer ${'x'.repeat(100)}` });
      if (query) socket.subscribe(query);
      return socket;
    });
    sockets.push(...(await Promise.all(some)));
  }
  return sockets;
}

it.each([
  ['idle', undefined],
  ['with a subscription that all share', 'subscription { shared { n } }'],
  ['with a subscription each', 'subscription { ticks { n } }'],
])('what a WebSocket takes, %s', async (what, query) => {
  const ticker = cleanup.add(await startTicker('sse'));
  const gateway = cleanup.add(
    await startServing(
      { UPSTREAM_URL: ticker.url, LOG_LEVEL: 'fatal' },
      {
        schema: tickerTypes,
        flags: ['--expose-gc', '--require', require.resolve('../../kit/memory.cjs')],
        start: (options) => new Child({ ...options, talks: true }),
      },
    ),
  );
  await openMany(gateway, FIRST, query);
  const before = await memoryOf(gateway);
  const sockets = await openMany(gateway, SOCKETS, query);
  if (query?.includes('ticks')) await until('all are subscribed', () => ticker.open === FIRST + SOCKETS);
  const after = await memoryOf(gateway);
  const spent = cpuSeconds(gateway.child.pid);
  await pause(IDLE_SECONDS * 1000);
  const percent = ((cpuSeconds(gateway.child.pid) - spent) / IDLE_SECONDS) * 100;
  const each = (name: keyof Memory) => ((after[name] - before[name]) / SOCKETS / 1024).toFixed(1);
  process.stderr.write(
    `${SOCKETS} WebSockets, ${what}: ${each('rss')} KiB each, ${each('heapUsed')} KiB of it on the heap; ` +
      `all together ${percent.toFixed(1)} % of a processor while nothing happens\n`,
  );
  expect(sockets.every(({ ws }) => ws.readyState === ws.OPEN)).toBe(true);
});
