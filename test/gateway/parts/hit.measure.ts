/**
 * What a hit costs that is put together from two parts, beside the same answer stored whole; and what a hit of an operation
 * that cannot be cut costs more where others are cut. Processor time of this process in the engine alone, without a socket.
 *
 * Not by jest, whose modules run several times slower:
 *
 *   node --require ./test/kit/typescript-hook.cjs test/gateway/parts/hit.measure.ts
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../../src/config/read-config';
import { createLog } from '../../../src/report/log';
import { assemble, type Assembly } from '../../../src/server/assemble';
import { temporaryFolder } from '../../kit/folder';
import { startOrigin } from '../../kit/origin';
import { startRedis } from '../../kit/redis-server';
import { shopTypes } from '../../kit/shop-schema';
import { until } from '../../kit/until';

const HITS = 1000;
const ROUNDS = 30;
const CASES = [
  ['put together from two parts', '{ products { id name price } viewer { id name } }'],
  ['that cannot be cut', '{ products { id name price } }'],
] as const;

async function measure(): Promise<void> {
  const [redis, origin] = [await startRedis(), await startOrigin()];
  const folder = temporaryFolder('hits');
  const schema = join(folder.path, 'schema.graphql');
  await writeFile(schema, shopTypes);
  const start = async (parts: string): Promise<Assembly> => {
    const env = {
      REDIS_URL: redis.url,
      UPSTREAM_URL: origin.url,
      SCHEMA: schema,
      WARM: '0',
      PARTS: parts,
      FRESHNESS_BOUND_MS: '60000',
    };
    const made = assemble(
      readConfig({ ...env, SESSION: 'header:authorization', DEFAULT_MAX_AGE: '600' }),
      createLog('silent', false),
    );
    await made.start();
    await until('it is ready', () => made.ready());
    return made;
  };
  const [cutting, whole] = [await start('1'), await start('0')];
  for (const [what, query] of CASES) {
    const ask = askerOf(query);
    const times: Record<'cutting' | 'whole', number[]> = { cutting: [], whole: [] };
    // By turns, so that whatever else the machine does is in both.
    for (let round = 0; round < ROUNDS; round++) {
      times.cutting.push(await micros(() => ask(cutting)));
      times.whole.push(await micros(() => ask(whole)));
    }
    const [one, other] = [leastQuarter(times.cutting), leastQuarter(times.whole)];
    process.stdout.write(
      `a hit ${what}: ${one.toFixed(1)} us; with PARTS=0 ${other.toFixed(1)} us: ${(one / other).toFixed(3)} times\n`,
    );
  }
  await Promise.all([cutting.close(), whole.close()]);
  await Promise.all([origin.close(), redis.stop(), folder.remove()]);
}

function askerOf(query: string): (region: Assembly) => Promise<string> {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer ann' };
  const request = { method: 'POST', search: '', headers, body: Buffer.from(JSON.stringify({ query })) };
  return async ({ gateway }) => String((await gateway.handle(request)).headers);
}

/** Processor time of one hit. */
async function micros(hit: () => Promise<string>): Promise<number> {
  // In a lot no turn of the event loop passes, so the region is proven no more after some: it is first again.
  await until('it is a hit', async () => (await hit()).includes('; hit'));
  const before = process.cpuUsage();
  for (let at = 0; at < HITS; at++) {
    const headers = await hit();
    if (!headers.includes('; hit')) throw new Error(`It was no hit: ${headers}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / HITS;
}

/** Of the rounds that others disturbed least. */
function leastQuarter(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)]!;
}

void measure();
