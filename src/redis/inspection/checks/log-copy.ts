import { compareIds } from '../../../purge/redis-log/copy';
import { STREAM_KEY } from '../../../purge/redis-log/script';
import { error, hidden, ok, type Observation } from '../finding';
import type { ObservedRedis } from '../observed-redis';
import { isSame, type Check, type Scene } from '../scene';

/** Records compared, from the newest. */
const TAIL = 100;

type LogRecord = [id: string, fields: string[]];

export const LOG_COPY_CHECKS: readonly Check[] = [
  {
    id: 'log-copy',
    title: "is the region's copy of the log the primary's",
    needs: ['bus', 'primary'],
    run: async (scene) => (isSame(scene.bus, scene.primary) ? [] : [await compare(scene)]),
  },
];

async function compare({ bus, primary }: Scene): Promise<Observation> {
  // The copy first: what is appended between the two looks is then no difference.
  const copy = await tail(bus, TAIL);
  const original = await tail(primary, 2 * TAIL);
  if (!copy || !original) return hidden('the newest records of the log');
  const [newest] = original;
  const reload =
    'Have the copy loaded anew: REPLICAOF NO ONE, then REPLICAOF again. Let no account but the primary write to it.';
  const [ahead] = copy;
  if (ahead && (!newest || compareIds(ahead[0], newest[0]) > 0))
    return error(
      `the copy holds ${ahead[0]}, which the primary does not: somebody wrote to the copy`,
      reload,
    );
  const known = new Map(original.map(([id, fields]) => [id, fields.join(' ')]));
  const oldest = original.at(-1)?.[0] ?? '0-0';
  const stray = copy.find(
    ([id, fields]) => compareIds(id, oldest) >= 0 && known.get(id) !== fields.join(' '),
  );
  if (stray)
    return error(
      `the copy holds another record ${stray[0]} than the primary: somebody wrote to the copy`,
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
