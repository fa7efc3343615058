/** Entries in a Redis that Sentinels name, and move; and what is not kept there. */
import { entrySecret } from '../../src/config/config';
import { readConfig } from '../../src/config/read-config';
import { ConfigError } from '../../src/config/problem';
import { keepConnected } from '../../src/connection/keep-connected';
import { doctor } from '../../src/doctor/doctor';
import { openRegion } from '../../src/plugin/region';
import { UNWATCHED } from '../../src/report/outages';
import { startAuthority } from '../kit/authority';
import { cleanupAfterEach } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { startTlsRedis } from '../kit/redis-tls';
import { startSentinel } from '../kit/sentinel';
import { pause, until } from '../kit/until';

const cleanup = cleanupAfterEach();
const NAME = 'entries';
const PASSWORD = 'a:p@ss/word';
const SHOW = 'query Show($id: ID!) { product(id: $id) { name } }';

/** Two servers for entries, one the replica of the other, and who watches them. */
async function startEntries() {
  const auth = { requirepass: PASSWORD, masterauth: PASSWORD, 'repl-diskless-sync-delay': 0 };
  const first = cleanup.add(await startRedis(auth));
  const second = cleanup.add(await startRedis({ ...auth, replicaof: `127.0.0.1 ${first.port}` }));
  const lines = [`sentinel auth-pass ${NAME} ${PASSWORD}`];
  const sentinel = cleanup.add(
    await startSentinel({ name: NAME, primary: first, password: 'watch man', lines }),
  );
  await until('Sentinel has found the replica', async () => (await sentinel.replicas()) === 1);
  return { first, second, sentinel };
}

function urlOf(...ports: number[]): string {
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
  return `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${hosts}/${NAME}?sentinelPassword=watch%20man`;
}

async function start(cacheUrl: string, env: Record<string, string> = {}) {
  const origin = cleanup.add(await startOrigin());
  const log = cleanup.add(await startRedis());
  const { log: into, lines } = takeDownLog();
  const fast = { MEMORY_CACHE_BYTES: '0', PROBE_INTERVAL_MS: '100' };
  const all = { UPSTREAM_URL: origin.url, REDIS_URL: log.url, CACHE_REDIS_URL: cacheUrl, ...fast, ...env };
  const gateway = cleanup.add(await startGateway(all, { log: into, awaitReady: false }));
  return { gateway, lines, env: all };
}

function hits(gateway: GatewayProcess, id: string): Promise<unknown> {
  return until('it hits', async () =>
    (await gateway.query(SHOW, { variables: { id } })).cacheStatus.startsWith('hit'),
  );
}

const entriesIn = async (server: RedisServer) => (await server.client().keys('c:*')).length;

describe('entries in a Redis that Sentinels name', () => {
  it('go where it is, also after it died', async () => {
    const { first, second, sentinel } = await startEntries();
    // The first of those listed does not exist: any one that answers will do.
    const { gateway, lines, env } = await start(urlOf(await freePort(), sentinel.port));
    await hits(gateway, '1');
    expect(await entriesIn(first)).toBeGreaterThan(0);
    const findings = await doctor({ ...readConfig(env), admin: { token: undefined } });
    expect(findings.filter(({ id, severity }) => id === 'reach' && severity === 'ok')).toContainEqual(
      expect.objectContaining({ what: `the cache Redis answers at 127.0.0.1:${first.port}` }),
    );
    expect(findings.filter(({ id }) => id === 'rights').map(({ severity }) => severity)).not.toContain(
      'error',
    );

    await first.kill();
    await until('the other is promoted', async () => (await sentinel.primaryPort()) === second.port);
    await hits(gateway, '1');
    await hits(gateway, '2');
    expect(await entriesIn(second)).toBeGreaterThan(1);
    expect(JSON.stringify(lines)).not.toContain(PASSWORD);
  });

  it('go to the other also while the one before lives on', async () => {
    const { first, second, sentinel } = await startEntries();
    const { gateway } = await start(urlOf(sentinel.port));
    await hits(gateway, '1');
    // It has to have heard of the other first, and that it is well.
    await until('there is one to be promoted', async () => {
      await sentinel.failover();
      return true;
    });
    await until('the other is promoted', async () => (await sentinel.primaryPort()) === second.port);
    await until('the one before follows', async () =>
      String(await first.command('INFO', 'replication')).includes('role:slave'),
    );
    await hits(gateway, '2');
    expect((await gateway.query(SHOW, { variables: { id: '3' } })).errors).toBeUndefined();
    await until('the new one has what was stored', async () => (await entriesIn(second)) > 1);
  });

  it('go by TLS, to Sentinel and Redis, for a rediss+sentinel: URL', async () => {
    const authority = cleanup.add(await startAuthority());
    const issued = await authority.issue({ name: 'redis.test' });
    const { server, tlsPort } = cleanup.add(await startTlsRedis(issued, { 'tls-replication': 'yes' }));
    const tlsOfSentinel = await freePort();
    cleanup.add(
      await startSentinel({
        name: NAME,
        primary: { port: tlsPort },
        lines: [
          `tls-port ${tlsOfSentinel}`,
          `tls-cert-file ${issued.certificate}`,
          `tls-key-file ${issued.key}`,
          `tls-ca-cert-file ${authority.ca}`,
          'tls-auth-clients no',
          'tls-replication yes',
        ],
      }),
    );
    const url = `rediss+sentinel://127.0.0.1:${tlsOfSentinel}/${NAME}`;
    const { gateway } = await start(url, { REDIS_TLS_CA: authority.ca, REDIS_TLS_NAME: 'redis.test' });
    await hits(gateway, '1');
    expect(await entriesIn(server)).toBeGreaterThan(0);

    // Closed in the middle of any handshake it ends no process, also where what Sentinel names is not trusted.
    for (let times = 0; times < 200; times++) {
      let asked = 0;
      const checkServerIdentity = () => (++asked > 1 ? new Error('not this one') : undefined);
      const tls = { ca: authority.text, checkServerIdentity };
      const redis = keepConnected(url, { tls, lazyConnect: true, disconnectTimeout: 50 }, UNWATCHED);
      redis.connect().catch(() => {});
      await pause(Math.random() * 30);
      redis.disconnect();
    }
    await pause(200);
  });
});

describe('Sentinels that are of no help', () => {
  it.each([
    ['do not answer', async () => urlOf(await freePort())],
    [
      'do not know the name',
      async () => urlOf((await startEntries()).sentinel.port).replace(`/${NAME}`, '/other'),
    ],
  ])('are told of when they %s, and the gateway serves', async (_, url) => {
    const { gateway, lines } = await start(await url());
    const line = await until('it is told of', () => lines.find(({ cause }) => cause === 'SENTINEL'));
    expect(line).toMatchObject({
      level: 40,
      msg: expect.stringMatching(/^Redis at \w+ of Sentinel at 127\.0\.0\.1:\d+ cannot be found/),
      remedy: expect.stringContaining('CACHE_REDIS_URL'),
    });
    const { errors, data } = await gateway.query(SHOW, { variables: { id: '1' } });
    expect([errors, data]).toEqual([undefined, { product: { name: expect.any(String) } }]);
    expect(JSON.stringify(lines)).not.toMatch(/p(@|%40)ss|watch/);
  });
});

it.each([
  ['the same password', 'redis+sentinel://u:a%40b@s:1,t:2/n', false],
  ['another', 'redis+sentinel://u:other@s:1,t:2/n', true],
  ['none', 'redis+sentinel://s:1,t:2/n', true],
])('seals entries with what their account is not opened with: %s', (_, cacheUrl, isApart) => {
  const redis = { primaryUrl: 'redis://p:a%40b@host', cacheUrl };
  expect(entrySecret({ redis, admin: { token: undefined } })).toEqual({ secret: 'a%40b', isApart });
});

describe('the purge log', () => {
  const url = 'redis+sentinel://127.0.0.1:26379/log';

  it.each(['REDIS_URL', 'PRIMARY_REDIS_URL'])(
    'is not kept by Sentinels: %s is refused, with the reason',
    (variable) => {
      const read = () => readConfig({ REDIS_URL: 'redis://127.0.0.1', [variable]: url });
      expect(read).toThrow(ConfigError);
      expect(read).toThrow(/A Sentinel URL is for entries alone: of two primaries/);
    },
  );

  it.each(['redisUrl', 'primaryRedisUrl'])('is not kept by Sentinels in the plugin: %s', (option) => {
    expect(() => openRegion({ redisUrl: 'redis://127.0.0.1', [option]: url })).toThrow(/for entries alone/);
  });
});
