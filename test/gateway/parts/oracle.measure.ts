/**
 * Many more made-up operations than `npm test` plays, put together from parts and asked whole. It ends with the first that is
 * answered wrongly. Not by jest, whose modules run several times slower:
 *
 *   OPERATIONS=1000000 SEED=7 node --require ./test/kit/typescript-hook.cjs test/gateway/parts/oracle.measure.ts
 */
import { randomInt } from 'node:crypto';
import { play } from './oracle/play';

const COUNT = Number(process.env['OPERATIONS'] ?? 100_000);
const SEED = Number(process.env['SEED'] ?? randomInt(1000, 2 ** 20));
/** Operations that are played with one seed. */
const LOT = 5000;

async function playAll(): Promise<void> {
  const began = performance.now();
  const sums: Record<string, number> = {};
  for (let done = 0; done < COUNT; done += LOT) {
    const operations = Math.min(LOT, COUNT - done);
    const every = { still: 1, changing: 3, late: 10 };
    const { counts, difference } = await play({ operations, seed: SEED + done / LOT, every });
    for (const [what, count] of Object.entries(counts)) sums[what] = (sums[what] ?? 0) + count;
    const told = Object.entries(sums).map(([what, count]) => `${what} ${count}`);
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(
      `${done + operations} operations from seed ${SEED} on in ${seconds} s: ${told.sort().join(', ')}\n`,
    );
    if (difference === undefined) continue;
    process.stdout.write(`${difference}\n`);
    process.exitCode = 1;
    return;
  }
}

void playAll();
