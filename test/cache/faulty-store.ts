/** A Redis store that records its faults, and what it must do in all of them. For the tests of faults. */
import type { StoreFault } from '../../src/cache/entries-redis';
import { RedisStore } from '../../src/cache/redis-store';
import type { Cleanup } from '../kit/cleanup';
import { until } from '../kit/until';
import { makeEntry } from './entries';

/** milliseconds */
export const TIMEOUT = 50;
/** What this machine may add to a time-out when it is busy: far less than a connection is given up after. */
const GRACE = 1500;
/** A time-out that is not reached because this machine is busy: what takes half of it at most did not wait for it. */
export const LONG = 10_000;
export const entry = makeEntry('a', { maxAge: 600 });

/** Those of the stores opened since the test began. */
export const faults: StoreFault[] = [];

beforeEach(() => {
  faults.length = 0;
});

export function open(
  cleanup: Cleanup,
  port: number,
  { timeout = TIMEOUT, credentials = '' } = {},
): RedisStore {
  return cleanup.add(
    new RedisStore({
      url: `redis://${credentials}127.0.0.1:${port}`,
      timeout,
      maxEntryBytes: 1_000_000,
      now: () => performance.now(),
      onFault: (fault) => faults.push(fault),
    }),
  );
}

export async function opened(cleanup: Cleanup, port: number, timeout = TIMEOUT): Promise<RedisStore> {
  const store = open(cleanup, port, { timeout });
  await becomesWell(store);
  return store;
}

/** Milliseconds a look-up takes; it must be a miss. */
export async function timeOfMiss(store: RedisStore): Promise<number> {
  const began = performance.now();
  expect(await store.get(entry.key)).toBeUndefined();
  return performance.now() - began;
}

export async function becomesWell(store: RedisStore): Promise<void> {
  await until('an entry can be stored and found', async () => {
    await store.set(entry);
    return store.get(entry.key);
  });
}

/** Every look-up is a miss within the time-out; after at most five faults none waits for anything any more. */
export async function isBoundedWhileSilent(store: RedisStore): Promise<void> {
  const before = faults.length;
  for (let index = 0; index < 20; index++) expect(await timeOfMiss(store)).toBeLessThan(TIMEOUT + GRACE);
  expect(faults.slice(before).filter((fault) => fault.during === 'get').length).toBeLessThanOrEqual(5);
  let answered = 0;
  for (let index = 0; index < 1000; index++) void store.get(entry.key).then(() => answered++);
  // One turn of the event loop: too little for any time-out.
  await new Promise(setImmediate);
  expect(answered).toBe(1000);
}
