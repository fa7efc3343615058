import { forwarded } from '../report/cache-status';
import type { Log } from '../report/log';
import type { Metrics } from './metrics';

/** Milliseconds in which it is told once. */
const SILENCE = 60_000;

/**
 * Counts requests that are refused because as many are in flight as may be, and tells of it once a minute.
 * @param most how many may be
 * @param now monotonic milliseconds
 * @returns to be called for each that is refused
 */
export function createOverloadReport(
  most: number,
  metrics: Pick<Metrics, 'observe'>,
  log: Log,
  now: () => number = () => performance.now(),
): () => void {
  const tell = onceInAWhile(now, () =>
    log.warn(
      {
        variable: 'MAX_IN_FLIGHT',
        remedy:
          'Find out why upstream or Redis answers slowly; add processes; or raise MAX_IN_FLIGHT if there is memory.',
      },
      `requests are refused with 503: ${most} are in flight, which is the limit`,
    ),
  );
  return () => {
    metrics.observe({ kind: 'forwarded', fwd: forwarded('overloaded'), why: 'overloaded' }, 0);
    tell();
  };
}

/** Tells once a minute of WebSockets and event streams that are refused because as many are open as may be. @returns as above */
export function createSocketReport(
  most: number,
  log: Log,
  now: () => number = () => performance.now(),
): () => void {
  return onceInAWhile(now, () =>
    log.warn(
      {
        variable: 'MAX_SOCKETS',
        remedy:
          'Add processes; or raise MAX_SOCKETS: an idle one takes less than 10 KiB, one with a subscription 40.',
      },
      `WebSockets or event streams are refused with 503: ${most} are open, which is the limit`,
    ),
  );
}

function onceInAWhile(now: () => number, tell: () => void): () => void {
  let toldAt = -Infinity;
  return () => {
    const at = now();
    if (at - toldAt < SILENCE) return;
    toldAt = at;
    tell();
  };
}
