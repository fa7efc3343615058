import { fileURLToPath } from 'node:url';
import { closedLoop } from '../load/load.mjs';
import { writePlan } from '../load/plan.mjs';
import { startNode } from '../process/child.mjs';
import { residentBytes } from '../process/cpu-time.mjs';
import { spread } from '../kit.mjs';
import { ask, sampleOf } from '../workload/verify.mjs';
import { WORKLOADS } from '../workload/workloads.mjs';

const PROBE = fileURLToPath(new URL('../micro/memory.mjs', import.meta.url));
const MIB = 2 ** 20;

/** What one entry and one row take, in a process that holds many of them and nothing else. */
export async function memory(row, world, effort) {
  const size = effort.quick ? { entries: 20_000, rows: 100_000 } : {};
  const readings = [];
  for (let round = 0; round < Math.min(3, effort.rounds); round++) {
    const input = { ...row.load, ...size, gatewayFolder: world.gatewayFolder };
    const { child, ready } = await startNode('memory', 'subject', PROBE, input, {
      flags: ['--expose-gc', '--max-old-space-size=12288'],
      withinMs: 120_000,
    });
    await child.exited;
    readings.push(ready);
  }
  const figure = (name, key) => ({ name, ...spread(readings.map((reading) => reading[key])) });
  return {
    figures: [
      figure('bytes of an entry beyond its body', 'entryBytes'),
      figure('bytes of such an entry’s tags alone', 'tagBytes'),
      figure('bytes of a row', 'rowBytes'),
    ],
    notes: [`entries of ${row.load.bodyBytes} bytes with ${row.load.tags} tags; garbage collected first`],
  };
}

/** The memory of a gateway that is asked something new every time. */
export async function documents(row, world, effort) {
  const { count, withinSeconds } = effort.quick ? { count: 10_000, withinSeconds: 8 } : row.load;
  const workload = WORKLOADS[row.load.workload]();
  const { child, port } = await world.start('lastmile');
  await ask(port, sampleOf(workload, 8));
  const plan = writePlan(workload);
  const readings = [{ sent: 0, bytes: residentBytes(child.pid) }];
  const end = performance.now() + withinSeconds * 1000;
  const step = Math.min(10, Math.max(1, withinSeconds / 10));
  let sent = 0;
  let failed = 0;
  while (sent < count && performance.now() < end) {
    const reading = await closedLoop({ port, plan, first: 1_000_000 + sent * 2, seconds: step });
    sent += reading.requests;
    failed += reading.failed;
    readings.push({ sent, bytes: residentBytes(child.pid) });
    effort.tell(`${sent.toLocaleString('en-US')} documents`);
  }
  const at = (share) => readings.find((reading) => reading.sent >= sent * share).bytes;
  const peak = Math.max(...readings.map(({ bytes }) => bytes));
  return {
    figures: [
      { name: 'distinct documents', value: sent },
      { name: 'memory at the start, MiB', value: readings[0].bytes / MIB },
      { name: 'memory after a tenth, MiB', value: at(0.1) / MIB },
      { name: 'memory at half, MiB', value: at(0.5) / MIB },
      { name: 'memory at the end, MiB', value: at(1) / MIB },
      { name: 'memory at most, MiB', value: peak / MIB },
      { name: 'memory at the end, times at half', value: at(1) / at(0.5) },
      { name: 'failed requests', value: failed },
    ],
    notes:
      sent < count ? [`stopped after ${withinSeconds} s, before all ${count.toLocaleString('en-US')}`] : [],
  };
}
