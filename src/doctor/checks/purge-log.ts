import { formatPosition, hasReached, ORIGIN, type Position } from '../../purge/position';
import { LOG_PROTOCOL, type PurgeRecord } from '../../purge/log';
import { RedisLog } from '../../purge/redis-log/redis-log';
import { Waiters } from '../../purge/waiters';
import { LastmileError } from '../../report/error';
import {
  error,
  hidden,
  isSame,
  ok,
  warning,
  type DoctorCheck,
  type DoctorContext,
  type Observation,
} from '../check';
import { compareIds } from '../../purge/redis-log/feed';
import { decodeRecord, protocolOf, EPOCH_KEY, STREAM_KEY } from '../../purge/redis-log/wire';
import type { ObservedRedis } from '../observed-redis';

export const FRESHNESS_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'freshness',
    title: 'is the region shown to be current',
    needs: ['regional', 'primary'],
    run: async (context) => [await prove(context)],
  },
];

/** As a gateway does: note the time, ask the primary for its last position, and see the copy reach it. No clock is compared. */
async function prove({ regional, primary, options, timeoutMs }: DoctorContext): Promise<Observation> {
  const log = new RedisLog({
    url: regional.url,
    primaryUrl: primary.url,
    trust: options.redis?.trust,
    primaryTimeoutMs: timeoutMs,
    timeoutMs,
  });
  const waiters = new Waiters();
  let position: Position = ORIGIN;
  let fault: Error | undefined;
  const reached = (record: PurgeRecord | undefined): void => {
    position = record?.position ?? position;
    waiters.reached(position);
  };
  try {
    await log.follow({
      restart: (records) => reached(records.at(-1)),
      record: reached,
      history: () => false,
      fault: (cause) => (fault = cause),
    });
    const askedAt = performance.now();
    const last = await log.lastPosition();
    // A long log takes its time to be read: only a copy that stands still has failed.
    let before: Position | undefined;
    while (!hasReached(position, last) && position !== before) {
      before = position;
      await waiters.wait(last, options.freshness.boundMs);
    }
    if (hasReached(position, last)) {
      const took = Math.round(performance.now() - askedAt);
      return ok(`shown to be current in ${took} ms; the bound is ${options.freshness.boundMs} ms`);
    }
    if (fault)
      return error(`the copy of the log cannot be read (${fault.message})`, 'See the other findings on it.');
    const [at, wanted] = [formatPosition(position), formatPosition(last)];
    return error(
      `the copy of the log stands at ${at} and the primary at ${wanted}: nothing is served from cache`,
      'See the findings on roles and links. If there are none, have the replica load its data again: REPLICAOF NO ONE, then REPLICAOF its primary.',
    );
  } catch (cause) {
    const { message, remedy = 'See the other findings on the primary.' } = cause as Error & {
      remedy?: string;
    };
    const detail = (cause as { detail?: string }).detail;
    return error(`${message}${detail ? ` (${detail})` : ''}`, remedy);
  } finally {
    waiters.end();
    await log.close();
  }
}

/** Records compared, from the newest. */
const TAIL = 100;

type LogRecord = [id: string, fields: string[]];

export const LOG_REPLICA_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'log-copy',
    title: "is the region's copy of the log the primary's",
    needs: ['regional', 'primary'],
    run: async (context) => (isSame(context.regional, context.primary) ? [] : [await compare(context)]),
  },
  {
    id: 'log-versions',
    title: 'do all gateways speak this protocol of the log',
    needs: ['primary'],
    run: async ({ primary }) => [await versions(primary)],
  },
];

/** Gateways of two versions are no fault, but not for long: what the earlier ones purge counts for more than it says. */
async function versions(primary: ObservedRedis): Promise<Observation> {
  const records = await tail(primary, TAIL);
  if (!records) return hidden('the newest records of the log');
  const isOlder = records.some(([id, fields]) => decodeRecord(id, fields)?.isOlder);
  const isNewer = (await spokenAt(primary)) > LOG_PROTOCOL;
  if (!isOlder && !isNewer) return ok(spokenIn(records));
  const { message, remedy } = new LastmileError(isOlder ? 'PURGE_LOG_OLDER' : 'PURGE_LOG_NEWER');
  return warning(message.replace(/\.$/, ''), remedy);
}

/** By which protocols these were written, none of which costs another anything. */
function spokenIn(records: readonly LogRecord[]): string {
  const newest = `the newest ${records.length} records of the log`;
  const spoken = [...new Set(records.flatMap(([, fields]) => protocolOf(fields) ?? []))].toSorted();
  if (spoken.length === 0) return `no purge is among ${newest}`;
  if (spoken.length === 1) return `the purges among ${newest} are of protocol ${spoken[0]}`;
  return `the purges among ${newest} are of protocols ${spoken.join(' and ')}: gateways of several versions have written it`;
}

/** The highest protocol that was spoken there, as far as this account may know. */
async function spokenAt({ reader, client }: ObservedRedis): Promise<number> {
  for (const redis of new Set([reader, client])) {
    try {
      return Number((await redis.hmget(EPOCH_KEY, 'p'))[0] ?? 0);
    } catch {
      // This account may not: the other may.
    }
  }
  return 0;
}

async function compare({ regional, primary }: DoctorContext): Promise<Observation> {
  // The copy first: what is appended between the two looks is then no difference.
  const copy = await tail(regional, TAIL);
  const original = await tail(primary, 2 * TAIL);
  if (!copy || !original) return hidden('the newest records of the log');
  const [newest] = original;
  const reload =
    'Have the replica load its data again: REPLICAOF NO ONE, then REPLICAOF its primary. Let no account but the primary write to it.';
  const [ahead] = copy;
  if (ahead && (!newest || compareIds(ahead[0], newest[0]) > 0))
    return error(
      `the copy holds ${ahead[0]}, which the primary does not: something else wrote to the copy`,
      reload,
    );
  const known = new Map(original.map(([id, fields]) => [id, fields.join(' ')]));
  const oldest = original.at(-1)?.[0] ?? '0-0';
  const stray = copy.find(
    ([id, fields]) => compareIds(id, oldest) >= 0 && known.get(id) !== fields.join(' '),
  );
  if (stray)
    return error(
      `the copy holds another record ${stray[0]} than the primary: something else wrote to the copy`,
      reload,
    );
  const held = new Set(copy.map(([id]) => id));
  const from = copy.at(-1)?.[0];
  const lost = original.find(
    ([id]) => from && ahead && compareIds(id, from) > 0 && compareIds(id, ahead[0]) < 0 && !held.has(id),
  );
  if (lost) return error(`the copy lacks ${lost[0]}: it has dropped a purge`, reload);
  return ok(`the newest ${copy.length} records of the copy are the primary's`);
}

/** The newest first; undefined when they may not be read. */
async function tail({ reader, client }: ObservedRedis, count: number): Promise<LogRecord[] | undefined> {
  for (const redis of new Set([reader, client])) {
    try {
      return (await redis.xrevrange(STREAM_KEY, '+', '-', 'COUNT', count)) as LogRecord[];
    } catch {
      // This account may not: the other may.
    }
  }
  return undefined;
}
