import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, type Problem } from '../../src/config/problem';
import { readConfig } from '../../src/config/read-config';
import { gatewayEnvironment } from '../../src/redis/gateway-urls';
import { passwordOf } from '../../src/redis/acl';
import { certificateFrom } from '../../src/redis/own-certificate';
import { readRedisSettings } from '../../src/redis/read-settings';
import { startAuthority, type Authority, type Issued } from '../kit/authority';
import { cleanupAfterAll } from '../kit/cleanup';
import { SECRET } from './our-redis';

const REDIS_PASSWORD = SECRET;

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readRedisSettings(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ variable }) => variable);
    throw error;
  }
  return [];
}

describe('the settings of lastmile redis', () => {
  it('make one region of one machine from a password alone', () => {
    expect(readRedisSettings({ REDIS_PASSWORD })).toMatchObject({
      region: 'local',
      primaryRegion: 'local',
      port: 6379,
      primaryPort: 6380,
      primaryHost: undefined,
      bind: '127.0.0.1 -::1',
      primaryBind: '* -::*',
      program: 'redis-server',
    });
  });

  it('find the primary on Fly by the name of its region', () => {
    const env = { REDIS_PASSWORD, FLY_REGION: 'syd', PRIMARY_REGION: 'iad', FLY_APP_NAME: 'shop' };
    expect(readRedisSettings({ ...env, FLY_VM_MEMORY_MB: '1024' })).toMatchObject({
      region: 'syd',
      primaryRegion: 'iad',
      primaryHost: 'iad.shop.internal',
      maxMemory: Math.floor(0.4 * 2 ** 30),
    });
    expect(readRedisSettings({ ...env, PRIMARY_REDIS_HOST: 'elsewhere' }).primaryHost).toBe('elsewhere');
  });

  it.each([
    ['loopback', '127.0.0.1 -::1'],
    ['*', '* -::*'],
    ['0.0.0.0', '* -::*'],
    ['10.0.0.7', '127.0.0.1 10.0.0.7'],
    ['127.0.0.1 10.0.0.7', '127.0.0.1 10.0.0.7'],
    ['fd00::7', '127.0.0.1 fd00::7'],
  ])('listen at %s and always where the supervisor can reach them', (REDIS_BIND, bind) => {
    expect(readRedisSettings({ REDIS_PASSWORD, REDIS_BIND }).bind).toBe(bind);
    expect(readRedisSettings({ REDIS_PASSWORD, PRIMARY_REDIS_BIND: REDIS_BIND }).primaryBind).toBe(bind);
  });

  it.each<[variable: string, env: NodeJS.ProcessEnv]>([
    ['REDIS_PASSWORD', {}],
    ['REDIS_PASSWORD', { REDIS_PASSWORD: 'short' }],
    ['REDIS_BIND', { REDIS_PASSWORD, REDIS_BIND: '*\nrequirepass x' }],
    ['REDIS_DIR', { REDIS_PASSWORD, REDIS_DIR: '/data\nrequirepass x' }],
    ['REDIS_PORT', { REDIS_PASSWORD, REDIS_PORT: '0' }],
    ['REDIS_MAXMEMORY', { REDIS_PASSWORD, REDIS_MAXMEMORY: 'much' }],
    ['PRIMARY_REDIS_PORT', { REDIS_PASSWORD, REDIS_PORT: '7000', PRIMARY_REDIS_PORT: '7000' }],
    ['PRIMARY_REDIS_HOST', { REDIS_PASSWORD, REGION: 'syd', PRIMARY_REGION: 'iad' }],
  ])('report a problem with %s', (variable, env) => {
    expect(problemsOf(env)).toEqual([variable]);
  });

  it('do not say of what is required that it may be unset', () => {
    const remedies = (env: NodeJS.ProcessEnv): string => {
      try {
        readRedisSettings(env);
        return '';
      } catch (error) {
        return (error as ConfigError).problems.map(({ remedy }) => remedy).join();
      }
    };
    expect(remedies({ REDIS_PASSWORD: 'short' })).toBe('Set it to a secret of at least 16 bytes.');
    expect(remedies({ REDIS_PASSWORD, REDIS_PORT: '0' })).toMatch(/or unset it/);
  });

  describe('with TLS', () => {
    const always = cleanupAfterAll();
    const TLS = { REDIS_PASSWORD, REDIS_TLS: '1' };
    let own: Record<string, string>;
    let others: Record<string, string>;
    const files = (authority: Authority, { certificate, key }: Issued, name: string) => ({
      ...TLS,
      REDIS_TLS_CA: authority.ca,
      REDIS_TLS_CERT: certificate,
      REDIS_TLS_KEY: key,
      REDIS_TLS_NAME: name,
    });

    beforeAll(async () => {
      const [authority, another] = await Promise.all([startAuthority(), startAuthority()]);
      always.add(authority);
      always.add(another);
      own = files(authority, await authority.issue({ name: 'redis.test' }), 'redis.test');
      others = files(another, await authority.issue({ name: 'redis.test', days: -1 }), 'redis.test');
    });

    it('make a certificate of the secret, or take one that is given', () => {
      expect(readRedisSettings({ REDIS_PASSWORD }).tls).toBeUndefined();
      const { certificate, key } = certificateFrom(REDIS_PASSWORD, 'lastmile-redis');
      expect(readRedisSettings(TLS).tls).toEqual({
        certificate,
        key,
        ca: certificate,
        name: 'lastmile-redis',
      });
      const authority = readFileSync(own['REDIS_TLS_CA']!, 'utf8');
      expect(readRedisSettings({ ...TLS, REDIS_TLS_CA: authority }).tls?.ca).toBe(
        `${certificate}${authority.trim()}`,
      );
      const given = readRedisSettings(own);
      expect(given.tls).toMatchObject({ name: 'redis.test', ca: authority });
    });

    it.each<[variable: string, said: RegExp, change: () => NodeJS.ProcessEnv]>([
      ['REDIS_TLS', /1 or 0/, () => ({ ...TLS, REDIS_TLS: 'yes please' })],
      ['REDIS_TLS_CERT', /without TLS/, () => ({ ...own, REDIS_TLS: '0' })],
      ['REDIS_TLS_KEY', /without TLS/, () => ({ ...own, REDIS_TLS: '', REDIS_TLS_CERT: '' })],
      ['REDIS_TLS_CA', /not set/, () => ({ ...own, REDIS_TLS_CA: '' })],
      ['REDIS_TLS_CERT', /not set/, () => ({ ...own, REDIS_TLS_CERT: '' })],
      ['REDIS_TLS_KEY', /not set/, () => ({ ...own, REDIS_TLS_KEY: '' })],
      ['REDIS_TLS_KEY', /not the key/, () => ({ ...own, REDIS_TLS_KEY: others['REDIS_TLS_KEY'] })],
      ['REDIS_TLS_KEY', /no private key/, () => ({ ...own, REDIS_TLS_KEY: own['REDIS_TLS_CERT'] })],
      ['REDIS_TLS_CERT', /no certificate/, () => ({ ...own, REDIS_TLS_CERT: own['REDIS_TLS_KEY'] })],
      ['REDIS_TLS_CERT', /cannot be read \(ENOENT\)/, () => ({ ...own, REDIS_TLS_CERT: '/nowhere' })],
      ['REDIS_TLS_CA', /No authority/, () => ({ ...own, REDIS_TLS_CA: others['REDIS_TLS_CA'] })],
      ['REDIS_TLS_CERT', /expired on/, () => others],
      [
        'REDIS_TLS_CERT',
        /not for other.test but for DNS:redis.test/,
        () => ({ ...own, REDIS_TLS_NAME: 'other.test' }),
      ],
    ])('report a problem with %s: %s', (variable, said, change) => {
      let problems: readonly Problem[] = [];
      try {
        readRedisSettings(change());
      } catch (error) {
        problems = (error as ConfigError).problems;
      }
      expect(problems.map((each) => each.variable)).toEqual([variable]);
      expect(`${problems[0]?.problem} ${problems[0]?.remedy}`).toMatch(said);
    });

    it('are those of the gateway beside it, in clear text beside it only', () => {
      const env = gatewayEnvironment(readRedisSettings(TLS), TLS);
      expect(env['REDIS_URL']).toMatch(/^redis:/);
      expect(env['PRIMARY_REDIS_URL']).toMatch(/^rediss:/);
      expect(env['REDIS_TLS_CA']).toBe(certificateFrom(REDIS_PASSWORD, 'lastmile-redis').certificate);
      const open = gatewayEnvironment(readRedisSettings({ ...own, REDIS_BIND: '*' }), own);
      expect(open['REDIS_URL']).toMatch(/^rediss:/);
      expect(open).toMatchObject({ REDIS_TLS_NAME: 'redis.test' });
      expect(open['REDIS_TLS_KEY']).toBeUndefined();
    });
  });

  it('report all problems at once', () => {
    expect(
      problemsOf({ REDIS_PORT: 'x', REDIS_BIND: 'eth0', REGION: 'a', PRIMARY_REGION: 'b' }).sort(),
    ).toEqual(['PRIMARY_REDIS_HOST', 'REDIS_BIND', 'REDIS_PASSWORD', 'REDIS_PORT']);
  });
});

describe('the environment of a gateway beside it', () => {
  const settings = readRedisSettings({ REDIS_PASSWORD, PRIMARY_REDIS_HOST: 'fd00::7' });

  it('leads to its Redis and to the primary, each as the account made for it, and not to the secret', () => {
    const env = gatewayEnvironment(settings, { REDIS_PASSWORD, PORT: '4000' });
    expect(env).toEqual({
      PORT: '4000',
      REDIS_URL: `redis://gateway:${passwordOf(SECRET, 'gateway')}@127.0.0.1:6379`,
      PRIMARY_REDIS_URL: `redis://purger:${passwordOf(SECRET, 'purger')}@[fd00::7]:6380`,
    });
  });

  it('leads a region that is not the primary to a gateway that is, for mutations', () => {
    const inSyd = { REDIS_PASSWORD, REGION: 'syd', PRIMARY_REGION: 'iad', PRIMARY_REDIS_HOST: 'fd00::7' };
    const env = (more: NodeJS.ProcessEnv) =>
      gatewayEnvironment(readRedisSettings({ ...inSyd, ...more }), { ...inSyd, ...more })['PRIMARY_URL'];
    expect(env({})).toBe('http://[fd00::7]:4000/graphql');
    expect(env({ PORT: '8080' })).toBe('http://[fd00::7]:8080/graphql');
    expect(env({ PRIMARY_URL: 'https://elsewhere/graphql' })).toBe('https://elsewhere/graphql');
    // On one machine that would be this very gateway.
    for (const PRIMARY_REDIS_HOST of ['127.0.0.1', 'localhost', '::1'])
      expect(env({ PRIMARY_REDIS_HOST })).toBeUndefined();
  });

  it('is complete for two regions on one machine, as the page has them, and no port is used twice', () => {
    const page = readFileSync(join(__dirname, '../../src/redis/README.md'), 'utf8');
    const [, block = ''] = /### Two regions on one machine\n[^]*?```\n([^]*?)```/.exec(page)!;
    const regions = block
      .trim()
      .split('\n')
      .map((line) =>
        Object.fromEntries([...line.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name!, value!])),
      );
    expect(regions).toHaveLength(2);
    const configs = regions.map((env) => readConfig(gatewayEnvironment(readRedisSettings(env), env)));
    expect(configs.map(({ region }) => [region.name, region.isPrimary, region.primaryUrl])).toEqual([
      ['iad', true, undefined],
      ['syd', false, `http://127.0.0.1:${configs[0]!.http.port}/graphql`],
    ]);
    const [iad, syd] = regions.map((env) => readRedisSettings(env));
    const ports = [...configs.flatMap(({ http, admin }) => [http.port, admin.port]), iad!.port, syd!.port];
    expect(new Set([...ports, iad!.primaryPort]).size).toBe(7);
    expect(syd!.primaryPort).toBe(iad!.primaryPort);
  });

  it('leaves alone what was set', () => {
    const given = { REDIS_URL: 'redis://mine', PRIMARY_REDIS_URL: 'redis://theirs' };
    expect(gatewayEnvironment(settings, given)).toEqual(given);
  });
});
