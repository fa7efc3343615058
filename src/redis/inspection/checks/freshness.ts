import { comparePositions, formatPosition, ORIGIN, type Position } from '../../../purge/position';
import type { PurgeRecord } from '../../../purge/purge';
import { RedisLog } from '../../../purge/redis-log/redis-log';
import { Waiters } from '../../../purge/waiters';
import { error, ok, type Observation } from '../finding';
import type { Check, Scene } from '../scene';

export const FRESHNESS_CHECKS: readonly Check[] = [
  {
    id: 'freshness',
    title: 'is the region shown to be current',
    needs: ['bus', 'primary'],
    run: async (scene) => [await prove(scene)],
  },
];

/** As a gateway does: note the time, ask the primary for its last position, and see the copy reach it. No clock is compared. */
async function prove({ bus, primary, options, timeoutMs }: Scene): Promise<Observation> {
  const log = new RedisLog({ url: bus.url, primaryUrl: primary.url, primaryTimeoutMs: timeoutMs, timeoutMs });
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
      fault: (cause) => (fault = cause),
    });
    const askedAt = performance.now();
    const last = await log.touch();
    // A long log takes its time to be read: only a copy that stands still has failed.
    let before: Position | undefined;
    while (comparePositions(position, last) < 0 && position !== before) {
      before = position;
      await waiters.wait(last, options.freshness.boundMs);
    }
    if (position.epoch === last.epoch && position.seq >= last.seq) {
      const took = Math.round(performance.now() - askedAt);
      return ok(`shown to be current in ${took} ms; the bound is ${options.freshness.boundMs} ms`);
    }
    if (fault)
      return error(`the copy of the log cannot be read (${fault.message})`, 'See the other findings on it.');
    const [at, wanted] = [formatPosition(position), formatPosition(last)];
    return error(
      `the copy of the log stands at ${at} and the primary at ${wanted}: nothing is served from cache`,
      'See the findings on roles and links. If there are none, have the copy loaded anew: REPLICAOF NO ONE, then REPLICAOF again.',
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
