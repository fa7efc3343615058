import type { Config } from '../config/config';
import type { Region } from '../region/region';
import type { Log } from '../report/log';
import { OperationLog } from '../suggest/operation-log';

/** `lastmile suggest`'s operation log, where the operator wants it. */
export function createOperationLog(config: Config, log: Log, region: Region): OperationLog | undefined {
  const { operations } = config.log;
  if (!operations) return undefined;
  const onEnd = (why: Error | 'full') => {
    const { path } = operations;
    if (why === 'full') log.warn({ path }, 'the operation log is full: see OPERATION_LOG_BYTES');
    else log.error({ path, err: why }, 'the operation log cannot be written');
  };
  const operationLog = new OperationLog({ ...operations, vary: config.policy.vary, now: region.now, onEnd });
  region.table.onPurge(operationLog.purged);
  return operationLog;
}
