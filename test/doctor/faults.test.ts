import { doctor } from '../../src/doctor/doctor';
import type { DoctorOptions } from '../../src/doctor/check';
import { LOG_PROTOCOL } from '../../src/purge/log';
import { cleanupAfterEach } from '../kit/cleanup';
import { temporaryFolder } from '../kit/folder';
import { freePort } from '../kit/free-port';
import { startGateway } from '../kit/gateway';
import { startLink } from '../kit/link';
import { startLocalServer } from '../kit/local-server';
import { RedisServer, startRedis } from '../kit/redis-server';
import { until } from '../kit/until';
import { complaints, optionsOf, startOpenWorld, startWorld, users } from './doctor-world';
import { startOurPrimary, startOurRegion } from '../redis/our-redis';

const cleanup = cleanupAfterEach();

type Redis = NonNullable<DoctorOptions['redis']>;

/** The same options with something in them changed. */
function withRedis(options: DoctorOptions, changes: Partial<Redis>): DoctorOptions {
  return { ...options, redis: { ...options.redis!, ...changes } };
}

function withRegion(options: DoctorOptions, changes: Partial<DoctorOptions['region']>): DoctorOptions {
  return { ...options, region: { ...options.region, ...changes } };
}

/** Everything is open in such a world and nothing is secret, which the doctor says as well. */
function otherThanRights(found: readonly string[]): string[] {
  return found.filter((each) => each !== 'warning excess-rights' && each !== 'warning sealed-entries');
}

function openUrls({ primary, region }: { primary: RedisServer; region: RedisServer }): Redis {
  return { url: region.url, cacheUrl: region.url, primaryUrl: primary.url };
}

describe('the doctor sees', () => {
  it('a Redis that is not there', async () => {
    const { options, region } = await startWorld(cleanup);
    await region.kill();
    const findings = await doctor(options);
    expect(complaints(findings)).toContain('error reach');
    expect(findings.find(({ severity }) => severity === 'error')).toMatchObject({
      what: `this region's Redis at 127.0.0.1:${region.port} is not there: nothing listens at that port`,
      remedy: 'Start it, or check host and port in REDIS_URL.',
    });
  });

  it('a password that is refused, and tells nobody which', async () => {
    const { options, primary } = await startWorld(cleanup);
    const primaryUrl = `redis://purger:wrong-password@127.0.0.1:${primary.port}`;
    const findings = await doctor(withRedis(options, { primaryUrl }));
    expect(findings.find(({ severity }) => severity === 'error')).toMatchObject({
      id: 'reach',
      what: `the primary at 127.0.0.1:${primary.port} refuses the user or the password`,
    });
    expect(JSON.stringify(findings)).not.toContain('wrong-password');
  });

  it('what the gateway that runs here sees, whose connections are older than its own', async () => {
    const { options, primary } = await startOpenWorld(cleanup);
    const link = cleanup.add(await startLink(primary.port));
    const gateway = cleanup.add(
      await startGateway({
        REDIS_URL: options.redis!.url,
        PRIMARY_REDIS_URL: options.redis!.primaryUrl.replace(`:${primary.port}`, `:${link.port}`),
        PROBE_INTERVAL_MS: '100',
        FRESHNESS_BOUND_MS: '2000',
      }),
    );
    const see = async (port = gateway.served.adminPort) => {
      const findings = await doctor({ ...options, admin: { token: undefined, port } });
      return findings.filter(({ id }) => id === 'gateway');
    };
    const at = `the gateway at 127.0.0.1:${gateway.served.adminPort}`;
    expect(await see()).toEqual([
      expect.objectContaining({
        severity: 'ok',
        what: expect.stringMatching(`^${at} serves from its cache`),
      }),
    ]);
    link.blackHole();
    await until('it sees that', async () => (await see())[0]?.severity === 'error');
    expect((await see())[0]).toMatchObject({
      what: expect.stringMatching(/serves nothing from its cache: unproven \([\w-]+\)$/),
    });
    await link.restore();
    expect((await see(await freePort()))[0]).toMatchObject({
      severity: 'ok',
      what: expect.stringMatching(/^nothing to ask: no gateway runs here/),
    });
  });

  it('a Redis that stands still', async () => {
    const { options, primary } = await startWorld(cleanup);
    primary.pause();
    const findings = await doctor({ ...options, timeoutMs: 200 });
    expect(findings.find(({ id, severity }) => id === 'reach' && severity === 'error')?.what).toContain(
      'does not answer in time',
    );
  });

  it('a primary that is a replica', async () => {
    const { options, region, primary } = await startOpenWorld(cleanup);
    const found = await doctor({
      ...options,
      redis: { ...openUrls({ primary, region }), primaryUrl: region.url },
    });
    expect(complaints(found)).toContain('error primary-role');
  });

  it('two primaries behind one name', async () => {
    const { options, primary } = await startWorld(cleanup);
    const resolve = () => Promise.resolve(['127.0.0.1', '127.0.0.2']);
    // As on Fly: the port is open where the primary is, and nowhere else.
    expect(complaints(await doctor({ ...options, resolve }))).toEqual([]);
    const folder = temporaryFolder('second');
    const second = new RedisServer(primary.port, folder, { bind: '127.0.0.2', ...users('primary') });
    cleanup.add(second);
    await second.start();
    expect(complaints(await doctor({ ...options, resolve }))).toEqual(['error two-primaries']);
  });

  it('a region that follows another primary', async () => {
    const { options, primary } = await startWorld(cleanup);
    const other = cleanup.add(await startOurPrimary());
    const stranger = cleanup.add(await startOurRegion(other));
    const found = complaints(await doctor({ ...optionsOf(primary, stranger), freshness: { boundMs: 100 } }));
    expect(found).toContain('error replica-role');
    expect(found).toContain('error freshness');
    expect(complaints(await doctor(options))).toEqual([]);
  });

  it('a region whose link is cut', async () => {
    const primary = cleanup.add(await startOurPrimary());
    const link = cleanup.add(await startLink(primary.port));
    const region = cleanup.add(await startOurRegion(link));
    const inspector = region.as('inspector');
    link.cut();
    await until('the replica has noticed', async () =>
      (await inspector.info('replication')).includes('master_link_status:down'),
    );
    const options = { ...optionsOf(primary, region), freshness: { boundMs: 100 } };
    expect(complaints(await doctor(options))).toContain('error replica-role');
  });

  it('a region that is behind while all looks well', async () => {
    const primary = cleanup.add(await startOurPrimary());
    const link = cleanup.add(await startLink(primary.port));
    const region = cleanup.add(await startOurRegion(link));
    const options = optionsOf(primary, region);
    expect(complaints(await doctor(options))).toEqual([]);
    link.blackHole();
    // An append that the region does not hear of.
    await primary.as('purger').xadd('purges', '9999999999999-0', 'b', 'x');
    const found = complaints(await doctor({ ...options, freshness: { boundMs: 100 } }));
    expect(found).toContain('error freshness');
    expect(found).not.toContain('error replica-role');
  });

  it('writes that were refused for want of memory', async () => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    await region.config({ maxmemory: 1 });
    await expect(region.command('SET', 'c:1', 'x', 'EX', 60)).rejects.toThrow('OOM');
    await region.config({ maxmemory: '64mb' });
    const found = complaints(await doctor({ ...options, redis: openUrls({ primary, region }) }));
    expect(otherThanRights(found)).toEqual(['warning refused-writes']);
  });

  it('entries that could be forged, for want of a secret that their account is not opened with', async () => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    const look = async (redis: Partial<Redis>, token?: string) => {
      const findings = await doctor({ ...withRedis(options, redis), admin: { token } });
      const { severity, what } = findings.find(({ id }) => id === 'sealed-entries')!;
      return `${severity}: ${what}`;
    };
    const open = openUrls({ primary, region });
    const entries = "entries at this region's Redis";
    expect(await look({})).toBe(`ok: ${entries} are sealed with another secret than the password of gateway`);
    expect(await look(open)).toBe(
      `warning: ${entries} are not sealed, because there is no secret: anyone who can write there can forge answers`,
    );
    expect(await look(open, 'a-token-of-some-length')).toMatch(/^ok: /);
    const cacheUrl = region.urlAs('gateway');
    const primaryUrl = cacheUrl.replace(`:${region.port}`, `:${primary.port}`).replace('gateway', 'default');
    expect(await look({ cacheUrl, primaryUrl })).toBe(
      `warning: ${entries} are sealed with the password of gateway: anyone who has it can forge answers`,
    );
  });

  it('a Redis that is far away', async () => {
    const { options, region } = await startWorld(cleanup);
    const link = cleanup.add(await startLink(region.port));
    link.delay(10);
    const url = region.urlAs('gateway').replace(String(region.port), String(link.port));
    const findings = await doctor(withRedis(options, { url, cacheUrl: url }));
    expect(findings.find(({ id }) => id === 'distance')).toMatchObject({
      severity: 'warning',
      remedy: 'Point REDIS_URL to a Redis next to this gateway.',
    });
  });

  it('entries kept on the primary that other regions replicate', async () => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    const redis = { ...openUrls({ primary, region }), url: primary.url, cacheUrl: primary.url };
    expect(complaints(await doctor({ ...options, redis }))).toContain('warning replica-role');
  });

  it('entries and keys of others on the primary, and what is only here', async () => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    await primary.command('SET', 'theirs', 'x');
    await region.command('SET', 'mine', 'x');
    const redis = openUrls({ primary, region });
    await until('it is replicated', async () => region.command('EXISTS', 'theirs'));
    const named = await doctor({ ...options, redis });
    expect(otherThanRights(complaints(named))).toEqual(['warning names', 'warning names']);
    const whats = named.filter(({ id }) => id === 'names').map(({ what }) => what);
    expect(whats).toEqual([
      expect.stringContaining('"theirs"'),
      expect.stringContaining('holds 1 key of others, found here alone, such as "mine"'),
    ]);

    await primary.command('SET', 'c:1', 'x', 'EX', 60);
    expect(complaints(await doctor({ ...options, redis }))).toContain('error names');
  });

  it('entries without a TTL', async () => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    const redis = openUrls({ primary, region });
    await region.command('SET', 'c:1', 'x');
    await region.command('SET', 'c:2', 'x', 'EX', 60);
    const findings = await doctor({ ...options, redis });
    expect(otherThanRights(complaints(findings))).toEqual(['error ttl']);
    expect(findings.find(({ id }) => id === 'ttl')?.what).toContain('1 of 2 entries');
  });

  it.each([
    [
      'a record of its own ahead of the primary',
      async (region: RedisServer) => region.command('XADD', 'purges', '*', 'h', 'x'),
    ],
    [
      'a record in the place of one to come',
      async (region: RedisServer, primary: RedisServer, epoch: string) => {
        await region.command('XADD', 'purges', `${epoch}-*`, 'h', 'stray');
        await primary.command('XADD', 'purges', `${epoch}-*`, 'h', 'true');
      },
    ],
    [
      'a record missing in the middle',
      async (region: RedisServer, primary: RedisServer, epoch: string) => {
        for (let i = 0; i < 3; i++) await primary.command('XADD', 'purges', `${epoch}-*`, 'h', 'true');
        await until('they arrive', async () => (await region.command('XLEN', 'purges')) === 4);
        await region.command('XDEL', 'purges', `${epoch}-2`);
      },
    ],
  ])('%s in the copy of the log', async (_, spoil) => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    const redis = openUrls({ primary, region });
    // Its touch begins the log.
    expect(otherThanRights(complaints(await doctor({ ...options, redis })))).toEqual([]);
    const [[id = '']] = (await primary.command('XRANGE', 'purges', '-', '+')) as [[string]];
    await spoil(region, primary, id.split('-')[0]!);
    expect(complaints(await doctor({ ...options, redis }))).toContain('error log-copy');
  });

  it('P82 a primary without memory, and a log that may take too much of it', async () => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    const redis = openUrls({ primary, region });
    await primary.command('SET', 'junk', 'x'.repeat(3_000_000));
    await primary.config({ maxmemory: 2_000_000 });
    const findings = await doctor({ ...options, redis });
    expect(complaints(findings)).toContain('error refused-writes');
    expect(
      findings.find(({ id, severity }) => id === 'refused-writes' && severity === 'error')?.what,
    ).toMatch(/primary.* has no memory left/);
    expect(complaints(findings)).toContain('warning log-size');
    await primary.config({ maxmemory: 0 });
    const large = { ...options, redis, limits: { purgeLogBytes: 2 ** 30 } };
    expect((await doctor(large)).find(({ id }) => id === 'log-size')?.what).toMatch(/may take 1024 of/);
  });

  it.each([
    [
      'an earlier',
      (primary: RedisServer, epoch: string) => primary.command('XADD', 'purges', `${epoch}-*`, 'h', 'P:1'),
    ],
    ['a later', (primary: RedisServer) => primary.command('HSET', 'purges:epoch', 'p', '9')],
  ])('P92 %s version of the gateway on the same log', async (version, write) => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    const redis = openUrls({ primary, region });
    await doctor({ ...options, redis });
    const [[id = '']] = (await primary.command('XRANGE', 'purges', '-', '+')) as [[string]];
    await write(primary, id.split('-')[0]!);
    const findings = await doctor({ ...options, redis });
    expect(otherThanRights(complaints(findings))).toEqual(['warning log-versions']);
    expect(findings.find((finding) => finding.id === 'log-versions')?.what).toContain(version);
  });

  it('P92 versions that wrote the log, where none costs another anything', async () => {
    const { options, primary, region } = await startOpenWorld(cleanup);
    const redis = openUrls({ primary, region });
    const versions = async (): Promise<unknown> =>
      (await doctor({ ...options, redis })).find(({ id }) => id === 'log-versions');
    expect(await versions()).toMatchObject({ severity: 'ok', what: expect.stringMatching(/^no purge is/) });
    const epoch = String(await primary.command('HGET', 'purges:epoch', 'n'));
    for (const mark of [`=${LOG_PROTOCOL}`, `=${LOG_PROTOCOL - 1}`])
      await primary.command('XADD', 'purges', `${epoch}-*`, 'h', mark, 'h', 'P:1');
    expect(await versions()).toMatchObject({
      severity: 'ok',
      what: expect.stringContaining(`of protocols ${LOG_PROTOCOL - 1} and ${LOG_PROTOCOL}`),
    });
  });

  it('a cache Redis of its own that evicts nothing', async () => {
    const { options } = await startWorld(cleanup);
    const cache = cleanup.add(await startRedis({ maxmemory: '10mb' }));
    expect(complaints(await doctor(withRedis(options, { cacheUrl: cache.url })))).toEqual([
      'warning eviction',
    ]);
    await cache.config({ 'maxmemory-policy': 'allkeys-lfu' });
    expect(complaints(await doctor(withRedis(options, { cacheUrl: cache.url })))).toEqual([]);
  });

  it('one Redis for everything as well, where there is one region', async () => {
    const { options } = await startWorld(cleanup);
    const redis = cleanup.add(
      await startRedis({ maxmemory: '10mb', 'maxmemory-policy': 'volatile-lfu', appendonly: 'yes' }),
    );
    const all = { url: redis.url, cacheUrl: redis.url, primaryUrl: redis.url };
    const found = complaints(await doctor({ ...options, redis: all }));
    expect(found.filter((each) => each.startsWith('error'))).toEqual([]);
  });

  it('nothing of replication in a stock Redis that nothing follows', async () => {
    const { options } = await startWorld(cleanup);
    const stock = cleanup.add(await startRedis());
    const redis = { url: stock.url, cacheUrl: stock.url, primaryUrl: stock.url };
    const ofReplication = async (others: DoctorOptions) =>
      complaints(await doctor(others)).filter((each) => /backlog|link-timeout|sync-delay/.test(each));
    const alone = { ...options, redis };
    expect(await ofReplication(alone)).toEqual([]);
    expect((await doctor(alone)).filter(({ id }) => id === 'backlog')).toHaveLength(1);
    // In another region's eyes it is the primary that this region is to follow.
    expect(await ofReplication(withRegion(alone, { name: 'syd', isPrimary: false }))).toContain(
      'warning backlog',
    );
    const replica = cleanup.add(await startRedis({ replicaof: `127.0.0.1 ${stock.port}` }));
    await until('it is followed', async () =>
      String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
    );
    expect(await ofReplication(alone)).toContain('warning backlog');
  });

  it('an address of a name at which nobody listens', async () => {
    const { options } = await startWorld(cleanup);
    const resolve = () => Promise.resolve(['::1', '127.0.0.1']);
    expect(complaints(await doctor({ ...options, resolve }))).toEqual([
      'warning addresses',
      'warning addresses',
    ]);
  });

  it.each<[name: string, complaint: string, changes: Partial<DoctorOptions['region']>, flyRegion: string]>([
    ['a region spelt in two ways', 'error region-names', { name: 'IAD' }, 'IAD'],
    ['a region that is not where it says', 'warning region-names', {}, 'syd'],
  ])('%s', async (_, complaint, changes, flyRegion) => {
    const { options } = await startWorld(cleanup);
    const fly = { region: flyRegion, app: 'shop', machine: 'm' };
    expect(complaints(await doctor({ ...withRegion(options, changes), fly }))).toEqual([complaint]);
  });

  it('a region without a name among others', async () => {
    const { options, primary } = await startWorld(cleanup);
    const elsewhere = primary.urlAs('purger').replace('127.0.0.1', 'localhost');
    const local = withRegion(withRedis(options, { primaryUrl: elsewhere }), {
      name: 'local',
      primary: 'local',
    });
    const resolve = () => Promise.resolve(['127.0.0.1']);
    expect(complaints(await doctor({ ...local, resolve }))).toEqual(['warning region-names']);
  });

  it.each<[name: string, complaints: string[], cacheStatus: string | undefined]>([
    ['the gateway of the primary region', [], 'lastmile-iad; fwd=request'],
    ['a mutation that would go round in circles', ['error primary-url'], 'lastmile-syd; fwd=request'],
    ['the gateway of yet another region', ['error primary-url'], 'lastmile-fra; hit'],
    ['something that is no gateway', ['warning primary-url'], undefined],
  ])('%s at PRIMARY_URL', async (_, wanted, cacheStatus) => {
    const { options } = await startWorld(cleanup);
    const server = await startLocalServer((_request, response) => {
      response.writeHead(200, cacheStatus === undefined ? {} : { 'cache-status': cacheStatus });
      response.end('{"data":{"__typename":"Query"}}');
    });
    const { url: primaryUrl } = cleanup.add(server);
    const syd = withRegion(options, { name: 'syd', isPrimary: false, primaryUrl });
    expect(complaints(await doctor(syd))).toEqual(wanted);
  });

  it('no secret that the gateways share', async () => {
    const { primary, options } = await startWorld(cleanup);
    const open = { ...options.redis!, primaryUrl: primary.urlAs('purger').replace(/\/\/.*@/, '//') };
    const syd = withRegion({ ...options, redis: open }, { name: 'syd', isPrimary: false });
    expect(complaints(await doctor(syd))).toContain('warning shared-secret');
    const withToken = await doctor({ ...syd, admin: { token: 'a token of all regions' } });
    expect(complaints(withToken)).not.toContain('warning shared-secret');
  });

  it('a PRIMARY_URL that cannot be reached', async () => {
    const { options } = await startWorld(cleanup);
    const syd = withRegion(options, {
      name: 'syd',
      isPrimary: false,
      primaryUrl: 'http://127.0.0.1:1/graphql',
    });
    expect(complaints(await doctor(syd))).toEqual(['error primary-url']);
  });
});
