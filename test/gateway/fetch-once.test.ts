import { fetchOnce, isFutile } from '../../src/gateway/fetch-once';
import type { FetchResult } from '../../src/gateway/fetch-once';
import { fill } from '../../src/gateway/fill';
import { LastmileError } from '../../src/report/error';
import {
  GOOD,
  holdRegion,
  KEY,
  PAGE,
  planFor,
  SETTINGS,
  settingsWith,
  type HeldRegion,
  type Said,
} from './harness';

const ABSENT = { kind: 'miss', why: 'absent', fallback: undefined } as const;

/** Fills Redis alone: memory forgets. */
async function inRedis(held: HeldRegion, settings = SETTINGS): Promise<void> {
  const { entry } = await fill(held.region, settings, { ...planFor({}), stores: true });
  held.far.set(KEY, entry!);
  await held.region.near.close();
}

it('finds what Redis holds, keeps it in memory, and asks nobody', async () => {
  const held = holdRegion();
  await inRedis(held);
  const plan = planFor({}, () => {
    throw new Error('upstream was asked');
  });
  const found = await fetchOnce(held.region, SETTINGS, plan, { near: ABSENT, staleWillDo: true });
  expect(found).toMatchObject({ kind: 'found', stale: undefined });
  expect(held.region.peek(KEY).kind).toBe('fresh');
});

it('makes no headers for upstream where Redis has the answer', async () => {
  const held = holdRegion();
  await inRedis(held);
  let made = 0;
  const plan = { ...planFor({}), headers: () => (made++, {}) };
  await fetchOnce(held.region, SETTINGS, plan, { near: ABSENT, staleWillDo: true });
  expect(made).toBe(0);
  await fetchOnce(holdRegion().region, SETTINGS, plan, { near: ABSENT, staleWillDo: true });
  expect(made).toBe(1);
});

it.each([
  ['nothing is there', async () => {}, 'absent', undefined],
  [
    'what is there was purged',
    async (held: HeldRegion) => (await inRedis(held), held.purge(PAGE)),
    'purged',
    undefined,
  ],
  [
    'what is there expired',
    async (held: HeldRegion) => (await inRedis(held), (held.clock.now += 61_000)),
    'expired',
    undefined,
  ],
] as const)('asks upstream when %s, and says why', async (_, prepare, why, fallback) => {
  const held = holdRegion();
  await prepare(held);
  let calls = 0;
  const plan = planFor({}, () => void calls++);
  const fetched = await fetchOnce(held.region, SETTINGS, plan, { near: ABSENT, staleWillDo: true });
  expect(fetched).toMatchObject({ kind: 'answered', why, fallback });
  expect(calls).toBe(1);
});

it('hands on what may stand in should upstream fail', async () => {
  const held = holdRegion();
  const settings = settingsWith({}, 600);
  await inRedis(held, settings);
  held.clock.now += 61_000 + 30_000;
  const fetched = await fetchOnce(held.region, settings, planFor({}), { near: ABSENT, staleWillDo: true });
  expect(fetched).toMatchObject({ kind: 'answered', why: 'expired', fallback: { key: KEY } });
});

describe('an entry that may be served stale', () => {
  const swr = { maxAge: 30 };

  it('will do for who waits', async () => {
    const held = holdRegion();
    await inRedis(held, settingsWith(swr));
    const entry = held.far.get(KEY)!;
    held.far.set(KEY, { ...entry, swr: 60 });
    held.clock.now += 31_000;
    const found = await fetchOnce(held.region, SETTINGS, planFor({}), { near: ABSENT, staleWillDo: true });
    expect(found).toMatchObject({ kind: 'found', stale: 'expired' });
  });

  it('will not do for a refresh: it is what that is to replace', async () => {
    const held = holdRegion();
    await inRedis(held, settingsWith(swr));
    held.far.set(KEY, { ...held.far.get(KEY)!, swr: 60 });
    held.clock.now += 31_000;
    const found = await fetchOnce(held.region, SETTINGS, planFor({}), { near: ABSENT, staleWillDo: false });
    expect(found).toMatchObject({ kind: 'answered' });
  });
});

describe('whether others need not wait for the next answer', () => {
  const fetched = async (said: Said, purges = false): Promise<FetchResult> => {
    const held = holdRegion();
    const plan = planFor(said, () => void (purges && held.purge(PAGE)));
    return fetchOnce(held.region, SETTINGS, plan, { near: ABSENT, staleWillDo: true });
  };
  const answer = GOOD.answer!;
  const gone = { ...answer, answered: false, fault: new LastmileError('ABANDONED') };
  const unreachable = { ...answer, answered: false, fault: new LastmileError('UPSTREAM_UNREACHABLE') };

  it.each([
    ['it was stored', {}, false, false],
    ['it was purged on its way', {}, true, false],
    ['all who waited for it went away', { execution: { answer: gone } }, false, false],
    ['upstream could not be reached', { execution: { answer: unreachable } }, false, true],
    [
      'upstream set a cookie',
      { execution: { answer: { ...answer, headers: { 'set-cookie': 'a' } } } },
      false,
      true,
    ],
    ['it is too large', { body: `"${'x'.repeat(2000)}"` }, false, true],
  ])('where %s', async (_, said, purges, futile) => {
    expect(isFutile(await fetched(said, purges))).toBe(futile);
  });
});
