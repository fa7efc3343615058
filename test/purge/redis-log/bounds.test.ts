/** The log is bounded by bytes and by age, and a primary without memory still takes purges. */
import type Redis from 'ioredis';
import { parsePosition, type Position } from '../../../src/purge/position';
import { RedisLog, type RedisLogOptions } from '../../../src/purge/redis-log/redis-log';
import { entityTag } from '../../../src/purge/tag';
import type { Purge } from '../../../src/purge/log';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startPrimary } from '../../kit/redis-region';
import type { RedisServer, RedisSettings } from '../../kit/redis-server';
import { until } from '../../kit/until';
import { follow, hard } from '../log-contract';
import { startRegion } from '../region-kit';
import { UNWATCHED } from '../../../src/report/outages';

const cleanup = cleanupAfterEach();
const KIB = 1024;
/** How often the primary looks at the log's size: every so many records. */
const EVERY = 64;

async function world(
  options: Partial<RedisLogOptions> = {},
  settings: RedisSettings = {},
): Promise<{ primary: RedisServer; redis: Redis; log: RedisLog }> {
  const primary = cleanup.add(await startPrimary(settings));
  const log = cleanup.add(new RedisLog({ url: primary.url, primaryTimeoutMs: 20_000, ...options }));
  return { primary, redis: primary.client(), log };
}

const many = (tags: number, from = 0): Purge[] =>
  Array.from({ length: tags }, (_, id) => ({ tag: entityTag('Product', from + id), kind: 'hard' }));

async function append(log: RedisLog, records: number, tags = 1): Promise<Position> {
  let last: Position | undefined;
  for (let id = 0; id < records; id++) last = await log.append(many(tags, id * tags));
  return last!;
}

/** So that the next look comes with the very next record. */
async function untilJustBeforeALook(log: RedisLog): Promise<void> {
  while ((await log.append(hard('filler'))).seq % EVERY !== EVERY - 1);
}

const bytesOf = async (redis: Redis): Promise<number> =>
  Number(await redis.call('MEMORY', 'USAGE', 'purges'));
const firstOf = async (redis: Redis): Promise<Position> =>
  parsePosition((await redis.xrange('purges', '-', '+', 'COUNT', 1))[0]![0])!;

describe('P82 the log', () => {
  it.each([
    ['one tag', 1, 12_000],
    ['ten tags', 10, 3_000],
    ['a hundred tags', 100, 600],
  ])('P82 stays within its bytes whatever its records hold: %s', async (_, tags, records) => {
    const { redis, log } = await world({ maxBytes: 256 * KIB });
    let most = 0;
    for (let round = 0; round < 6; round++) {
      await append(log, records / 6, tags);
      most = Math.max(most, await bytesOf(redis));
    }
    // What comes between two looks, and the last node of the stream, which is not cut.
    const slack = EVERY * (60 + 40 * tags);
    expect(most).toBeLessThan(256 * KIB + slack);
    expect(await bytesOf(redis)).toBeGreaterThan(128 * KIB);
    const { seq } = await firstOf(redis);
    expect(seq).toBeGreaterThan(0);
    const witness = await follow(log);
    await witness.reaches(await log.append(hard('last')));
    expect(witness.table.floor.seq).toBeGreaterThanOrEqual(seq);
    expect(witness.table.verdict(witness.table.floor, [entityTag('P', 'never')])).toBe('fresh');
  });

  it('P82 gives up what is older than any entry, and keeps all that is not', async () => {
    const { redis, log } = await world({ retainSeconds: () => 600 });
    await append(log, 200);
    const { epoch } = await log.lastPosition();
    const marks = async () => String(await redis.hget('purges:epoch', 't'));
    // One for each ten seconds, and those of the clock may change meanwhile.
    expect(await marks()).toMatch(new RegExp(`^${epoch}\\|10\\|\\d+:64(,\\d+:\\d+)?$`));
    // A look was taken at record 64 longer ago than that, and at record 128 a little less long ago.
    const bucket = Math.floor(Date.now() / 1000 / 10);
    await redis.hset('purges:epoch', 't', `${epoch}|10|${bucket - 70}:64,${bucket - 50}:128`);
    await untilJustBeforeALook(log);
    expect(await firstOf(redis)).toMatchObject({ seq: 0 });
    const last = await log.append(hard('last'));
    const { seq } = await firstOf(redis);
    // A node of the stream, which holds up to a hundred records, goes as a whole or stays.
    expect(seq).toBeLessThanOrEqual(64);
    expect(await marks()).toMatch(new RegExp(`^${epoch}\\|10\\|${bucket - 50}:128,\\d+:${last.seq}$`));
    await redis.hset('purges:epoch', 't', `${epoch}|10|${bucket - 70}:${last.seq}`);
    await untilJustBeforeALook(log);
    await log.append(hard('last'));
    expect((await firstOf(redis)).seq).toBeGreaterThan(64);
    expect((await firstOf(redis)).seq).toBeLessThanOrEqual(last.seq);
  });

  it.each([
    ['a clock that went back', (epoch: number) => `${epoch}|10|99999999999:64`],
    ['another epoch', (epoch: number) => `${epoch - 1}|10|1:64`],
    ['another length of time', (epoch: number) => `${epoch}|11|1:64`],
    ['nonsense', () => 'hello'],
  ])('P15 P82 gives nothing up because of %s', async (_, text) => {
    const { redis, log } = await world({ retainSeconds: () => 600 });
    const { epoch } = await log.lastPosition();
    await append(log, 150);
    await redis.hset('purges:epoch', 't', text(epoch));
    await untilJustBeforeALook(log);
    const last = await log.append(hard('last'));
    expect((await firstOf(redis)).seq).toBe(0);
    expect(await redis.hget('purges:epoch', 't')).toMatch(new RegExp(`^${epoch}\\|10\\|\\d+:${last.seq}$`));
  });

  it('P82 gives up records of earlier epochs, which nobody needs, and never the newest', async () => {
    const { redis, log } = await world();
    const before = await append(log, 2 * EVERY);
    await redis.hset('purges:epoch', 'r', 'another');
    const after = await append(log, 2 * EVERY);
    expect(after.epoch).not.toBe(before.epoch);
    // A node of the stream may hold the last of them and the first of this one.
    expect((await redis.xlen('purges')) - after.seq).toBeLessThan(100);
    // Everything is too old, and yet something is left: an empty log would begin another epoch.
    await redis.hset('purges:epoch', 't', `${after.epoch}|10|1:${after.seq + EVERY}`);
    await append(log, EVERY - 1);
    const last = await log.append(hard('last'));
    expect(last.epoch).toBe(after.epoch);
    expect(await log.lastPosition()).toEqual(last);
  });

  it('P82 is bounded by the number of its records where the account may not ask for its size', async () => {
    const rights =
      '+eval +evalsha +info +hmget +hset +exists +xadd +xlen +xinfo|stream +time +hello +client|setname';
    const primary = cleanup.add(
      await startPrimary({ user: `purger on >secret ~purges ~purges:epoch -@all ${rights}` }),
    );
    const url = primary.url.replace('//', '//purger:secret@');
    const log = cleanup.add(new RedisLog({ url, maxBytes: 60 * KIB, primaryTimeoutMs: 20_000 }));
    await Promise.all(Array.from({ length: 5_000 }, (_, id) => log.append(hard(id))));
    const length = await primary.client().xlen('purges');
    expect(length).toBeGreaterThanOrEqual(2_048);
    expect(length).toBeLessThan(2_200);
  });

  it('costs a region nothing: who has read what was given up goes on as if nothing had been', async () => {
    const { primary, log } = await world({ maxBytes: 64 * KIB });
    const region = await startRegion(cleanup, primary);
    await region.serves();
    const answer = region.ask(entityTag('Other', 1));
    await region.reaches(await append(log, 600, 10));
    const looks = async () =>
      Number(
        /cmdstat_xinfo\|stream:calls=(\d+)/.exec(
          String(await region.replica.command('INFO', 'commandstats')),
        )?.[1],
      );
    const before = await looks();
    await until('the copy was looked at', async () => (await looks()) > before);
    await region.reaches(await log.append(hard('last')));
    expect(region.purges.stats()).toMatchObject({ gaps: 0, replicasReplaced: 0, newEpochs: 0 });
    expect(answer.isTrusted()).toBe(true);
  });
});

describe('P82 a primary without memory', () => {
  async function full(user?: string) {
    const faults: unknown[] = [];
    const primary = cleanup.add(await startPrimary(user === undefined ? {} : { user }));
    const redis = primary.client();
    const url = user === undefined ? primary.url : primary.url.replace('//', '//purger:secret@');
    const log = cleanup.add(
      new RedisLog({ url, primary: { ...UNWATCHED, failed: (error) => faults.push(error) } }),
    );
    await append(log, 3_000);
    await redis.set('junk', 'x'.repeat(1_000_000));
    await redis.config('SET', 'maxmemory', String(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]));
    await expect(redis.set('more', 'x')).rejects.toThrow('OOM');
    return { log, redis, faults };
  }

  it('P82 takes purges all the same, at the cost of history, and says that it is full', async () => {
    const { log, redis, faults } = await full();
    const before = await log.lastPosition();
    expect((await log.append(hard(1))).seq).toBe(before.seq + 1);
    expect(await redis.xlen('purges')).toBeLessThan(2_000);
    expect(String(faults[0])).toContain('OOM');
    for (let id = 0; id < 100; id++) await log.append(hard(id));
    // Some are always kept, for regions that are a little behind.
    expect(await redis.xlen('purges')).toBeGreaterThan(900);
    await redis.del('junk');
    faults.length = 0;
    await log.append(hard(2));
    expect(faults).toEqual([]);
  });

  it('P82 refuses them where its account may not give history up, and takes them once there is room', async () => {
    const rights =
      '+eval +evalsha +info +time +hmget +hset +exists +xadd +xlen +xinfo|stream +hello +client|setname';
    const { log, redis, faults } = await full(`purger on >secret ~purges ~purges:epoch -@all ${rights}`);
    await expect(log.append(hard(1))).rejects.toMatchObject({
      code: 'PURGE_NOT_ACKNOWLEDGED',
      detail: expect.stringContaining('OOM') as string,
    });
    expect(String(faults[0])).toContain('OOM');
    await redis.del('junk');
    expect(await log.append(hard(1))).toBeDefined();
  });
});
