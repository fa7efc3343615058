import { RegionTally } from './load/tally';
import type { LoadFigures } from './load/messages';
import { formatLine, formatTable, type Moment } from './table';

const NAMES = ['iad', 'dfw', 'yyz', 'lhr', 'fra', 'gru', 'nrt', 'syd'];

function momentOf(latency: number | undefined): Moment {
  const regions = NAMES.map((region) => {
    const tally = new RegionTally(region, 0);
    if (latency !== undefined)
      tally.query(
        { name: 'trip' },
        {
          status: 200,
          cacheStatus: 'lastmile-syd; hit; ttl=3',
          token: undefined,
          text: '',
          began: 0,
          ended: latency,
        },
      );
    return tally.figures(true);
  });
  return {
    phase: 'measured',
    elapsed: 70,
    total: 120,
    figures: {
      regions,
      readsChecked: 1e6,
      changes: 1e5,
      broken: 0,
      requests: 4000,
      seconds: 10,
    } as unknown as LoadFigures,
    arrivals: [],
    states: new Map(NAMES.map((region) => [region, 'proven'])),
    busy: 0.43,
    faults: ['cut:syd@20s+10s', 'delay:fra@20s+10s', 'kill-primary:iad@44s+3s'],
  };
}

describe('the table', () => {
  it.each([20, 40, 60, 80, 120, 200])('fits into %i columns, with the most telling figures', (width) => {
    const lines = formatTable(momentOf(2), width);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    const [head = ''] = lines.filter((line) => line.includes('region'));
    for (const [column, from] of [
      ['<100 ms', 20],
      ['state', 40],
      ['p50', 40],
      ['without', 60],
      ['purge p99', 120],
    ] as const)
      if (width >= from) expect(head).toContain(column);
    expect(lines).toHaveLength(NAMES.length + 4);
  });

  it('shows a dash, not a nought, for what nobody has asked yet', () => {
    const row = formatTable(momentOf(undefined), 200).find((line) => line.includes('syd '))!;
    expect(row.trim().split(/ +/)).toEqual(['syd', '0', '-', '-', '-', '-', '-', '-', '-', '-', 'proven']);
  });

  it('says in one line what there is to say, where there is no terminal', () => {
    expect(formatLine(momentOf(2))).toMatch(
      /^70\/120 s measured; 43 % busy; iad 3\.0\/3\.0 100 %, .*; 1000000 reads checked, 0 broken; now: cut:syd/,
    );
  });
});
