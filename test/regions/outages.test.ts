import { cleanupAfterEach } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startGateway } from '../kit/gateway';
import { startLink } from '../kit/link';
import { takeDownLog, type LogLine } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startReplica } from '../kit/redis-region';
import { startRedis } from '../kit/redis-server';
import { startTlsRedis } from '../kit/redis-tls';
import { pause, until } from '../kit/until';

const cleanup = cleanupAfterEach();

/** A busy machine is no outage. */
const PATIENT = { REDIS_TIMEOUT_MS: '2000' };

const WARN = 40;
const INFO = 30;
const PASSWORD = 'a-password-nobody-may-read';

/** A gateway in front of an API, and what it logs. */
async function start(env: Record<string, string>) {
  const origin = cleanup.add(await startOrigin());
  const log = takeDownLog();
  const fast = { PROBE_INTERVAL_MS: '100', FRESHNESS_BOUND_MS: '500', MEMORY_CACHE_BYTES: '0', ...PATIENT };
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, ...fast, ...env }, { awaitReady: false, log: log.log }),
  );
  return { gateway, origin, ...log };
}

/** Those that say that something cannot be used. */
function warned(lines: readonly LogLine[]): LogLine[] {
  return lines.filter(({ level, cause }) => level === WARN && cause !== undefined);
}

const isOver = ({ level, msg }: LogLine) => level === INFO && msg.endsWith('can be used again');

/** Each of the three uses of Redis, with a sound one for the others. */
const USES = [
  [
    "the log's copy",
    (bad: string, good: string) => ({ REDIS_URL: bad, CACHE_REDIS_URL: good, PRIMARY_REDIS_URL: good }),
  ],
  [
    'entries',
    (bad: string, good: string) => ({ REDIS_URL: good, CACHE_REDIS_URL: bad, PRIMARY_REDIS_URL: good }),
  ],
  [
    'the primary',
    (bad: string, good: string) => ({ REDIS_URL: good, CACHE_REDIS_URL: good, PRIMARY_REDIS_URL: bad }),
  ],
] as const;

describe.each(USES)('a Redis for %s that cannot be used', (_, urls) => {
  it('is told of at warn with address, cause and remedy, never a password, and at info when that is over', async () => {
    const good = cleanup.add(await startRedis());
    const bad = cleanup.add(await startRedis({ requirepass: 'right' }));
    const { lines } = await start(urls(`redis://:${PASSWORD}@127.0.0.1:${bad.port}`, good.url));
    const address = `127.0.0.1:${bad.port}`;
    // On a busy machine others may be too slow for a moment, or this one once it can be used.
    const told = () =>
      warned(lines).filter((line) => line['address'] === address && line.cause !== 'timeout');
    const over = () => lines.filter((line) => line['address'] === address && isOver(line));
    await until('it is told of', () => told().length > 0);
    expect(told()[0]).toMatchObject({
      address,
      cause: 'WRONGPASS',
      msg: `Redis at 127.0.0.1:${bad.port} refuses the user or the password (WRONGPASS)`,
      remedy: expect.stringMatching(/^Check both in [A-Z_]*REDIS_URL\. Run `lastmile doctor`/),
    });
    await bad.command('CONFIG', 'SET', 'requirepass', PASSWORD);
    await until('it is over', () => over().length > 0);
    // Long enough for every connection to have met it more than once.
    await pause(1_500);
    expect(told()).toHaveLength(1);
    const slow = warned(lines).filter((line) => line['address'] === address && line.cause === 'timeout');
    expect(over().length).toBeLessThanOrEqual(1 + slow.length);
    expect(JSON.stringify(lines)).not.toContain(PASSWORD);
  });
});

/** What the other side is like -> the word for it. */
const CAUSES: readonly [cause: string | RegExp, prepare: () => Promise<string>][] = [
  ['ECONNREFUSED', async () => `redis://127.0.0.1:${await freePort()}`],
  [/^(ENOTFOUND|EAI_AGAIN)$/, () => Promise.resolve('redis://nowhere.invalid:6379')],
  ['NOAUTH', async () => cleanup.add(await startRedis({ requirepass: 'right' })).url],
  [
    'NOPERM',
    async () => {
      const redis = cleanup.add(await startRedis());
      await redis.command('ACL', 'SETUSER', 'few', 'on', '>few', '~*', '+ping', '+client|setname');
      return `redis://few:few@127.0.0.1:${redis.port}`;
    },
  ],
  [
    'LOADING',
    async () => {
      const redis = cleanup.add(await startRedis({ appendonly: 'yes', appendfsync: 'always' }));
      await redis.command('DEBUG', 'POPULATE', 2000, 'other', 100);
      await redis.command('BGREWRITEAOF');
      await until('it is rewritten', async () =>
        /aof_rewrite_in_progress:0/.test(String(await redis.command('INFO'))),
      );
      const slowly = { 'key-load-delay': 5_000, 'loading-process-events-interval-bytes': 1024 };
      await redis.restart({ settings: slowly, ready: false });
      return redis.url;
    },
  ],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', async () => cleanup.add(await startTlsRedis()).tlsUrl],
  // A plain Redis waits for the end of a line that never comes.
  [
    /^ERR_SSL|^EPROTO|ETIMEDOUT/,
    async () => cleanup.add(await startRedis()).url.replace('redis:', 'rediss:'),
  ],
  [
    /timeout/i,
    async () => {
      const link = cleanup.add(await startLink(cleanup.add(await startRedis()).port));
      link.blackHole();
      return `redis://127.0.0.1:${link.port}`;
    },
  ],
];

it.each(CAUSES)('names the cause %s, for each use of Redis', async (cause, prepare) => {
  const bad = await prepare();
  const good = cleanup.add(await startRedis());
  await Promise.all(
    USES.map(async ([use, urls]) => {
      const { lines } = await start(urls(bad, good.url));
      // A busy machine may first be too slow an answer.
      const isNamed = ({ cause: word }: LogLine) =>
        typeof cause === 'string' ? word === cause : cause.test(String(word));
      const line = await until(`${use} is told of`, () => warned(lines).find(isNamed));
      expect(line.remedy).toMatch(/`lastmile doctor`/);
    }),
  );
});

it('tells of entries that are refused for being written, until they are taken again', async () => {
  const good = cleanup.add(await startRedis());
  const replica = cleanup.add(await startReplica(good, { 'replica-read-only': 'yes' }));
  const { lines, gateway } = await start({ REDIS_URL: good.url, CACHE_REDIS_URL: replica.url });
  await gateway.ready();
  const told = await until('it is told of', async () => {
    // Only what is proven to be fresh is written.
    await gateway.query('{ product(id: "1") { name } }');
    return warned(lines).find(({ cause }) => cause === 'READONLY');
  });
  expect(told).toMatchObject({ address: `127.0.0.1:${replica.port}` });
  await replica.config({ 'replica-read-only': 'no' });
  // No request is needed to find out.
  await until('it is over', () => lines.some(isOver));
});

it('tells once of one address that all uses share', async () => {
  const redis = cleanup.add(await startRedis());
  const { lines, gateway } = await start({ REDIS_URL: redis.url });
  await gateway.ready();
  await redis.kill();
  await until('it is told of', () => warned(lines).some(({ cause }) => cause === 'ECONNREFUSED'));
  await pause(1_500);
  expect(warned(lines).filter(({ cause }) => cause === 'ECONNREFUSED')).toHaveLength(1);
  await redis.restart();
  await until('it is over', () => lines.some(isOver));
});

it.each([
  ['the schema', null],
  ['a request', undefined],
])('tells of an upstream that cannot be reached, as %s meets it', async (_, schema) => {
  const origin = cleanup.add(await startOrigin());
  const link = cleanup.add(await startLink(origin.port));
  link.cut();
  const { log, lines } = takeDownLog();
  const env = { UPSTREAM_URL: `http://127.0.0.1:${link.port}/graphql` };
  const gateway = cleanup.add(
    await startGateway(env, { ...(schema === null && { schema }), awaitReady: false, log }),
  );
  const ask = () => gateway.query('{ product(id: "1") { name } }');
  await until('it is told of', async () => (await ask()) && warned(lines).length > 0);
  for (let times = 0; times < 20; times++) await ask();
  expect(warned(lines)).toEqual([
    expect.objectContaining({
      address: `127.0.0.1:${link.port}`,
      cause: 'ECONNREFUSED',
      msg: `the GraphQL API at 127.0.0.1:${link.port} is not there: nothing listens at that port (ECONNREFUSED)`,
      remedy: expect.stringContaining('UPSTREAM_URL'),
    }),
  ]);
  await link.restore();
  await until('it is over', async () => (await ask()) && lines.some(isOver));
  // The schema is read a little later.
  await until('it is answered', async () => (await ask()).status === 200);
});
