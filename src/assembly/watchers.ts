import type { Config } from '../config/config';
import { createDebugWatcher } from '../explain/debug-watcher';
import { settingsOf } from '../explain/read-knowledge';
import { joinWatchers, type Watcher } from '../journey/watch';
import type { Purges } from '../purge/purges';
import type { Log } from '../report/log';
import { OperationLog } from '../suggest/operation-log';

/** Who looks closer at operations: clients that debug, and `lastmile suggest` where the operator wants it. */
export function createWatchers(
  config: Config,
  log: Log,
  purges: Purges,
  now: () => number,
): { readonly watcher: Watcher; readonly close: () => Promise<void> } {
  const debug = createDebugWatcher({ ...settingsOf(config), forEverybody: config.http.debugHeaders, now });
  const { operations } = config.log;
  if (!operations) return { watcher: debug, close: () => Promise.resolve() };
  const onEnd = (why: Error | 'full') => {
    const { path } = operations;
    if (why === 'full') log.warn({ path }, 'the operation log is full: see OPERATION_LOG_BYTES');
    else log.error({ path, err: why }, 'the operation log cannot be written');
  };
  const operationLog = new OperationLog({ ...operations, vary: config.policy.vary, now, onEnd });
  purges.table.onPurge(operationLog.purged);
  // The log first: it is told what leaves for everybody.
  return { watcher: joinWatchers(operationLog, debug), close: () => operationLog.close() };
}
