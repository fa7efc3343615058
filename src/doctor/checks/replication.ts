import { connection, firstError, parseInfo, type ObservedRedis, setting } from '../observed-redis';
import {
  error,
  ok,
  warning,
  type Observation,
  isSame,
  type DoctorCheck,
  type DoctorContext,
  hidden,
} from '../check';

const RUN_IT = 'or let `lastmile redis` run it.';

export const ROLE_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'primary-role',
    title: 'is the primary a primary',
    needs: ['primary'],
    run: ({ primary }) => [primaryRole(primary)],
  },
  {
    id: 'two-primaries',
    title: 'is there one primary',
    needs: ['primary'],
    run: async (context) => [await onePrimary(context)],
  },
  {
    id: 'replica-role',
    title: 'does the region follow that primary',
    needs: ['regional', 'primary'],
    run: (context) => [replicaRole(context)],
  },
  {
    id: 'writable',
    title: 'can the region keep entries',
    needs: ['cache'],
    run: ({ cache }) => [writable(cache)],
  },
];

function primaryRole({ info, host, port }: ObservedRedis): Observation {
  if (info.get('role') === 'master') return ok(`the primary at ${host}:${port} is one`);
  const follows = `${info.get('master_host') ?? 'another'}:${info.get('master_port') ?? '?'}`;
  return error(
    `the primary at ${host}:${port} is a replica of ${follows}: nothing can be purged there`,
    `Point PRIMARY_REDIS_URL to ${follows}; if that one is gone for good, stop it first, then REPLICAOF NO ONE here.`,
  );
}

/** Asks at each address of the primary's name. */
async function onePrimary(context: DoctorContext): Promise<Observation> {
  const { primary, resolve } = context;
  const addresses = await resolve(primary.host).catch(() => [primary.host]);
  const seen = new Map<string, string>();
  for (const address of addresses) {
    const info = await infoAt(context, address);
    if (info?.get('role') === 'master') seen.set(info.get('run_id') ?? address, address);
  }
  if (seen.size < 2)
    return ok(`one primary answers at the ${plural(addresses.length, 'address')} of ${primary.host}`);
  return error(
    `${seen.size} primaries answer at ${primary.host}: ${[...seen.values()].join(', ')}. A purge reaches only those who follow the one it was made at`,
    'Stop all but one, then purge everything. `lastmile redis` sees to it by itself, if all addresses are machines that run it.',
  );
}

async function infoAt(
  { primary, timeoutMs, options }: DoctorContext,
  host: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  const redis = connection(primary.url, { timeoutMs, trust: options.redis?.trust }, { host });
  firstError(redis);
  try {
    await redis.connect();
    return parseInfo(await redis.info());
  } catch {
    // An address that does not answer takes no purges.
    return undefined;
  } finally {
    redis.disconnect();
  }
}

function replicaRole(context: DoctorContext): Observation {
  const { regional, primary, cache, options } = context;
  const { info, title } = regional;
  if (isSame(regional, primary)) {
    if (regional === cache && Number(primary.info.get('connected_slaves')) > 0) {
      return warning(
        'entries are kept on the primary: each is sent to every region',
        `Give the primary region a replica of its own, and point REDIS_URL to it, ${RUN_IT}`,
      );
    }
    if (options.region.isPrimary) return ok('one Redis is primary, log and cache');
    return error(
      `region ${options.region.name} is not the primary region, and its Redis is the primary`,
      'Point REDIS_URL to a replica in this region.',
    );
  }
  const follow = `REPLICAOF ${primary.host} ${primary.port} on it, ${RUN_IT}`;
  if (info.get('role') !== 'slave') return error(`${title} is no replica: no purge reaches it`, follow);
  if (info.get('master_link_status') !== 'up') {
    const seconds = info.get('master_link_down_since_seconds') ?? '?';
    return error(
      `${title} has lost ${info.get('master_host')}:${info.get('master_port')}, for ${seconds} s`,
      'Check that host, masteruser and masterauth, and the network between.',
    );
  }
  if (info.get('master_replid') !== primary.info.get('master_replid'))
    return error(`${title} follows another primary than the one purges are made at`, follow);
  return ok(`${title} follows the primary`);
}

function writable({ info, title }: ObservedRedis): Observation {
  if (info.get('role') !== 'slave' || info.get('slave_read_only') === '0')
    return ok(`${title} takes entries`);
  return error(
    `${title} is a read-only replica: no entry can be kept`,
    `CONFIG SET replica-read-only no on it, and in its redis.conf, ${RUN_IT}`,
  );
}

function plural(count: number, noun: string): string {
  return count === 1 ? `one ${noun}` : `${count} ${noun}es`;
}

/** A minute's purges at some thousands a second. */
const LEAST_BACKLOG = 16 * 2 ** 20;
const LONGEST_TIMEOUT = 10;
const LONGEST_PING = 1;

export const REPLICATION_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'backlog',
    title: 'can a region catch up after a cut',
    needs: ['primary'],
    run: async (context) =>
      isAlone(context)
        ? [ok('no other region follows this Redis: nothing of replication matters here')]
        : [backlog(context.primary), await backlogLife(context.primary)],
  },
  {
    id: 'link-timeout',
    title: 'is a dead link noticed at both ends',
    needs: ['primary', 'regional'],
    run: async (context) => {
      if (isAlone(context)) return [];
      const { primary, regional } = context;
      return [
        await timeout(primary),
        ...(isSame(primary, regional) ? [] : [await timeout(regional)]),
        await ping(primary),
      ];
    },
  },
  {
    id: 'sync-delay',
    title: 'does a resync begin at once',
    needs: ['primary'],
    run: async (context) => (isAlone(context) ? [] : [await syncDelay(context.primary)]),
  },
  {
    id: 'persistence',
    title: 'does the log survive a restart',
    needs: ['primary'],
    run: ({ primary }) => [persistence(primary)],
  },
];

/** One region with one Redis, which nothing follows now. The doctor of another region asks the primary what it needs from it. */
function isAlone({ regional, primary, options }: DoctorContext): boolean {
  return (
    options.region.isPrimary &&
    isSame(regional, primary) &&
    regional.info.get('role') === 'master' &&
    regional.info.get('connected_slaves') === '0'
  );
}

function backlog({ info, title }: ObservedRedis): Observation {
  const bytes = Number(info.get('repl_backlog_size'));
  if (!(bytes >= 0)) return hidden(`repl-backlog-size of ${title}`);
  const what = `${title} keeps ${Math.round(bytes / 2 ** 20)} MiB for regions that were cut off`;
  if (bytes >= LEAST_BACKLOG) return ok(what);
  return warning(
    `${what}: after a longer cut a region loads everything again, and is cold`,
    'Set repl-backlog-size to 64mb.',
  );
}

async function backlogLife(primary: ObservedRedis): Promise<Observation> {
  const seconds = await setting(primary, 'repl-backlog-ttl');
  if (seconds === undefined) return hidden('repl-backlog-ttl of the primary');
  if (seconds === '0') return ok('the primary keeps its replication id while no region is there');
  return warning(
    `the primary takes a new replication id after ${seconds} s without a region: all are cold then`,
    'Set repl-backlog-ttl to 0.',
  );
}

async function timeout(redis: ObservedRedis): Promise<Observation> {
  const seconds = await setting(redis, 'repl-timeout');
  if (seconds === undefined) return hidden(`repl-timeout of ${redis.title}`);
  const what = `${redis.title} gives a silent link up after ${seconds} s`;
  if (Number(seconds) <= LONGEST_TIMEOUT) return ok(what);
  return warning(
    `${what}: for so long the region serves nothing from cache`,
    `Set repl-timeout to ${LONGEST_TIMEOUT}.`,
  );
}

async function ping(primary: ObservedRedis): Promise<Observation> {
  const seconds = await setting(primary, 'repl-ping-replica-period');
  if (seconds === undefined) return hidden('repl-ping-replica-period of the primary');
  if (Number(seconds) <= LONGEST_PING) return ok(`the primary is heard from every ${seconds} s`);
  return warning(
    `the primary is heard from only every ${seconds} s, and a repl-timeout near that cuts links that are well`,
    `Set repl-ping-replica-period to ${LONGEST_PING}.`,
  );
}

async function syncDelay(primary: ObservedRedis): Promise<Observation> {
  const seconds = await setting(primary, 'repl-diskless-sync-delay');
  if (seconds === undefined) return hidden('repl-diskless-sync-delay of the primary');
  if (seconds === '0') return ok('a resync begins at once');
  return warning(
    `a resync begins ${seconds} s late, and the region waits for it`,
    'Set repl-diskless-sync-delay to 0.',
  );
}

function persistence({ info }: ObservedRedis): Observation {
  const isOn = info.get('aof_enabled');
  if (isOn === undefined) return hidden('appendonly of the primary');
  if (isOn === '0') {
    return warning(
      'the primary writes no AOF: a restart empties the log',
      'Set appendonly to yes, appendfsync to everysec.',
    );
  }
  if (info.get('aof_last_write_status') !== 'ok')
    return error(
      'the primary cannot write its AOF, and refuses purges',
      'Check the space and the rights of its folder.',
    );
  return ok('the primary writes its log to disk');
}
