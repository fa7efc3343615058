import { Dashboard, type OtherProcesses } from '../../src/dashboard/dashboard';
import { Recorder } from '../../src/dashboard/recorder';
import type { Region } from '../../src/region/region';
import { openEvents } from '../kit/events';
import { cleanupAfterEach } from '../kit/cleanup';
import { startRegions } from '../kit/regions';
import { until } from '../kit/until';
import type { View } from '../../src/dashboard/view';

const cleanup = cleanupAfterEach();

/** As much of a region as is looked at while nothing happens. */
function quietRegion(purges: { lookMark: string | undefined }): Region {
  const position = { epoch: 1, seq: 0 };
  const stats = () => ({ state: 'proven', reason: 'current', provenAgo: 0, position });
  const cacheSwitch = { current: { number: 0, serve: true, without: [] } };
  const onRecord = () => () => {};
  return { purges: Object.assign(purges, { stats, cacheSwitch, onRecord }) } as unknown as Region;
}

describe('while no one looks', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const told: string[] = [];
  const others: OtherProcesses = {
    count: 2,
    look: (closeness) => told.push(closeness),
    onSeen: () => {},
    entries: () => Promise.resolve([]),
  };
  let purges: { lookMark: string | undefined };
  let recorder: Recorder;
  let dashboard: Dashboard;

  beforeEach(() => {
    told.length = 0;
    purges = { lookMark: undefined };
    recorder = new Recorder(() => ({ entries: 0, bytes: 0 }));
    dashboard = new Dashboard({
      region: quietRegion(purges),
      recorder,
      about: { region: 'iad', primaryRegion: 'iad', version: '1' },
      others,
      redis: undefined,
      now: () => performance.now(),
      fault: () => {},
    });
  });
  afterEach(() => dashboard.close());

  it('nothing is taken down, in no process, and again so some seconds after the last has gone', async () => {
    await jest.advanceTimersByTimeAsync(5000);
    expect([recorder.isLooking, told]).toEqual([false, []]);
    const stream = dashboard.open('operations')!;
    expect([recorder.isLooking, told]).toEqual([true, ['operations']]);
    const second = dashboard.open('numbers')!;
    stream.destroy();
    await jest.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['operations', 'numbers']);
    second.destroy();
    await jest.advanceTimersByTimeAsync(9000);
    expect(recorder.isLooking).toBe(true);
    await jest.advanceTimersByTimeAsync(2500);
    expect([recorder.isLooking, told]).toEqual([false, ['operations', 'numbers', 'nothing']]);
    expect(jest.getTimerCount()).toBe(1);
  });

  it('in another region, that is: a mark that changes has it look, and one that stays does not', async () => {
    purges.lookMark = 'from before';
    await jest.advanceTimersByTimeAsync(3000);
    expect(recorder.isLooking).toBe(false);
    purges.lookMark = 'somebody 1';
    await jest.advanceTimersByTimeAsync(1000);
    expect(recorder.isLooking).toBe(true);
    await jest.advanceTimersByTimeAsync(8000);
    expect(recorder.isLooking).toBe(false);
  });

  it('looks at nothing once it is closed, though its streams end after that', async () => {
    const stream = dashboard.open('numbers')!;
    dashboard.close();
    stream.destroy();
    await jest.advanceTimersByTimeAsync(2000);
    expect([recorder.isLooking, jest.getTimerCount(), dashboard.open('numbers')]).toEqual([
      false,
      0,
      undefined,
    ]);
  });

  it('lets a reader go that does not read', async () => {
    const stream = dashboard.open('numbers')!;
    for (let second = 0; second < 10_000 && !stream.destroyed; second++) {
      recorder.observe({
        outcome: 'hit',
        reason: undefined,
        stored: false,
        collapsed: false,
        tookMs: 1,
        bound: undefined,
      });
      await jest.advanceTimersByTimeAsync(1000);
    }
    expect(stream.destroyed).toBe(true);
  });
});

it('regions write nothing of themselves until somebody looks in one of them', async () => {
  const env = { FRESHNESS_BOUND_MS: '60000' };
  const world = cleanup.add(await startRegions<'iad' | 'syd'>({ regions: ['iad', 'syd'], env }));
  const client = world.primary.client();
  cleanup.later(() => client.disconnect());
  expect(await client.exists('purges:regions')).toBe(0);
  expect(await client.hget('purges:epoch', 'w')).toBeNull();
  const before = await client.xlen('purges');
  // Looked at from where the primary is not.
  const events = cleanup.add(await openEvents(world.syd.gateway.adminUrl));
  await events.next<View>(
    'view',
    ({ regions }) => regions.every(({ state }) => state === 'proven') && regions.length === 2,
  );
  await until('each has told of itself three times', async () => (await client.xlen('purges:regions')) >= 6);
  // At most once a second each: so many could not have come sooner.
  const records = await client.xrange('purges:regions', '-', '+');
  const times = new Map<string, number[]>();
  for (const [id, [, text]] of records) {
    const { gateway } = JSON.parse(text!) as { gateway: string };
    times.set(gateway, [...(times.get(gateway) ?? []), Number(id.split('-')[0])]);
  }
  expect(times.size).toBe(2);
  for (const each of times.values()) {
    const span = each.at(-1)! - each[0]!;
    expect(span).toBeGreaterThan((each.length - 2) * 1000);
  }
  expect(await client.xlen('purges')).toBe(before);
  // Whatever else stands there is passed over.
  const junk = ['nonsense', '{}', '{"name":"__proto__","gateway":"x","count":1,"applied":[[]]}', 'null'];
  for (const text of junk) await client.xadd('purges:regions', '*', 'r', text);
  await client.xadd('purges:regions', '*', 'other', 'field', 'and', 'more');
  const seen = events.all('view').length;
  await until('two more views come', () => events.all('view').length > seen + 2);
  expect(
    events
      .all<View>('view')
      .at(-1)!
      .regions.map(({ name, state }) => [name, state]),
  ).toEqual([
    ['iad', 'proven'],
    ['syd', 'proven'],
  ]);
  // And none goes on for the other's sake.
  events.close();
  let last = { id: '', since: performance.now() };
  await until(
    'nothing was written for three seconds',
    async () => {
      const [[id = ''] = []] = await client.xrevrange('purges:regions', '+', '-', 'COUNT', 1);
      if (id !== last.id) last = { id, since: performance.now() };
      return performance.now() - last.since > 3000;
    },
    { every: 200 },
  );
});
