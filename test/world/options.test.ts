import { formatFault, parseFault } from './faults';
import { oneWay } from './geography';
import { readOptions } from './options';
import { Builds } from './ground/builds';
import { strangersIn } from './load/inspect';
import { saturation } from './saturation';

describe('the options of the world', () => {
  it('reads faults, and writes them as they were', () => {
    for (const text of ['cut:syd@20s+10s', 'delay:fra@0.5s+3s', 'resync:lhr@40s'])
      expect(formatFault(parseFault(text, ['iad', 'syd', 'fra', 'lhr'], 'iad'))).toBe(text);
    expect(parseFault('kill-primary@3s+1s', ['iad'], 'iad').region).toBe('iad');
    expect(parseFault('kill-gateway:all@0s', ['iad'], 'iad').region).toBe('all');
  });

  it.each(['flood:syd@1s', 'cut:syd', 'cut:mars@1s', 'cut:syd@-1s', 'kill-primary:all@1s', ''])(
    'refuses the fault %j',
    (text) => {
      expect(() => parseFault(text, ['iad', 'syd'], 'iad')).toThrow(RangeError);
    },
  );

  it.each([
    ['--regions', 'iad,mars'],
    ['--rate', 'many'],
    ['--rate', '0'],
    ['--control', 'x'],
    ['--truth', '--ramp', '5'],
    ['--signed-in', '101'],
    ['--signed-in', 'some'],
    ['--parts', '2'],
    ['--colour', 'red'],
  ])('refuses %s %s', (...args) => {
    expect(() => readOptions(args)).toThrow(/mars|rate|control|colour|truth|signed-in|parts/);
  });

  it('has no signed-in pages, and cuts answers into parts, unless it is told', () => {
    expect(readOptions([])).toMatchObject({ signedIn: 0, parts: true });
    expect(readOptions(['--signed-in', '25', '--parts', '0'])).toMatchObject({
      signedIn: 0.25,
      parts: false,
    });
  });

  it('begins every second region with the other build, and swaps at each start', () => {
    const of = (...args: string[]): (string | undefined)[] => {
      const { regions, beside } = readOptions(['--regions', 'iad,lhr,syd', ...args]);
      const builds = new Builds({ regions, own: 'dist', beside });
      return ['iad', 'lhr', 'syd', 'iad', 'lhr', 'iad'].map((region) => builds.next(region));
    };
    expect(of('--beside', '../earlier/dist')).toEqual([
      'dist',
      '../earlier/dist',
      'dist',
      '../earlier/dist',
      'dist',
      'dist',
    ]);
    expect(new Set(of())).toEqual(new Set(['dist']));
  });

  it('always has the primary region, and knows the distances there and back', () => {
    expect(readOptions(['--regions', 'syd']).regions).toEqual(['iad', 'syd']);
    expect(oneWay('iad', 'syd')).toBe(107);
    expect(oneWay('syd', 'iad')).toBe(107);
  });
});

describe('the report', () => {
  const quiet = { busy: { machine: 0.5, own: {}, others: 0.1, cores: 2 }, load: { lateness: 1, unsent: 0 } };
  const why = (change: object) => saturation({ ...quiet, ...change } as Parameters<typeof saturation>[0]);

  it('refuses to quote latency of a machine that was saturated, by whatever sign', () => {
    expect(why({})).toBeUndefined();
    expect(why({ busy: { ...quiet.busy, machine: 0.97 } })).toContain('97 % busy');
    expect(why({ load: { lateness: 30, unsent: 0 } })).toContain('30 ms late');
    expect(why({ load: { lateness: 1, unsent: 4 } })).toContain('4 requests');
    expect(why({ options: { truth: true } })).toContain('as fast as they were answered');
  });
});

describe('the canary', () => {
  it('is found in an answer of somebody else, and is nothing in one of its own', () => {
    const text = '{"data":{"me":{"email":"swift@travellers.example"}}}';
    expect(strangersIn(text, ['swift@travellers.example'])).toBeUndefined();
    expect(strangersIn(text, ['teal@travellers.example'])).toBe('swift@travellers.example');
    expect(strangersIn(text, [])).toBe('swift@travellers.example');
    const page = '{"data":{"me":{"id":"traveller-1","passport":"PT0123456"}}}';
    expect(strangersIn(page, ['swift@travellers.example', 'PT0123456'])).toBeUndefined();
    expect(strangersIn(page, ['swift@travellers.example', 'GR7654321'])).toBe('PT0123456');
  });
});
