/**
 * Many more random streams than `npm test` plays, to a front with the short cut beside one without it, and from behind
 * nginx. A tenth as many go through nginx.
 *
 *   STREAMS=20000 FUZZ_SEED=7 npx jest --testMatch "$PWD/test/http/shortcut/fuzz.measure.ts"
 */
import { randomInt } from 'node:crypto';
import { cleanupAfterEach } from '../../kit/cleanup';
import { BehindNginx } from './fuzz/behind-nginx';
import { findDifference, findMixUp } from './fuzz/compare';
import { Echo } from './fuzz/echo';

const COUNT = Number(process.env['STREAMS'] ?? 100_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
/** Streams played with one seed: what is known of them is kept until their end. */
const LOT = 1000;
/** Milliseconds one stream may take on a busy machine. */
const LONGEST = 1000;

const cleanup = cleanupAfterEach();

async function inLots(
  what: string,
  count: number,
  find: (options: { count: number; seed: number }) => Promise<string | undefined>,
  figures: () => string,
): Promise<void> {
  const began = performance.now();
  for (let done = 0; done < count; done += LOT)
    expect(await find({ count: Math.min(LOT, count - done), seed: SEED + done / LOT })).toBeUndefined();
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`${what}: ${count} streams from seed ${SEED} on in ${seconds} s, ${figures()}\n`);
}

it(
  'reads them as node:http does',
  async () => {
    const subject = await Echo.start(cleanup, true);
    const reference = await Echo.start(cleanup, false);
    await inLots(
      'beside node:http',
      COUNT,
      (options) => findDifference({ subject, reference }, options),
      () => `${reference.requests} requests, of which ${subject.short} went past node:http; no difference`,
    );
  },
  COUNT * LONGEST,
);

it(
  'gives every client behind nginx its own answer',
  async () => {
    const subject = await Echo.start(cleanup, true);
    const behind = await BehindNginx.start(cleanup, subject);
    await inLots(
      'behind nginx',
      COUNT / 10,
      (options) => findMixUp(behind, options),
      () => `${subject.requests} requests, of which ${subject.short} went past node:http; none mixed up`,
    );
  },
  COUNT * LONGEST,
);
