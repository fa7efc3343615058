/**
 * Sends a gateway one distinct document after the other, and purges as many distinct tags meanwhile, and prints the memory that
 * it takes once nothing is left to collect, and how that grows from half of the way on (P46). What is bounded by a setting is
 * given little room, so that it is full early.
 *
 *   npm run build
 *   npx jest --testMatch "$PWD/test/memory/distinct.measure.ts"
 *   DOCUMENTS=100000 SECONDS=600 npx jest --testMatch "$PWD/test/memory/distinct.measure.ts"
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { startAnswering } from '../kit/answering';
import { Child } from '../kit/child';
import { cleanupAfterEach } from '../kit/cleanup';
import { BUILT, startServing } from '../kit/lastmile';
import { startPrimary } from '../kit/redis-region';
import { answerTo } from '../speed/answers';
import { HOSTILE_SCHEMA } from '../speed/hostile';

const DOCUMENTS = Number(process.env['DOCUMENTS'] ?? 1_000_000);
const SECONDS = Number(process.env['SECONDS'] ?? 3600);
const CLIENTS = 16;
/** Documents between two purges, and the tags of one of these. */
const PURGED = 100;
/** Between two looks at its memory. */
const LOOK_AT = Math.max(1000, DOCUMENTS / 100);
const MIB = 2 ** 20;

const cleanup = cleanupAfterEach();

interface Reading {
  readonly documents: number;
  readonly heapUsed: number;
  readonly rss: number;
}

/** Bytes a document, by the least squares of some readings. */
function slope(readings: readonly Reading[], of: 'heapUsed' | 'rss'): number {
  const mean = (value: (reading: Reading) => number) =>
    readings.reduce((sum, reading) => sum + value(reading), 0) / readings.length;
  const [x, y] = [mean(({ documents }) => documents), mean((reading) => reading[of])];
  const along = mean((reading) => (reading.documents - x) * (reading[of] - y));
  return along / mean(({ documents }) => (documents - x) ** 2);
}

it(
  'is level',
  async () => {
    const upstream = cleanup.add(await startAnswering(({ query }) => answerTo(query)));
    const redis = cleanup.add(await startPrimary());
    const gateway = cleanup.add(
      await startServing(
        {
          UPSTREAM_URL: upstream.url,
          REDIS_URL: redis.url,
          MEMORY_CACHE_BYTES: '16MiB',
          PURGE_TABLE_BYTES: '4MiB',
          PURGE_LOG_BYTES: '4MiB',
        },
        {
          schema: HOSTILE_SCHEMA,
          built: BUILT,
          flags: ['--expose-gc', '--require', require.resolve('../kit/memory.cjs')],
          start: (options) => new Child({ ...options, talks: true }),
        },
      ),
    );
    const agent = new Agent({ keepAlive: true });
    cleanup.later(() => agent.destroy());
    const post = async (port: number, path: string, body: unknown): Promise<void> => {
      const content = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) };
      await new Promise<void>((resolve, reject) => {
        const call = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent }, (response) =>
          text(response).then((answer) => {
            if (response.statusCode === 200 && !answer.includes('"errors"')) resolve();
            else reject(new Error(`${response.statusCode} ${answer.slice(0, 200)}`));
          }, reject),
        );
        call.once('error', reject).end(content);
      });
    };
    const readings: Reading[] = [];
    const end = performance.now() + SECONDS * 1000;
    let sent = 0;
    const isOver = () => sent >= DOCUMENTS || performance.now() >= end;
    const look = async (): Promise<void> => {
      const { heapUsed, rss } = await gateway.child.ask<Omit<Reading, 'documents'>>('memory');
      readings.push({ documents: sent, heapUsed, rss });
      // Kept by the stand-in for upstream alone.
      upstream.asked.length = 0;
    };
    const client = async (until: number): Promise<void> => {
      while (sent < until && performance.now() < end) {
        const number = sent++;
        await post(gateway.port, '/graphql', { query: `query Q${number} { items(n: 3) { title } }` });
        if (number % PURGED !== 0) continue;
        const tags = Array.from({ length: PURGED }, (_, index) => `Item:x${number + index}`);
        await post(gateway.adminPort, '/purge', { tags });
      }
    };
    await look();
    while (!isOver()) {
      const until = sent + LOOK_AT;
      await Promise.all(Array.from({ length: CLIENTS }, () => client(until)));
      await look();
    }
    const later = readings.filter(({ documents }) => documents >= sent / 2);
    const rows = readings
      .filter((_, index) => index % Math.ceil(readings.length / 20) === 0 || index === readings.length - 1)
      .map(
        ({ documents, heapUsed, rss }) =>
          `${String(documents).padStart(9)}  heap ${(heapUsed / MIB).toFixed(1)} MiB, resident ${(rss / MIB).toFixed(0)} MiB`,
      );
    process.stdout.write(
      `${rows.join('\n')}\nfrom half of ${sent} documents on: heap ${slope(later, 'heapUsed').toFixed(1)}, ` +
        `resident ${slope(later, 'rss').toFixed(1)} bytes a document\n`,
    );
  },
  (SECONDS + 120) * 1000,
);
