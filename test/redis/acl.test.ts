import pino from 'pino';
import { serve } from '../../src/server/serve';
import { readConfig } from '../../src/config/read-config';
import { GRANTS, type Role, type Account } from '../../src/redis/acl';
import { RedisStore } from '../../src/cache/redis-store';
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { createPurges } from '../../src/purge/region-purges';
import type { Purges } from '../../src/purge/purges';
import { RegionReports, type RegionReport } from '../../src/dashboard/region-reports';
import { entityTag } from '../../src/purge/tag';
import { makeEntry } from '../cache/entries';
import { cleanupAfterAll } from '../kit/cleanup';
import { UNHURRIED_MS } from '../kit/gateway';
import { PATIENCE, until } from '../kit/until';
import { startOurPrimary, startOurRegion, type OurRedis } from './our-redis';

const cleanup = cleanupAfterAll();
const now = () => performance.now();
let primary: OurRedis;
let region: OurRedis;

beforeAll(async () => {
  primary = cleanup.add(await startOurPrimary());
  region = cleanup.add(await startOurRegion(primary));
});

/** Everything a gateway does with its Redis and the primary, as the accounts made for it. */
async function useLogAndStore(): Promise<void> {
  const log = new RedisLog({ url: region.urlAs('gateway'), primaryUrl: primary.urlAs('purger') });
  const purges = createPurges({ log, now, freshnessBoundMs: 2_000, probeIntervalMs: 50 });
  const faults: unknown[] = [];
  const store = new RedisStore({
    url: region.urlAs('gateway'),
    timeout: Number(UNHURRIED_MS),
    maxEntryBytes: 10_000,
    now,
    onFault: (fault) => faults.push(fault),
  });
  try {
    await purges.start();
    await until('the region is proven', () => purges.isProven(now()) && purges.table.trusts);
    // So many that the script looks at the size of the log.
    for (let id = 0; id < 64; id++) await purges.append([{ tag: entityTag('Product', id), kind: 'hard' }]);
    const position = await purges.append([{ tag: entityTag('Product', 7), kind: 'hard' }]);
    expect(await purges.reached(position, PATIENCE)).toBe(true);
    // A question to a log that holds something, whatever the regular ones met.
    expect(await log.lastPosition()).toEqual(position);
    await purges.cacheSwitch.change({ serve: false });
    await log.lastPosition();
    expect(log.heldOrder.serve).toBe(false);
    await purges.cacheSwitch.change({ serve: true });
    await until('the store is available', () => store.isAvailable);
    const entry = makeEntry('kept');
    await store.set(entry);
    expect((await store.get(entry.key))?.body).toEqual(entry.body);
    expect(faults).toEqual([]);
    expect(purges.stats()).toMatchObject({ faults: 0, appends: 65, appendsNotAcknowledged: 0 });
    await lookAtRegions(purges);
  } finally {
    await purges.close();
    await store.close();
  }
}

/** What regions tell each other while somebody looks. */
async function lookAtRegions(purges: Purges): Promise<void> {
  const heard: string[] = [];
  const faults: unknown[] = [];
  const reports = new RegionReports({
    url: region.urlAs('gateway'),
    primaryUrl: primary.urlAs('purger'),
    trust: undefined,
    now,
    heard: ({ name }) => heard.push(name),
    // There is no connection at once.
    fault: (error) => /NOPERM/.test(String(error)) && faults.push(error),
  });
  try {
    void reports.hear();
    await until('a gateway hears that somebody looks', async () => {
      await reports.look();
      return purges.lookMark?.startsWith(reports.gateway);
    });
    await until('a region is heard of', async () => {
      await reports.tell(() => ({ ...REPORT, gateway: reports.gateway }));
      return heard.includes('syd');
    });
    expect(faults).toEqual([]);
  } finally {
    reports.close();
  }
}

const REPORT: Omit<RegionReport, 'gateway'> = {
  name: 'syd',
  state: 'proven',
  reason: 'current',
  provenAgo: 0,
  perSecond: 0,
  count: 0,
  hitRate: undefined,
  hitMs: undefined,
  otherMs: undefined,
  position: '1-0',
  applied: [],
};

describe('the accounts of lastmile redis', () => {
  it('P59 let a gateway keep entries, append, prove and follow, with no right that it does not use', async () => {
    await useLogAndStore();
    const called = async (server: OurRedis): Promise<string[]> => {
      const stats = await server.as('inspector').info('commandstats');
      return [...stats.matchAll(/^cmdstat_([^:]+):/gm)].map(([, name]) => name!);
    };
    const granted = (role: Role, account: Account): readonly string[] =>
      GRANTS[role].find((grant) => grant.account === account)!.commands;
    const atRegion = await called(region);
    const atPrimary = await called(primary);
    // PING is for people who try whether they can connect.
    const unused = (commands: readonly string[], used: readonly string[]): string[] =>
      commands.filter((command) => !used.includes(command) && command !== 'ping');
    expect(unused(granted('region', 'gateway'), atRegion)).toEqual([]);
    expect(unused(granted('primary', 'purger'), atPrimary)).toEqual([]);
  });

  it('P59 let a whole gateway hit, miss and purge', async () => {
    const config = readConfig({
      PORT: '0',
      ADMIN_PORT: '0',
      HOST: '127.0.0.1',
      REDIS_URL: region.urlAs('gateway'),
      PRIMARY_REDIS_URL: primary.urlAs('purger'),
      // So that a hit comes from Redis.
      MEMORY_CACHE_BYTES: '0',
      REDIS_TIMEOUT_MS: UNHURRIED_MS,
    });
    const served = await serve(config, pino({ level: 'silent' }));
    const ask = async (query: string): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${served.port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const { errors } = (await answer.json()) as { errors?: unknown };
      expect(errors).toBeUndefined();
      return answer.headers.get('cache-status') ?? '';
    };
    const query = '{ visits(country: "PT") }';
    try {
      await until('an answer comes from Redis', async () => (await ask(query)).includes('; hit'));
      await ask('mutation { recordVisit(country: "PT") }');
      expect(await ask(query)).toContain('detail=purged');
    } finally {
      await served.stop();
    }
  });

  const REFUSED: [role: Role, account: Account, command: string][] = [
    ['region', 'gateway', 'XADD purges * h Product:7'],
    ['region', 'gateway', 'XADD purges:regions * r {}'],
    ['region', 'gateway', 'DEL c:1'],
    ['region', 'gateway', 'SET purges x'],
    ['region', 'gateway', 'SET other x'],
    ['region', 'gateway', 'GET other'],
    ['region', 'gateway', 'FLUSHALL'],
    ['region', 'gateway', 'KEYS *'],
    ['region', 'gateway', 'SCAN 0'],
    ['region', 'gateway', 'CONFIG GET maxmemory'],
    ['region', 'gateway', 'REPLICAOF NO ONE'],
    ['region', 'gateway', 'EVAL return 0'],
    ['region', 'inspector', 'SET c:1 x'],
    ['region', 'inspector', 'CONFIG SET maxmemory 0'],
    ['region', 'supervisor', 'GET c:1'],
    ['region', 'supervisor', 'FLUSHALL'],
    ['primary', 'purger', 'FLUSHALL'],
    ['primary', 'purger', 'FLUSHDB'],
    ['primary', 'purger', 'DEL purges'],
    ['primary', 'purger', 'SET c:1 x'],
    ['primary', 'purger', 'XADD other * h x'],
    ['primary', 'purger', 'XADD purges:others * r {}'],
    ['primary', 'purger', 'DEL purges:regions'],
    ['primary', 'replica', 'GET purges'],
    ['primary', 'supervisor', 'XADD purges * h x'],
    ['primary', 'supervisor', 'REPLICAOF NO ONE'],
    ['primary', 'inspector', 'XADD purges * h x'],
  ];

  it.each(REFUSED)('P59 refuses at the %s to the %s: %s', async (role, account, command) => {
    const [name = '', ...parts] = command.split(' ');
    const client = (role === 'region' ? region : primary).as(account);
    await expect(client.call(name, ...parts)).rejects.toThrow(/^NOPERM/);
  });

  it('P59 refuses whoever has no account', async () => {
    await expect(region.command('PING')).rejects.toThrow(/^NOAUTH/);
    await expect(primary.command('PING')).rejects.toThrow(/^NOAUTH/);
  });
});
