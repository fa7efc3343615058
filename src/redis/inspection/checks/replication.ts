import { error, hidden, ok, warning, type Observation } from '../finding';
import { setting, type ObservedRedis } from '../observed-redis';
import { isSame, type Check } from '../scene';

/** A minute's purges at some thousands a second. */
const LEAST_BACKLOG = 16 * 2 ** 20;
const LONGEST_TIMEOUT = 10;
const LONGEST_PING = 1;

export const REPLICATION_CHECKS: readonly Check[] = [
  {
    id: 'backlog',
    title: 'can a region catch up after a cut',
    needs: ['primary'],
    run: async ({ primary }) => [backlog(primary), await backlogLife(primary)],
  },
  {
    id: 'link-timeout',
    title: 'is a dead link noticed at both ends',
    needs: ['primary', 'bus'],
    run: async ({ primary, bus }) => [
      await timeout(primary),
      ...(isSame(primary, bus) ? [] : [await timeout(bus)]),
      await ping(primary),
    ],
  },
  {
    id: 'sync-delay',
    title: 'does a resync begin at once',
    needs: ['primary'],
    run: async ({ primary }) => [await syncDelay(primary)],
  },
  {
    id: 'persistence',
    title: 'does the log survive a restart',
    needs: ['primary'],
    run: ({ primary }) => [persistence(primary)],
  },
];

function backlog({ info, title }: ObservedRedis): Observation {
  const bytes = Number(info.get('repl_backlog_size'));
  if (!(bytes >= 0)) return hidden(`repl-backlog-size of ${title}`);
  const what = `${title} keeps ${Math.round(bytes / 2 ** 20)} MiB for regions that were cut off`;
  if (bytes >= LEAST_BACKLOG) return ok(what);
  return warning(
    `${what}: after a longer cut a region loads everything anew, and is cold`,
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
