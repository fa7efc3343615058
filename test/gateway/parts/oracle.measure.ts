/**
 * Many more made-up operations than `npm test` plays, put together from parts and asked whole.
 *
 *   OPERATIONS=1000000 SEED=7 npx jest --testMatch "$PWD/test/gateway/parts/oracle.measure.ts"
 */
import { randomInt } from 'node:crypto';
import { play } from './oracle/play';

const COUNT = Number(process.env['OPERATIONS'] ?? 100_000);
const SEED = Number(process.env['SEED'] ?? randomInt(1000, 2 ** 20));
/** Operations that are played with one seed. */
const LOT = 5000;
/** Milliseconds one operation may take on a busy machine. */
const LONGEST = 100;

it(
  'puts together what graphql-js answers to the whole',
  async () => {
    const began = performance.now();
    const sums: Record<string, number> = {};
    for (let done = 0; done < COUNT; done += LOT) {
      const { counts, difference } = await play({
        operations: Math.min(LOT, COUNT - done),
        seed: SEED + done / LOT,
        every: { still: 1, changing: 3, late: 10 },
      });
      for (const [what, count] of Object.entries(counts)) sums[what] = (sums[what] ?? 0) + count;
      const told = Object.entries(sums).map(([what, count]) => `${what} ${count}`);
      const seconds = Math.round((performance.now() - began) / 1000);
      process.stdout.write(
        `${Math.min(COUNT, done + LOT)} operations from seed ${SEED} on in ${seconds} s: ${told.sort().join(', ')}\n`,
      );
      expect(difference).toBeUndefined();
    }
  },
  COUNT * LONGEST,
);
