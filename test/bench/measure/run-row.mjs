import { verdicts } from './aims.mjs';
import { collapse } from './collapse.mjs';
import { latency } from './latency.mjs';
import { documents, memory } from './memory.mjs';
import { purgeCost } from './purge-cost.mjs';
import { storm } from './storm.mjs';
import { throughput } from './throughput.mjs';
import { World } from './world.mjs';

const KINDS = {
  throughput,
  latency,
  storm,
  collapse,
  'purge-cost': purgeCost,
  memory,
  documents,
};

/**
 * Measures one row in a world of its own.
 * @param {import('../rows/rows.mjs').Row} row
 * @param {{ rounds: number, seconds: number, quick: boolean, gatewayFolder: string, tell: (text: string) => void }} effort
 */
export async function runRow(row, effort) {
  const { name, title, load, settings, aims } = row;
  const world = await World.create(effort.gatewayFolder, settings);
  try {
    const measured = await KINDS[row.kind](row, world, effort);
    const { rounds, seconds, quick } = effort;
    return {
      name,
      title,
      load,
      settings,
      effort: { rounds, seconds, quick },
      measured: new Date().toISOString(),
      notes: [],
      ...measured,
      verdicts: verdicts(aims, measured),
    };
  } finally {
    await world.close();
  }
}
