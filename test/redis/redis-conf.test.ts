import { defaultMaxMemory } from '../../src/redis/read-settings';
import { primarySettings } from '../../src/redis/redis-conf';
import { cleanupAfterAll } from '../kit/cleanup';
import { SECRET, startOurPrimary, startOurRegion, type OurRedis } from './our-redis';

const cleanup = cleanupAfterAll();
let primary: OurRedis;
let region: OurRedis;

beforeAll(async () => {
  primary = cleanup.add(await startOurPrimary());
  region = cleanup.add(await startOurRegion(primary));
});

const WANTED = {
  primary: {
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    'repl-backlog-size': String(64 * 2 ** 20),
    'repl-backlog-ttl': '0',
    'repl-ping-replica-period': '1',
    'repl-timeout': '10',
    'repl-diskless-sync-delay': '0',
    save: '',
  },
  region: {
    'replica-read-only': 'no',
    maxmemory: String(64 * 2 ** 20),
    'maxmemory-policy': 'volatile-lfu',
    'replica-ignore-maxmemory': 'no',
    'replica-priority': '0',
    'repl-ping-replica-period': '1',
    'repl-timeout': '10',
    appendonly: 'no',
    save: '',
  },
};

describe('settings', () => {
  it.each(['primary', 'region'] as const)('of the %s are those the design asks for', async (role) => {
    const server = role === 'primary' ? primary : region;
    const inspector = server.as('inspector');
    const found: Record<string, string | undefined> = {};
    for (const name of Object.keys(WANTED[role])) {
      const [, value] = (await inspector.config('GET', name)) as string[];
      found[name] = value;
    }
    expect(found).toEqual(WANTED[role]);
  });

  it('make a primary and a replica of it', async () => {
    expect((await primary.as('inspector').role())[0]).toBe('master');
    expect((await region.as('inspector').role()).slice(0, 4)).toEqual([
      'slave',
      '127.0.0.1',
      primary.port,
      'connected',
    ]);
  });

  it('hold no account password in the clear but the one a replica must send', async () => {
    const lines = primarySettings({ port: 1, bind: '*', folder: '/', secret: SECRET });
    expect(lines.join('\n')).not.toContain(SECRET);
    expect(lines.join('\n')).not.toMatch(/requirepass|>|nopass/);
  });
});

describe('memory', () => {
  const total = 8 * 2 ** 30;

  it.each([
    ['what Fly says', { machine: 2 ** 30, container: total, total }, 0.4 * 2 ** 30],
    ['the limit of the container', { machine: undefined, container: 2 ** 30, total }, 0.4 * 2 ** 30],
    ['what there is, without a limit', { machine: undefined, container: 0, total }, 0.4 * total],
    ['what there is, with a limit beyond it', { machine: undefined, container: 2 ** 64, total }, 0.4 * total],
    ['at least something', { machine: 2 ** 20, container: 0, total }, 32 * 2 ** 20],
  ])('is a share of %s', (_, memory, wanted) => {
    expect(defaultMaxMemory(memory)).toBe(Math.floor(wanted));
  });
});
