import { fileURLToPath } from 'node:url';
import { startNode } from '../process/child.mjs';
import { spread } from '../kit.mjs';
import { PRODUCT_DOCUMENTS } from '../workload/documents.mjs';
import { asPost, wireText } from '../workload/requests.mjs';
import { ask } from '../workload/verify.mjs';

const CROWD = fileURLToPath(new URL('../load/crowd.mjs', import.meta.url));

/** How many upstream calls it takes when everybody asks at once for what nobody has asked for before. */
export async function collapse(row, world, effort) {
  const { processes, holdMs } = row.load;
  const requests = effort.quick ? 2000 : row.load.requests;
  world.role = 'all';
  // All of one region: they share one Redis.
  const gateways = [];
  for (let index = 0; index < processes; index++)
    gateways.push(await world.start('lastmile-region', 'lastmile-region'));
  const ports = gateways.map(({ port }) => port);
  for (const port of ports) await ask(port, [question(0)]);
  await world.hold(holdMs);
  const together = await crowds(world, effort, ports, requests, 1);
  const alone = await crowds(world, effort, ports.slice(0, 1), requests / processes, 1000);
  return {
    figures: [
      { name: 'concurrent requests', value: requests },
      { name: `upstream calls, ${processes} processes`, ...spread(together.map(({ calls }) => calls)) },
      { name: 'upstream calls, 1 process', ...spread(alone.map(({ calls }) => calls)) },
      { name: `upstream takes, ms`, value: holdMs },
      { name: `last answer after, ms`, ...spread(together.map(({ millis }) => millis)) },
      {
        name: 'failed requests',
        value: [...together, ...alone].reduce((sum, { failed }) => sum + failed, 0),
      },
    ],
  };
}

async function crowds(world, effort, ports, requests, from) {
  const rounds = [];
  for (let round = 0; round < effort.rounds; round++) {
    const before = await world.asked();
    const input = { ports, requests, text: wireText(question(from + round)) };
    const { child, ready } = await startNode('crowd', 'load', CROWD, input, { withinMs: 90_000 });
    await child.exited;
    rounds.push({ ...ready, calls: (await world.asked()) - before });
    effort.tell(`round ${round + 1}/${effort.rounds}`);
  }
  return rounds;
}

const question = (number) =>
  asPost({ query: PRODUCT_DOCUMENTS[0], variables: { id: String(800_000_000 + number) } });
