import { ConfigError } from '../../src/config/problem';
import { gatewayEnvironment } from '../../src/redis/gateway-urls';
import { passwordOf } from '../../src/redis/acl';
import { readRedisSettings } from '../../src/redis/read-settings';
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
  });

  it('leaves alone what was set', () => {
    const given = { REDIS_URL: 'redis://mine', PRIMARY_REDIS_URL: 'redis://theirs' };
    expect(gatewayEnvironment(settings, given)).toEqual(given);
  });
});
