import type { RegionReport, Standing } from '../../src/dashboard/region-reports';
import { RegionTable } from '../../src/dashboard/region-table';

const OWN: Standing = {
  name: 'iad',
  state: 'proven',
  reason: 'current',
  provenAgo: 5,
  position: '5-7',
  perSecond: 10,
  count: 100,
  hitRate: 0.5,
};

function report(gateway: string, more: Partial<RegionReport> = {}): RegionReport {
  return { ...OWN, name: 'syd', gateway, applied: [], ...more };
}

let table: RegionTable;
beforeEach(() => (table = new RegionTable('iad', 'lhr')));

it('knows of its own region without being told, and of the primary one that there is one', () => {
  expect(table.view(OWN, 0)).toEqual([
    expect.objectContaining({ name: 'lhr', isPrimary: true, state: 'silent', gateways: 0 }),
    expect.objectContaining({ name: 'iad', isHere: true, state: 'proven', hitRate: 0.5 }),
  ]);
});

it('adds up the gateways of a region, and says the worst of them', () => {
  table.heard(report('a', { hitRate: 1, count: 300, perSecond: 30, hitMs: 1 }), 0);
  table.heard(report('b', { hitRate: 0, count: 100, state: 'unproven', reason: 'copy-behind', hitMs: 9 }), 0);
  const syd = table.view(OWN, 0).find(({ name }) => name === 'syd');
  expect(syd).toMatchObject({
    gateways: 2,
    perSecond: 40,
    hitRate: 0.75,
    hitMs: 1,
    state: 'unproven',
    reason: 'copy-behind',
  });
});

it('takes what a gateway told last, calls it silent after five seconds and forgets it after a minute', () => {
  table.heard(report('a', { state: 'starting' }), 0);
  table.heard(report('a', { state: 'proven' }), 1000);
  const state = (now: number) => table.view(OWN, now).find(({ name }) => name === 'syd')?.state;
  expect([state(2000), state(6000), state(6001), state(61_001)]).toEqual([
    'proven',
    'proven',
    'silent',
    undefined,
  ]);
});

it('adds up what the processes of the machine keep, by what each said last', () => {
  table.noteMemory('worker 1', { entries: 9, bytes: 90 });
  table.noteMemory('worker 1', { entries: 1, bytes: 10 });
  table.noteMemory('worker 2', { entries: 2, bytes: 20 });
  expect(table.memory).toEqual({ entries: 3, bytes: 30 });
});
