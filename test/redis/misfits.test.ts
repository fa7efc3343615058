/** A Redis that is of no use as its URL has it: said at the start, which then ends, and never passed over. */
import { readConfig } from '../../src/config/read-config';
import { CLUSTER_COMMANDS, formatGrant, GRANTS } from '../../src/redis/acl';
import { doctor } from '../../src/doctor/doctor';
import { runProcess } from '../kit/lastmile';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startCluster } from '../kit/redis-cluster';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const SHOW = 'query Show($id: ID!) { product(id: $id) { name } }';
/** The rights of a gateway, as the README lists them. */
const RIGHTS = formatGrant(GRANTS.region.find(({ account }) => account === 'gateway')!).split(' ');

async function start(env: Record<string, string>) {
  return runProcess(['serve'], {
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_PORT: '0',
    LOG_LEVEL: 'silent',
    ...env,
  });
}

/** @returns the URL without the database */
async function asGateway(server: RedisServer, ...more: string[]): Promise<string> {
  await server.command('ACL', 'SETUSER', 'gateway', 'on', '>pw', ...RIGHTS, ...more);
  return `redis://gateway:pw@127.0.0.1:${server.port}`;
}

describe('a database that Redis refuses ends the start, with a sentence', () => {
  it('that there is not', async () => {
    const { url, port } = cleanup.add(await startRedis({ databases: 4 }));
    const { status, errors } = await start({ REDIS_URL: `${url}/7` });
    expect(status).toBe(2);
    expect(errors).toMatch(/^One problem with the configuration:\n\n {2}REDIS_URL\n/);
    expect(errors).toContain(`Redis at 127.0.0.1:${port} refuses database 7: ERR DB index is out of range.`);
    expect(errors).toContain('or leave the number out');
    const findings = await doctor(readConfig({ REDIS_URL: `${url}/7` }));
    expect(findings[0]).toMatchObject({
      id: 'reach',
      severity: 'error',
      what: expect.stringContaining('refuses the database'),
    });
  });

  it.each(['CACHE_REDIS_URL', 'PRIMARY_REDIS_URL'])(
    'that the documented account may not SELECT, in %s',
    async (variable) => {
      const server = cleanup.add(await startRedis({ databases: 4 }));
      const { status, errors } = await start({
        REDIS_URL: server.url,
        [variable]: `${await asGateway(server)}/2`,
      });
      expect(status).toBe(2);
      expect(errors).toMatch(new RegExp(`${variable}\n.* refuses database 2: NOPERM `));
      expect(errors).not.toContain('pw@');
      expect(await server.client({ db: 0 }).dbsize()).toBe(0);
    },
  );

  it('also with workers', async () => {
    const { url } = cleanup.add(await startRedis());
    expect((await start({ REDIS_URL: `${url}/1`, WORKERS: '2' })).status).toBe(2);
  });
});

it('P49 writes nothing to database 0 when its own is refused later, lives on, tells of it and recovers', async () => {
  const redis = cleanup.add(await startRedis({ databases: 4 }));
  const url = `${await asGateway(redis, '+@all', '~*')}/1`;
  const origin = cleanup.add(await startOrigin());
  const { log, lines } = takeDownLog();
  const env = { UPSTREAM_URL: origin.url, REDIS_URL: url, MEMORY_CACHE_BYTES: '0', PROBE_INTERVAL_MS: '100' };
  const gateway = cleanup.add(await startGateway(env, { log }));
  const show = (id: string) => gateway.query(SHOW, { variables: { id } });
  await until('it hits', async () => (await show('1')).cacheStatus.startsWith('hit'));
  await redis.command('ACL', 'SETUSER', 'gateway', '-select');
  await redis.command('CLIENT', 'KILL', 'USER', 'gateway');
  await until('it is told of', () =>
    lines.some(({ level, msg }) => level === 40 && msg.includes('refuses the database')),
  );
  for (let times = 0; times < 20; times++) expect((await show('2')).errors).toBeUndefined();
  await gateway.query('mutation { likeProduct(id: "1") { version } }');
  await redis.command('ACL', 'SETUSER', 'gateway', '+select');
  await until('it hits again', async () => (await show('2')).cacheStatus.startsWith('hit'));
  expect(await redis.client({ db: 0 }).dbsize()).toBe(0);
});

describe('a Redis in cluster mode', () => {
  it.each(['REDIS_URL', 'PRIMARY_REDIS_URL'])('is refused for the purge log, in %s', async (variable) => {
    const { url } = cleanup.add(await startRedis());
    const cluster = cleanup.add(await startCluster());
    const env = { REDIS_URL: url, [variable]: cluster.url };
    const { status, errors } = await start(env);
    expect([status, errors]).toEqual([
      2,
      expect.stringMatching(new RegExp(`${variable}\n.*cluster mode, in which the purge log cannot be kept`)),
    ]);
    const findings = await doctor(readConfig(env));
    expect(findings).toContainEqual(expect.objectContaining({ id: 'cluster', severity: 'error' }));
  });

  it('P59 keeps entries for many requests at once, with the documented rights and GET', async () => {
    const { url } = cleanup.add(await startRedis());
    const cluster = cleanup.add(await startCluster());
    const origin = cleanup.add(await startOrigin());
    const withGet = CLUSTER_COMMANDS.map((command) => `+${command}`);
    const env = {
      UPSTREAM_URL: origin.url,
      REDIS_URL: url,
      CACHE_REDIS_URL: await asGateway(cluster, ...withGet),
      MEMORY_CACHE_BYTES: '0',
    };
    const { log, lines } = takeDownLog();
    const gateway = cleanup.add(await startGateway(env, { log }));
    const ids = Array.from({ length: 30 }, (_, index) => String(index));
    const all = () => Promise.all(ids.map((id) => gateway.query(SHOW, { variables: { id } })));
    await until('all are kept', async () =>
      (await all()).every(({ cacheStatus }) => cacheStatus.startsWith('hit')),
    );
    for (let times = 0; times < 10; times++)
      expect((await all()).filter(({ cacheStatus }) => !cacheStatus.startsWith('hit'))).toEqual([]);
    expect(lines.filter(({ level, address }) => level >= 40 && address !== undefined)).toEqual([]);
    const figures = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    expect(figures).not.toMatch(/^lastmile_store_faults_total\{[^}]*during="get"[^}]*\} [1-9]/m);
  });

  it('P59 is told of where the account lacks GET', async () => {
    const { url } = cleanup.add(await startRedis());
    const cluster = cleanup.add(await startCluster());
    const origin = cleanup.add(await startOrigin());
    const env = { UPSTREAM_URL: origin.url, REDIS_URL: url, CACHE_REDIS_URL: await asGateway(cluster) };
    const { log, lines } = takeDownLog();
    const gateway = cleanup.add(await startGateway({ ...env, MEMORY_CACHE_BYTES: '0' }, { log }));
    const ids = ['1', '2', '3', '4'];
    const isTold = () => lines.some(({ level, cause }) => level === 40 && cause === 'NOPERM');
    await until('it is told of', async () => {
      await Promise.all(ids.map((id) => gateway.query(SHOW, { variables: { id } })));
      return isTold();
    });
    const findings = await doctor(readConfig(env));
    expect(findings).toContainEqual(
      expect.objectContaining({
        id: 'rights',
        severity: 'error',
        what: expect.stringMatching(/may not: GET/),
      }),
    );
  });
});

it('ends the start, too, when the schema is wrong and Redis is there', async () => {
  const { url } = cleanup.add(await startRedis());
  const { status, errors } = await start({ REDIS_URL: url, SCHEMA: 'no-such-file.graphql' });
  expect([status, errors]).toEqual([2, expect.stringContaining('no-such-file.graphql')]);
});
