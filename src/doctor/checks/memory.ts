import {
  error,
  hidden,
  ok,
  warning,
  type Observation,
  isSame,
  type DoctorCheck,
  type DoctorContext,
} from '../check';
import { setting, type ObservedRedis } from '../observed-redis';

export const MEMORY_CHECKS: readonly DoctorCheck[] = [
  { id: 'maxmemory', title: 'is memory limited', needs: ['cache'], run: ({ cache }) => [limited(cache)] },
  {
    id: 'eviction',
    title: 'are entries evicted, and never the log',
    needs: ['cache', 'regional', 'primary'],
    run: eviction,
  },
  {
    id: 'replica-eviction',
    title: 'does the replica evict at all',
    needs: ['cache'],
    run: async ({ cache }) => [await evicts(cache)],
  },
  {
    id: 'refused-writes',
    title: 'was anything refused for want of memory',
    needs: ['regional', 'primary'],
    run: ({ regional, primary }) =>
      isSame(regional, primary) ? [refused(regional)] : [refused(regional), takesPurges(primary)],
  },
  {
    id: 'log-size',
    title: 'has the purge log room',
    needs: ['regional', 'primary'],
    run: ({ regional, primary, options: { limits } }) =>
      (isSame(regional, primary) ? [regional] : [regional, primary]).map((redis) =>
        roomFor(limits.purgeLogBytes, redis),
      ),
  },
];

/** Entries and what replication needs must fit beside the log. */
function roomFor(logBytes: number, { info, title }: ObservedRedis): Observation {
  const most = Number(info.get('maxmemory') ?? 0);
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
  if (most === 0 || logBytes <= most / 2)
    return ok(`${title} has room for a purge log of ${mib(logBytes)} MiB`);
  return warning(
    `the purge log may take ${mib(logBytes)} of the ${mib(most)} MiB that ${title} may hold`,
    'Lower PURGE_LOG_BYTES in every region, or raise maxmemory (REDIS_MAXMEMORY where `lastmile redis` runs it).',
  );
}

/** A primary that is full takes purges by giving up the log's history, or not at all. */
function takesPurges(primary: ObservedRedis): Observation {
  const { info, title } = primary;
  const most = Number(info.get('maxmemory') ?? 0);
  if (most === 0 || Number(info.get('used_memory') ?? 0) < most) return refused(primary);
  return error(
    `${title} has no memory left: each purge costs history of the log, or is refused and retried`,
    "Raise its maxmemory, and delete what is not the gateway's.",
  );
}

function limited({ info, title }: ObservedRedis): Observation {
  const bytes = info.get('maxmemory');
  if (bytes === undefined) return hidden(`maxmemory of ${title}`);
  if (bytes !== '0') return ok(`${title} may hold ${Math.round(Number(bytes) / 2 ** 20)} MiB`);
  return error(
    `${title} has no limit of memory: it grows until the machine ends it`,
    'Set maxmemory to what the machine can spare.',
  );
}

function eviction(context: DoctorContext): Observation[] {
  const { regional, cache, primary } = context;
  const ofRegion = regional === cache ? [sharedPolicy(regional)] : [cachePolicy(cache), logPolicy(regional)];
  return isSame(regional, primary) ? ofRegion : [...ofRegion, logPolicy(primary)];
}

/** Log and entries together: the log has no TTL, and must not be evicted. */
function sharedPolicy({ info, title }: ObservedRedis): Observation {
  const policy = info.get('maxmemory_policy');
  if (policy === undefined) return hidden(`maxmemory-policy of ${title}`);
  if (policy.startsWith('volatile-')) return ok(`${title} evicts entries, by ${policy}, and never the log`);
  const what =
    policy === 'noeviction'
      ? 'evicts nothing: when it is full, purges are lost'
      : `may evict the log, by ${policy}`;
  return error(`${title} ${what}`, 'Set maxmemory-policy to volatile-lfu.');
}

function cachePolicy({ info, title }: ObservedRedis): Observation {
  const policy = info.get('maxmemory_policy');
  if (policy === undefined) return hidden(`maxmemory-policy of ${title}`);
  if (policy !== 'noeviction') return ok(`${title} evicts by ${policy}`);
  return warning(
    `${title} evicts nothing: when it is full, no entry is kept any more`,
    'Set maxmemory-policy to allkeys-lfu.',
  );
}

function logPolicy({ info, title, role }: ObservedRedis): Observation {
  const policy = info.get('maxmemory_policy');
  if (policy === undefined) return hidden(`maxmemory-policy of ${title}`);
  if (!policy.startsWith('allkeys-')) return ok(`${title} never evicts the log`);
  return error(
    `${title} may evict the log, by ${policy}`,
    `Set maxmemory-policy to ${role === 'primary' ? 'noeviction' : 'volatile-lfu'}.`,
  );
}

async function evicts(cache: ObservedRedis): Promise<Observation> {
  if (cache.info.get('role') !== 'slave') return ok(`${cache.title} is no replica, and evicts as it is told`);
  const ignores = await setting(cache, 'replica-ignore-maxmemory');
  if (ignores === undefined) return hidden(`replica-ignore-maxmemory of ${cache.title}`);
  if (ignores === 'no') return ok(`${cache.title} keeps to its limit of memory`);
  return error(
    `${cache.title} is a replica that ignores its limit of memory: it evicts nothing`,
    'CONFIG SET replica-ignore-maxmemory no on it, and in its redis.conf.',
  );
}

function refused({ info, title }: ObservedRedis): Observation {
  const count = /count=(\d+)/.exec(info.get('errorstat_OOM') ?? '')?.[1];
  if (count === undefined) return ok(`${title} has refused nothing for want of memory`);
  return warning(
    `${title} has refused ${count} writes for want of memory since it started; purges may be among them`,
    'Raise maxmemory, and see that all entries have a TTL.',
  );
}
