import { assemble } from '../assemble';
import { createFrontOf } from '../serve';
import type { Config } from '../config/config';
import { drain, listen } from '../http/listen';
import type { Log } from '../report/log';
import { Outages } from '../report/outages';
import { isOurs, type WorkerMessage } from './messages';

/** Between two looks whether this process is ready. Milliseconds. */
const READY_INTERVAL = 50;
/** Between two messages that the same thing still cannot be used. Milliseconds. */
const OUTAGE_INTERVAL = 5_000;

/**
 * One of several processes that share the port. It keeps entries and follows the log like a gateway on its own; figures
 * and health leave by the first process.
 * @returns what finishes the requests under way and ends it
 * @throws as `serve` does
 */
export async function serveAsWorker(config: Config, log: Log): Promise<() => Promise<void>> {
  // The first process tells of them, once for all.
  const outages = new Outages({
    now: () => performance.now(),
    begun: (outage) => tell({ lastmile: 'outage', outage }),
    over: ({ address }) => tell({ lastmile: 'outage-over', address }),
    againMs: OUTAGE_INTERVAL,
  });
  const assembly = assemble(config, log, outages);
  const front = createFrontOf(config, assembly, log);

  const answer = async (message: unknown): Promise<void> => {
    if (!isOurs(message) || message.lastmile !== 'figures-wanted') return;
    const figures = await assembly.metrics.registry.getMetricsAsJSON();
    tell({ lastmile: 'figures', id: message.id, figures });
  };
  const noMore = new Promise<void>((resolve) => {
    process.on('message', (message) => {
      if (!isOurs(message)) return;
      if (message.lastmile === 'no-more') resolve();
      if (message.lastmile === 'reload') void assembly.schema.look();
    });
    process.once('disconnect', resolve);
  });
  process.on('message', (message) => {
    answer(message).catch((error: unknown) => log.error({ err: error }, 'the figures could not be read'));
  });
  const looking = setInterval(() => {
    if (!assembly.ready()) return;
    clearInterval(looking);
    tell({ lastmile: 'ready' });
  }, READY_INTERVAL);

  await assembly.start();
  await listen(front, config.http.port, config.http.host);
  return async () => {
    clearInterval(looking);
    tell({ lastmile: 'leaving' });
    // Then node:cluster closes the channel to the first process as well, once the last connection has ended.
    if (process.connected) await noMore;
    await drain(front, config.http.drainMs);
    await assembly.close();
  };
}

function tell(message: WorkerMessage): void {
  // The first process may be gone: then this one is about to end as well.
  if (process.connected) process.send?.(message);
}
