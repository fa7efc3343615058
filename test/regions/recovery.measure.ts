/**
 * How long a gateway takes to be well again after each fault of its Redis, with the default settings: its purges are
 * acknowledged, and what the last one purged is there again, in its last version, and hits. Prints a table.
 *
 *   npx jest --testMatch "$PWD/test/regions/recovery.measure.ts"
 *   ROUNDS=5 npx jest --testMatch "$PWD/test/regions/recovery.measure.ts" -t deleted
 */
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { entityTag } from '../../src/purge/tag';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { markdownTable } from '../kit/markdown';
import { startOrigin } from '../kit/origin';
import { startCluster } from '../kit/redis-cluster';
import { startPrimary, startReplica } from '../kit/redis-region';
import { startRedis } from '../kit/redis-server';
import { startLink } from '../kit/link';
import { median } from '../kit/statistics';
import { pause, until } from '../kit/until';
import { like, show, startNamedCopy, startNamedEntries, startNamedPrimary, untilHit } from './named-redis';

const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
/** How long what comes and goes lasts, in milliseconds. */
const LASTING_MS = 2000;
const TEN_MINUTES = 600_000;

const cleanup = cleanupAfterEach();
const rows: string[][] = [];

interface Faulty {
  readonly gateway: GatewayProcess;
  /** Resolves at the moment from which time is taken. */
  readonly inflict: () => unknown;
  readonly isWell?: () => Promise<boolean>;
}

/** A region with a replica of its own, beside the primary. */
async function startRegion() {
  const primary = cleanup.add(await startPrimary());
  const link = cleanup.add(await startLink(primary.port));
  const copy = cleanup.add(await startReplica(link));
  await copy.inSync();
  const origin = cleanup.add(await startOrigin());
  const env = { UPSTREAM_URL: origin.url, REDIS_URL: copy.url, PRIMARY_REDIS_URL: primary.url };
  const gateway = cleanup.add(await startGateway(env));
  await untilHit(gateway, '1');
  return { primary, link, copy, gateway };
}

/** One Redis for all, or entries apart in it with nothing kept in process. */
async function startAlone(entriesAt?: string, env: Record<string, string> = {}) {
  const redis = cleanup.add(await startPrimary());
  const origin = cleanup.add(await startOrigin());
  const urls = { UPSTREAM_URL: origin.url, REDIS_URL: redis.url };
  const apart = entriesAt === undefined ? {} : { CACHE_REDIS_URL: entriesAt, MEMORY_CACHE_BYTES: '0' };
  const gateway = cleanup.add(await startGateway({ ...urls, ...apart, ...env }));
  return { redis, gateway };
}

/** What it takes for requests that come together to find all their entries. */
const areHits = async (gateway: GatewayProcess, count: number): Promise<boolean> => {
  const ids = Array.from({ length: count }, (_, index) => `${index + 1}`);
  const answers = await Promise.all(ids.map((id) => show(gateway, id)));
  return answers.every(({ cacheStatus }) => cacheStatus.startsWith('hit'));
};

const FAULTS: Record<string, () => Promise<Faulty>> = {
  'another primary; the one before is its replica': async () => {
    const { gateway, old, next, failOver } = await startNamedPrimary(cleanup, {});
    const inflict = async () => {
      await failOver();
      await old.command('REPLICAOF', '127.0.0.1', next.port);
    };
    return { gateway, inflict };
  },
  'another primary; the one before is read-only, and takes no writes': async () => {
    const { gateway, old, failOver } = await startNamedPrimary(cleanup, {});
    const inflict = async () => {
      await failOver();
      await old.config({ 'min-replicas-to-write': 1 });
    };
    return { gateway, inflict };
  },
  'another primary; the one before goes on, unfenced': async () => {
    const { gateway, failOver } = await startNamedPrimary(cleanup, {});
    return { gateway, inflict: failOver };
  },
  'another primary; the one before is frozen': async () => {
    const { gateway, old, failOver } = await startNamedPrimary(cleanup, {});
    cleanup.later(async () => old.resume());
    const inflict = async () => {
      old.pause();
      await failOver();
    };
    return { gateway, inflict };
  },
  'the primary killed, and back empty (from its return)': async () => {
    const { gateway, primary } = await startRegion();
    return { gateway, inflict: () => primary.restart({ data: 'none' }) };
  },
  'the region’s copy gets no more records; its name leads to a sound one': async () => {
    const { gateway, strand } = await startNamedCopy(cleanup, {});
    return { gateway, inflict: strand };
  },
  'the region’s copy of the stream deleted': async () => {
    const { gateway, copy } = await startRegion();
    return { gateway, inflict: () => copy.command('DEL', 'purges') };
  },
  'the link to the primary a black hole for 2 s (from its return)': async () => {
    const { gateway, link } = await startRegion();
    const inflict = async () => {
      link.blackHole();
      await pause(LASTING_MS);
      await link.restore();
    };
    return { gateway, inflict };
  },
  'the primary out of memory (OOM); its log’s history makes room': async () => {
    const { redis, gateway } = await startAlone();
    await untilHit(gateway, '1');
    const log = cleanup.add(new RedisLog({ url: redis.url }));
    for (let id = 0; id < 3000; id++)
      await log.append([{ tag: entityTag('Product', `x${id}`), kind: 'hard' }]);
    const client = redis.client();
    const inflict = async () => {
      await client.set('junk', 'x'.repeat(1_000_000));
      const [, used] = /used_memory:(\d+)/.exec(await client.info('memory'))!;
      await client.config('SET', 'maxmemory', used!);
      await expect(client.set('more', 'x')).rejects.toThrow('OOM');
    };
    return { gateway, inflict };
  },
  'entries’ Redis replaced; the one before is read-only': async () => {
    const { gateway, old, failOver } = await startNamedEntries(cleanup, {});
    const inflict = async () => {
      await old.config({ 'replica-read-only': 'yes' });
      await failOver();
    };
    return { gateway, inflict };
  },
  'entries’ Redis silent for 2 s, as for one slow MGET (from its return)': async () => {
    const entries = cleanup.add(await startRedis());
    const { gateway } = await startAlone(entries.url);
    await until('all are kept', () => areHits(gateway, 10));
    const inflict = async () => {
      entries.pause();
      const asked = areHits(gateway, 10);
      await pause(LASTING_MS);
      await asked;
      entries.resume();
    };
    return { gateway, inflict, isWell: () => areHits(gateway, 10) };
  },
  'entries’ Redis in cluster mode: the first 30 requests at once': async () => {
    const cluster = cleanup.add(await startCluster());
    const { gateway } = await startAlone(cluster.url, { REDIS_TIMEOUT_MS: '2000' });
    const first = async () => void (await areHits(gateway, 30));
    return { gateway, inflict: first, isWell: () => areHits(gateway, 30) };
  },
  'the machine suspended for ten minutes (from its return)': async () => {
    const { gateway } = await startRegion();
    const realNow = Date.now;
    const inflict = () => {
      const shifted = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + TEN_MINUTES);
      cleanup.later(async () => shifted.mockRestore());
    };
    return { gateway, inflict };
  },
};

/** A purge is acknowledged, and what it purged is answered as it is now, then from the cache. */
async function isWell(gateway: GatewayProcess): Promise<boolean> {
  const { data, token, extensions } = await like(gateway);
  if (extensions !== undefined || token === undefined) return false;
  await show(gateway, '1');
  const again = await show(gateway, '1');
  return again.cacheStatus.startsWith('hit') && again.data.product.version === data.likeProduct.version;
}

it.each(Object.entries(FAULTS))(
  '%s',
  async (name, start) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const faulty = await start();
      await faulty.inflict();
      const from = performance.now();
      await until('it is well', faulty.isWell ?? (() => isWell(faulty.gateway)), { within: 60_000 });
      times.push((performance.now() - from) / 1000);
      await cleanup.run();
    }
    rows.push([name, median(times).toFixed(2), Math.max(...times).toFixed(2)]);
  },
  300_000,
);

afterAll(() => {
  process.stdout.write(`${markdownTable(['Fault', 'median, s', 'most, s'], rows)}\n`);
});
