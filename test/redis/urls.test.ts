/** A Redis as it is run: behind TLS, with a password of any characters, in a database, at an IPv6 address. */
import { readConfig } from '../../src/config/read-config';
import { doctor } from '../../src/doctor/doctor';
import { openRegion } from '../../src/plugin/region';
import { startAuthority, type Authority } from '../kit/authority';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startReplica } from '../kit/redis-region';
import { startRedis } from '../kit/redis-server';
import { startTlsRedis } from '../kit/redis-tls';
import { until } from '../kit/until';

const always = cleanupAfterAll();
const cleanup = cleanupAfterEach();

const NAME = 'redis.test';
let authority: Authority;
let foreign: Authority;

beforeAll(async () => {
  authority = always.add(await startAuthority());
  foreign = always.add(await startAuthority());
});

/** A gateway that keeps entries in Redis alone, so that a hit comes from there. */
async function start(env: Record<string, string>) {
  const origin = cleanup.add(await startOrigin());
  const { log, lines } = takeDownLog();
  const fast = { MEMORY_CACHE_BYTES: '0', PROBE_INTERVAL_MS: '100' };
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, ...fast, ...env }, { log, awaitReady: false }),
  );
  return { gateway, lines };
}

async function hits(env: Record<string, string>): Promise<void> {
  const { gateway, lines } = await start(env);
  const ask = () => gateway.query('{ product(id: "1") { name } }');
  await until(`it hits; the log: ${JSON.stringify(lines)}`, async () =>
    (await ask()).cacheStatus.startsWith('hit'),
  );
  await gateway.query('mutation { likeProduct(id: "1") { version } }');
  expect((await ask()).cacheStatus).toMatch(/detail=purged/);
}

it('is used with a user and a password of any characters, in a database, at an IPv6 address', async () => {
  const password = "p@s:s/w?o#r%d &+'ü";
  const server = cleanup.add(await startRedis({ bind: '127.0.0.1 ::1', databases: 4 }));
  await server.command('ACL', 'SETUSER', 'us:er@', 'on', `>${password}`, '~*', '&*', '+@all');
  const user = `${encodeURIComponent('us:er@')}:${encodeURIComponent(password)}`;
  await hits({ REDIS_URL: `redis://${user}@[::1]:${server.port}/3` });
  expect(await server.client({ db: 3 }).dbsize()).toBeGreaterThan(2);
  expect(await server.client({ db: 0 }).dbsize()).toBe(0);
});

describe('a Redis with a certificate of a private authority', () => {
  it('is used for all three, with REDIS_TLS_CA as a file or as text', async () => {
    const issued = await authority.issue({ name: 'localhost' });
    const { server, tlsUrl } = cleanup.add(await startTlsRedis(issued));
    await hits({ REDIS_URL: tlsUrl, REDIS_TLS_CA: authority.ca });
    await server.command('FLUSHALL');
    await hits({ REDIS_URL: tlsUrl, REDIS_TLS_CA: authority.text.replaceAll('\n', String.raw`\n`) });
  });

  it('is used at an address when its certificate is for REDIS_TLS_NAME', async () => {
    const { tlsPort } = cleanup.add(await startTlsRedis(await authority.issue({ name: NAME })));
    const url = `rediss://127.0.0.1:${tlsPort}`;
    await hits({ REDIS_URL: url, REDIS_TLS_CA: authority.ca, REDIS_TLS_NAME: NAME });
  });

  it('is used by the plugin', async () => {
    const { tlsPort } = cleanup.add(await startTlsRedis(await authority.issue({ name: NAME })));
    const region = openRegion({
      redisUrl: `rediss://127.0.0.1:${tlsPort}`,
      redisTls: { ca: authority.text, name: NAME },
    });
    cleanup.later(() => region.close());
    await until('the region is proven', () => region.state === 'proven');
  });

  it('is examined by the doctor, replication too', async () => {
    const tls = await authority.issue({ name: NAME });
    const files = {
      'tls-cert-file': tls.certificate,
      'tls-key-file': tls.key,
      'tls-ca-cert-file': authority.ca,
    };
    const primary = cleanup.add(await startTlsRedis(tls));
    const replica = cleanup.add(
      await startReplica({ port: primary.tlsPort }, { ...files, 'tls-replication': 'yes' }),
    );
    const config = readConfig({
      REDIS_URL: replica.url,
      PRIMARY_REDIS_URL: `rediss://127.0.0.1:${primary.tlsPort}`,
      REDIS_TLS_CA: authority.ca,
      REDIS_TLS_NAME: NAME,
      REGION: 'iad',
    });
    await until('the replica is in step', async () =>
      String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
    );
    const findings = await doctor({ ...config, admin: { token: undefined } });
    for (const id of ['reach', 'freshness', 'replica-role'])
      expect(findings.filter((finding) => finding.id === id).map(({ severity }) => severity)).not.toContain(
        'error',
      );
    expect(findings.filter(({ id }) => id === 'tls')).toEqual([
      expect.objectContaining({
        severity: 'ok',
        what: expect.stringContaining('the primary is valid until'),
      }),
      expect.objectContaining({ severity: 'ok', what: expect.stringContaining('by TLS') }),
    ]);
    const primaries = findings.find(({ id }) => id === 'two-primaries');
    expect(primaries?.what).toContain('one primary answers');
  });
});

it('is complained of by the doctor where its certificate ends soon, or the log comes in the clear', async () => {
  const { server, tlsPort } = cleanup.add(
    await startTlsRedis(await authority.issue({ name: NAME, days: 20 })),
  );
  const replica = cleanup.add(await startReplica(server));
  const config = readConfig({
    REDIS_URL: replica.url,
    PRIMARY_REDIS_URL: `rediss://127.0.0.1:${tlsPort}`,
    REDIS_TLS_CA: authority.ca,
    REDIS_TLS_NAME: NAME,
  });
  const findings = await doctor({ ...config, admin: { token: undefined } });
  expect(findings.filter(({ id }) => id === 'tls')).toEqual([
    expect.objectContaining({ severity: 'warning', remedy: expect.stringContaining('Renew it') }),
    expect.objectContaining({ severity: 'warning', remedy: expect.stringContaining('tls-replication') }),
  ]);
});

describe('a certificate that cannot be trusted', () => {
  it.each([
    [
      'of another authority',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      () => foreign.issue({ name: NAME }),
      'REDIS_TLS_CA',
    ],
    [
      'for another name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      () => authority.issue({ name: 'other.test' }),
      'REDIS_TLS_NAME',
    ],
    ['that has expired', 'CERT_HAS_EXPIRED', () => authority.issue({ name: NAME, days: -1 }), 'Renew it'],
  ] as const)('%s is told of with address and remedy, by log and doctor', async (_, cause, issue, remedy) => {
    const { tlsPort } = cleanup.add(await startTlsRedis(await issue()));
    const env = {
      REDIS_URL: `rediss://127.0.0.1:${tlsPort}`,
      REDIS_TLS_CA: authority.ca,
      REDIS_TLS_NAME: NAME,
    };
    const { gateway, lines } = await start(env);
    const line = await until('it is told of', () => lines.find((each) => each.cause === cause));
    expect(line).toMatchObject({
      level: 40,
      address: `127.0.0.1:${tlsPort}`,
      msg: expect.stringContaining('shows a certificate'),
      remedy: expect.stringContaining(remedy),
    });
    const { cacheStatus, errors } = await gateway.query('{ product(id: "1") { name } }');
    expect([cacheStatus, errors]).toEqual([expect.stringContaining('unproven'), undefined]);
    const [reach] = await doctor({ ...readConfig(env), admin: { token: undefined } });
    expect(reach).toMatchObject({ id: 'reach', severity: 'error', remedy: expect.stringContaining(remedy) });
  });
});
