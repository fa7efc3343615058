/**
 * Requests lost over ten replacements of a gateway behind nginx, while 50,000 are asked.
 *
 *   npx jest --testMatch "$PWD/test/http/replaced.measure.ts"
 */
import { cleanupAfterEach } from '../kit/cleanup';
import { ReplacedGateways } from './replaced-gateways';

const REPLACEMENTS = 10;
const REQUESTS = 50_000;
const cleanup = cleanupAfterEach();

it.each([
  ['watched: nginx is told once a gateway is not ready', { delayMs: 1000, isWatched: true }],
  ['not watched: nginx finds out by itself, with a delay', { delayMs: 1000, isWatched: false }],
  ['not watched, without a delay', { delayMs: 0, isWatched: false }],
])(
  '%s',
  async (name, options) => {
    const replaced = await ReplacedGateways.start(cleanup, { ...options, clients: 8, isApart: true });
    for (let count = 0; count < REPLACEMENTS; count++) {
      await replaced.go(REQUESTS / REPLACEMENTS / 2);
      await replaced.replace();
    }
    if (replaced.requests < REQUESTS) await replaced.go(REQUESTS - replaced.requests);
    await replaced.end();
    const ends = JSON.stringify(Object.fromEntries(replaced.ends));
    process.stdout.write(
      `${name}: ${replaced.lost} of ${replaced.requests} lost over ${REPLACEMENTS} replacements ${ends}\n${replaced.said.slice(0, 20).join('\n')}\n`,
    );
  },
  900_000,
);
