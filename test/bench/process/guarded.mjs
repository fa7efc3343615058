/** For guard.test.ts: a benchmark that has started two processes, one of which has been stopped, and a third. */
import { start } from './child.mjs';
import { startGuard } from './guard.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

startGuard(temporaryFolder());
const sleepers = [1, 2, 3].map((number) => start(`sleeper ${number}`, 'others', 'sleep', ['60']));
await sleepers[1].stop();
process.send?.({
  pids: [sleepers[0].pid, sleepers[2].pid],
  ended: sleepers[1].pid,
  folder: temporaryFolder(),
});
