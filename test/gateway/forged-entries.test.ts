/** Those who hold the account of a region's gateway write entries of their own to its Redis. */
import { crc32 } from 'node:zlib';
import type Redis from 'ioredis';
import type { CacheKey, Entry } from '../../src/cache/entry';
import { decodeEntry, encodeEntry } from '../../src/cache/entry-codec';
import { Seal, SEAL_BYTES } from '../../src/cache/seal';
import { positionAt } from '../../src/purge/position';
import { passwordOf } from '../../src/redis/acl';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { takeDownLog, type LogLine } from '../kit/log';
import { startOrigin, type Origin } from '../kit/origin';
import { startRedis } from '../kit/redis-server';
import { until } from '../kit/until';
import { SECRET, startOurPrimary, startOurRegion } from '../redis/our-redis';

const cleanup = cleanupAfterEach();

const KETTLE = '{ product(id: "1") { name } }';
const OTHER = '{ product(id: "2") { name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

interface World {
  readonly origin: Origin;
  readonly gateway: GatewayProcess;
  readonly lines: readonly LogLine[];
  readonly forger: Forger;
}

/** What the account may do: `MGET` and `SET` of entries whose names it knows. */
class Forger {
  constructor(
    readonly redis: Redis,
    readonly keysOf: () => Promise<string[]>,
  ) {}

  /** The only entry that was not there before. @returns its name once a gateway has written it */
  async nameOfNext(act: () => Promise<unknown>): Promise<string> {
    const before = await this.keysOf();
    await act();
    const added = async () => (await this.keysOf()).filter((key) => !before.includes(key));
    await until('an entry is written', async () => (await added()).length === 1);
    return (await added())[0]!;
  }

  async read(name: string): Promise<Buffer> {
    return (await this.redis.mgetBuffer(name))[0]!;
  }

  write(name: string, value: Buffer): Promise<unknown> {
    return this.redis.set(name, value, 'EX', 1000);
  }
}

async function startAt(urls: Record<string, string>, forger: Forger): Promise<World> {
  const origin = cleanup.add(await startOrigin());
  const { log, lines } = takeDownLog();
  // Every hit is then one of Redis.
  const env = { UPSTREAM_URL: origin.url, MEMORY_CACHE_BYTES: '0', LEASE_MS: '0', ...urls };
  const gateway = cleanup.add(await startGateway(env, { log }));
  return { origin, gateway, lines, forger };
}

/** Redis servers with the accounts of `lastmile redis`. */
async function start(): Promise<World> {
  const primary = cleanup.add(await startOurPrimary());
  const region = cleanup.add(await startOurRegion(primary));
  const inspector = region.as('inspector');
  const keysOf = async () => (await inspector.scan(0, 'MATCH', 'c:*', 'COUNT', 1000))[1].filter(isOfEntry);
  return startAt(
    { REDIS_URL: region.urlAs('gateway'), PRIMARY_REDIS_URL: primary.urlAs('purger') },
    new Forger(region.as('gateway'), keysOf),
  );
}

/** One Redis without any password. */
async function startOpen(): Promise<World> {
  const redis = cleanup.add(await startRedis());
  const keysOf = async () => ((await redis.command('KEYS', 'c:*')) as string[]).filter(isOfEntry);
  return startAt({ REDIS_URL: redis.url }, new Forger(redis.client(), keysOf));
}

/** Leases and texts of persisted queries have a colon more. */
function isOfEntry(key: string): boolean {
  return key.split(':').length === 2;
}

const keyOf = (name: string): CacheKey => name.slice(2) as CacheKey;

/** What a sealed entry says: nothing in it is secret from those who may read it. */
function contentOf(name: string, sealed: Buffer): Entry {
  // The same as an entry without a seal, but for the checksum.
  const bare = Buffer.from(sealed.subarray(0, -SEAL_BYTES));
  const said = decodeEntry(keyOf(name), withChecksumOfOwn(bare));
  if (typeof said === 'string') throw new Error(said);
  return said;
}

function withChecksumOfOwn(value: Buffer): Buffer {
  value.writeUInt32LE(crc32(value.subarray(8)), 4);
  return value;
}

const wasMissed = ({ status, cacheStatus }: Answer) =>
  expect([status, cacheStatus]).toEqual([200, 'fwd=uri-miss; stored']);

const CHANGES: readonly [what: string, change: (entry: Entry) => Partial<Entry>][] = [
  ['a longer maxAge', () => ({ maxAge: 1e300 })],
  ['a longer swr', () => ({ swr: 1e9 })],
  ['another body', () => ({ body: Buffer.from('{"data":{"product":{"name":"<script>"}}}') })],
  ['no tags', () => ({ tags: [] })],
  ['another ETag', () => ({ etag: '"forged"' })],
  ['another language', () => ({ language: 'xx' })],
  ['a later as-of', ({ asOf }) => ({ asOf: positionAt(asOf.epoch, asOf.seq + 1) })],
  ['a younger age', ({ answeredAt }) => ({ answeredAt: answeredAt + 500 })],
];

describe('P67 an entry that the holder of the account wrote', () => {
  it.each(CHANGES)('P67 with %s is a miss, with any seal that can be made', async (_what, change) => {
    const { origin, gateway, forger } = await start();
    const name = await forger.nameOfNext(() => gateway.query(KETTLE));
    expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/^hit/);
    const sealed = await forger.read(name);
    const entry = contentOf(name, sealed);
    const forged = { ...entry, ...change(entry) };
    const { answeredAt } = forged;
    const withOwnSeal = encodeEntry(forged, answeredAt, new Seal(passwordOf(SECRET, 'gateway')))!;
    const withOldSeal = Buffer.concat([withOwnSeal.subarray(0, -SEAL_BYTES), sealed.subarray(-SEAL_BYTES)]);
    for (const value of [encodeEntry(forged, answeredAt)!, withOwnSeal, withOldSeal]) {
      const asked = origin.count('product');
      await forger.write(name, value);
      const answer = await gateway.query(KETTLE);
      wasMissed(answer);
      expect(answer.data.product.name).toBe('Kettle');
      expect(origin.count('product')).toBe(asked + 1);
      await until('it is written anew', async () => !(await forger.read(name)).equals(value));
    }
    expect((await gateway.query(KETTLE)).cacheStatus).toMatch(/^hit/);
  });

  it('P67 is a miss where it is that of another key', async () => {
    const { gateway, forger } = await start();
    const name = await forger.nameOfNext(() => gateway.query(KETTLE));
    const other = await forger.nameOfNext(() => gateway.query(OTHER));
    await forger.write(name, await forger.read(other));
    const answer = await gateway.query(KETTLE);
    wasMissed(answer);
    expect(answer.data.product.name).toBe('Kettle');
  });

  it('P01 is not served where it is an older one of the same key that was purged', async () => {
    const { gateway, forger } = await start();
    const name = await forger.nameOfNext(() => gateway.query(KETTLE));
    const older = await forger.read(name);
    await gateway.query(RENAME);
    expect((await gateway.query(KETTLE)).data.product.name).toBe('Renamed');
    // Nothing is written while the region is not proven: it is asked for until it is.
    await until('the new one is written', async () => {
      await gateway.query(KETTLE);
      return !(await forger.read(name)).equals(older);
    });
    await forger.write(name, older);
    const answer = await gateway.query(KETTLE);
    expect(answer.data.product.name).toBe('Renamed');
    expect(answer.cacheStatus).toBe('fwd=stale; stored; detail=purged');
  });

  it('is told of at warn once a minute, with what to do', async () => {
    const { gateway, forger, lines } = await start();
    const name = await forger.nameOfNext(() => gateway.query(KETTLE));
    const sealed = await forger.read(name);
    for (let times = 0; times < 3; times++) {
      const value = Buffer.from(sealed);
      value[100]! ^= 1;
      await forger.write(name, value);
      await gateway.query(KETTLE);
      await until('it is written anew', async () => !(await forger.read(name)).equals(value));
    }
    const told = lines.filter(({ level, address }) => level >= 40 && address !== undefined);
    expect(told).toEqual([
      expect.objectContaining({
        level: 40,
        cause: 'FOREIGN_ENTRY',
        msg: expect.stringMatching(
          /^Redis at 127\.0\.0\.1:\d+ holds an entry that no gateway with this secret made \(FOREIGN_ENTRY\)$/,
        ),
        remedy: expect.stringMatching(/ADMIN_TOKEN.*change the password in REDIS_URL\./),
      }),
    ]);
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/during="get",kind="foreign"[^\n]* 3\n/);
    // It can be used all along.
    expect(lines.filter(({ msg }) => msg.includes('can be used again'))).toEqual([]);
  });
});

describe('another secret', () => {
  it('P67 is a cold cache, and the same one is not', async () => {
    const redis = cleanup.add(await startRedis());
    const origin = cleanup.add(await startOrigin());
    const ask = async (token: string) => {
      const env = { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, ADMIN_TOKEN: token };
      const gateway = cleanup.add(await startGateway(env));
      return (await gateway.query(KETTLE)).cacheStatus;
    };
    const client = redis.client();
    expect(await ask('a-token-of-some-length')).toBe('fwd=uri-miss; stored');
    await until('it is written', async () => (await client.keys('c:*')).some(isOfEntry));
    expect(await ask('a-token-of-some-length')).toMatch(/^hit/);
    expect(await ask('another-of-that-length')).toBe('fwd=uri-miss; stored');
  });
});

describe('P58 without a secret', () => {
  it('P58 no more than its policy’s time is given to an entry, whatever it says itself', async () => {
    const { gateway, forger } = await startOpen();
    const name = await forger.nameOfNext(() => gateway.query(KETTLE));
    const entry = decodeEntry(keyOf(name), await forger.read(name)) as Entry;
    await forger.write(name, encodeEntry({ ...entry, maxAge: 1e300, swr: 1e9, staleIfError: 1e9 })!);
    const { cacheStatus, headers } = await gateway.query(KETTLE);
    expect(Number(/^hit; ttl=(\d+)$/.exec(cacheStatus)?.[1])).toBeLessThanOrEqual(60);
    expect(headers['cache-control'] ?? '').not.toMatch(/\d{3}/);
    const long = { ...entry, maxAge: 1e300, answeredAt: entry.answeredAt - 61_000, staleIfError: 1e9 };
    await forger.write(name, encodeEntry(long)!);
    const old = await gateway.query(KETTLE);
    expect(old.cacheStatus).not.toMatch(/^hit; ttl=\d/);
  });

  it('P58 an ETag that cannot be a header is a miss, and no error', async () => {
    const { gateway, forger } = await startOpen();
    const name = await forger.nameOfNext(() => gateway.query(KETTLE));
    const entry = decodeEntry(keyOf(name), await forger.read(name)) as Entry;
    for (const etag of ['"a\r\nset-cookie: a"', '"a\0"', '']) {
      const value = encodeEntry({ ...entry, etag })!;
      await forger.write(name, value);
      wasMissed(await gateway.query(KETTLE));
      await until('it is written anew', async () => !(await forger.read(name)).equals(value));
    }
  });
});
