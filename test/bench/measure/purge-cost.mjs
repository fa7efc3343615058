import { fileURLToPath } from 'node:url';
import { startNode } from '../process/child.mjs';
import { spread } from '../kit.mjs';

const OURS = fileURLToPath(new URL('../micro/purge-ours.mjs', import.meta.url));
/** A million entries take their time to be made. */
const PATIENCE_MS = 180_000;

const PEER = fileURLToPath(new URL('../micro/purge-peer.mjs', import.meta.url));

/** What a purge costs by how many entries carry its tag: ours, and that of the Redis cache of Yoga's plugin. */
export async function purgeCost(row, world, effort) {
  const { few } = row.load;
  const many = effort.quick ? 100_000 : row.load.many;
  const peerMany = effort.quick ? 5000 : row.load.peerMany;
  const ours = await turns(world, effort, OURS, [few, many]);
  const peer = await turns(world, effort, PEER, [few, peerMany]);
  const times = (rounds, figure) => spread(rounds.map((round) => round[figure]));
  return {
    figures: [
      { name: `purge of ${count(few)} entries, median, µs`, ...times(ours[0], 'micros') },
      { name: `purge of ${count(many)} entries, median, µs`, ...times(ours[1], 'micros') },
      {
        name: 'purge of many, times a purge of few',
        ...spread(ours[1].map(({ micros }, round) => micros / ours[0][round].micros)),
      },
      { name: 'reading one purged entry afterwards, µs', ...times(ours[1], 'readMicros') },
      { name: `@envelop/response-cache-redis, ${count(few)} entries, µs`, ...times(peer[0], 'micros') },
      { name: `@envelop/response-cache-redis, ${count(peerMany)} entries, µs`, ...times(peer[1], 'micros') },
    ],
  };
}

const count = (number) => number.toLocaleString('en-US');

/** One process for each number of entries, asked in turn. */
async function turns(world, effort, file, sizes) {
  const children = [];
  for (const entries of sizes) {
    const { url } = await world.redis(`purge of ${entries} entries`);
    const input = { entries, url, gatewayFolder: world.gatewayFolder };
    const { child } = await startNode('purge cost', 'subject', file, input, {
      flags: ['--max-old-space-size=12288'],
      withinMs: PATIENCE_MS,
    });
    children.push(world.add(child));
  }
  const rounds = sizes.map(() => []);
  for (let round = 0; round < effort.rounds; round++) {
    for (const [index, child] of children.entries()) {
      rounds[index].push(await child.ask('measure', undefined, PATIENCE_MS));
    }
    effort.tell(`round ${round + 1}/${effort.rounds}`);
  }
  for (const child of children) await child.stop();
  return rounds;
}
