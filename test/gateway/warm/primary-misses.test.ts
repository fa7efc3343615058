import { setTimeout as pause } from 'node:timers/promises';
import type { Entry } from '../../../src/cache/entry';
import type { Client } from '../../../src/gateway/client';
import { PrimaryMisses } from '../../../src/gateway/warm/primary-misses';
import type { EntryRequest } from '../../../src/gateway/warm/relay';
import { makeEntry } from '../../cache/entries';
import { holdRegion, KEY, planFor, SETTINGS } from '../harness';

const PLACE = { key: KEY, scope: 'shared' } as const;

function clientWith(parts: Partial<Pick<Client, 'keyedHeaders' | 'asks'>> = {}): Client {
  return { keyedHeaders: {}, asks: () => false, ...parts } as Client;
}

/** A region as far from upstream as from the primary region's cache, which gives what `gives` says. */
function hold() {
  const held = holdRegion();
  const { region, clock } = held;
  const page = (): Entry =>
    makeEntry('page', { key: KEY, answeredAt: clock.now, asOf: region.table.position });
  const asked: Omit<EntryRequest, 'after'>[] = [];
  const told: [outcome: string, ms: number][] = [];
  const state = {
    isResting: false,
    gives: (): Promise<Entry | undefined> => {
      clock.now += 90;
      return Promise.resolve(page());
    },
  };
  const misses = new PrimaryMisses({
    primary: {
      get isResting() {
        return state.isResting;
      },
      ask: (request) => {
        asked.push(request);
        return state.gives();
      },
    },
    entries: SETTINGS,
    region,
    took: (outcome, ms) => void told.push([outcome, ms]),
  });
  const { bound } = planFor({});
  const of = (client = clientWith()) => misses.of(PLACE, bound, client);
  /** Has it known that upstream takes 100 ms, and the primary region's cache 90. */
  const learn = async (): Promise<void> => {
    for (let each = 0; each < 4; each++) {
      of()!.upstreamTook!(100);
      await pause(0);
    }
    expect(asked.splice(0).map(({ isAwaited }) => isAwaited)).toEqual([false, false, false, false]);
  };
  return { ...held, misses, bound, page, of, learn, asked, told, state };
}

it('P90 asks upstream at once until it knows that the primary region’s cache is no slower', async () => {
  const { of, asked, learn, region } = hold();
  expect(await of()!.ask(undefined)).toBeUndefined();
  expect(asked).toEqual([]);
  await learn();
  // What was measured is kept nowhere.
  expect(region.near.look(KEY)).toBeUndefined();
  expect(await of()!.ask(undefined)).toMatchObject({ key: KEY });
  expect(asked).toMatchObject([{ key: KEY, isAwaited: true, inTurn: false }]);
  expect(region.peek(KEY).kind).toBe('fresh');
});

it('P90 goes on to upstream when the primary region’s cache does not answer in time', async () => {
  const { of, learn, page, state, clock, region } = hold();
  await learn();
  let arrive: (entry: Entry) => void;
  state.gives = () => new Promise((resolve) => (arrive = resolve));
  const miss = of()!;
  expect(await miss.ask(undefined)).toBeUndefined();
  clock.now += 300;
  miss.upstreamTook!(100);
  arrive!(page());
  await pause(0);
  // What upstream has said since is not replaced by it.
  expect(region.near.look(KEY)).toBeUndefined();
  state.gives = () => Promise.reject(new Error('it was asked again'));
  expect(await of()!.ask(undefined)).toBeUndefined();
});

it('P90 counts against it that upstream had to be asked after all', async () => {
  const { of, learn, state, clock } = hold();
  await learn();
  state.gives = () => Promise.resolve(undefined);
  for (let each = 0; each < 8; each++) {
    const miss = of()!;
    await miss.ask(undefined);
    clock.now += 150;
    miss.upstreamTook!(100);
  }
  state.gives = () => Promise.reject(new Error('it was asked again'));
  expect(await of()!.ask(undefined)).toBeUndefined();
});

it('P90 compares what both take at the same time, whatever either took before', async () => {
  const { of, state, page, clock } = hold();
  let primaryMs = 1500;
  state.gives = () => {
    clock.now += primaryMs;
    return Promise.resolve(page());
  };
  const miss = async (upstreamMs: number): Promise<boolean> => {
    const elsewhere = of()!;
    if (await elsewhere.ask(undefined)) return true;
    elsewhere.upstreamTook!(upstreamMs);
    await pause(0);
    return false;
  };
  // All is slow at its start.
  for (let each = 0; each < 4; each++) expect(await miss(1200)).toBe(false);
  primaryMs = 80;
  for (let each = 0; each < 48; each++) await miss(110);
  expect(await miss(110)).toBe(true);
});

it('leaves it alone while it rests', async () => {
  const { of, learn, state } = hold();
  await learn();
  state.isResting = true;
  expect(of()).toBeUndefined();
});

it('P96 asks it for nothing but what anyone could ask for, and its client wants stored', () => {
  const { misses, bound, of } = hold();
  const client = clientWith();
  expect(of()).toBeDefined();
  expect(misses.of({ key: KEY, scope: 'private' }, bound, client)).toBeUndefined();
  expect(misses.of({ key: KEY, scope: 'members' }, bound, client)).toBeUndefined();
  // One of VARY says who asks.
  expect(of(clientWith({ keyedHeaders: undefined }))).toBeUndefined();
  expect(of(clientWith({ asks: (directive) => directive === 'no-store' }))).toBeUndefined();
});

it('tells how long each waited, and what became of it', async () => {
  const { of, learn, told, state, clock } = hold();
  await learn();
  expect(told.splice(0)).toEqual(Array.from({ length: 4 }, () => ['measured', 90]));
  await of()!.ask(undefined);
  state.gives = () => {
    clock.now += 30;
    return Promise.resolve(undefined);
  };
  await of()!.ask(undefined);
  expect(told).toEqual([
    ['given', 90],
    ['none', 30],
  ]);
});
