import { parseFault } from './faults';
import { REGIONS } from './geography';
import type { Busy } from './ground/machine';
import { Latencies, RegionTally } from './load/tally';
import { readOptions } from './options';
import { latencyChart } from './report/latency-chart';
import { formatHtml } from './report/html';
import { formatMarkdown } from './report/markdown';
import type { WorldResult } from './result';

const FAULTS = ['cut:syd@20s+10s', 'resync:nrt@21s', 'kill-primary@58s+2s'];

/** What a run of eight regions could have found. */
function resultOf(busy: number): WorldResult {
  const machine: Busy = {
    machine: busy,
    own: { gateways: 0.3, load: 0.1 },
    busiest: { name: 'load', ofCore: 0.2 },
    others: 0.1,
    cores: 2,
  };
  const regions = REGIONS.map((region, index) => {
    const tally = new RegionTally(region, 60_000);
    for (let second = 0; second < 120; second++)
      for (const cacheStatus of ['x; hit; ttl=9', 'x; hit; ttl=8', 'x; fwd=stale; stored; detail=purged'])
        tally.query(
          { name: cacheStatus.includes('hit') ? 'trip' : 'visits' },
          {
            status: 200,
            cacheStatus,
            token: undefined,
            text: '',
            began: second * 1000,
            ended: second * 1000 + (cacheStatus.includes('hit') ? 2 : 40 * index),
          },
        );
    tally.without.record(40 * index);
    if (index === 4) tally.stale.record(4321);
    return tally.figures(false);
  });
  const load = {
    regions,
    readsChecked: 1e6,
    answersChecked: 9e5,
    changes: 2e4,
    tokenReads: 1e5,
    privateAnswers: 1e5,
    broken: 0,
    brokenBy: { bound: 0, token: 0, private: 0, history: 0, parts: 0 },
    findings: [],
    requests: 24_000,
    unsent: 0,
    seconds: 60,
    lateness: 1,
    walked: { asked: 900, of: 1000 },
    memory: { before: 2e7, now: 2e7 },
  };
  return {
    options: { ...readOptions([]), faults: FAULTS.map((text) => parseFault(text, REGIONS, 'iad')) },
    command: 'npm run world -- --out "<here>"',
    date: '2026-01-01T00:00:00.000Z',
    versions: { node: 'v20', redis: '7.0', cpu: '2 cores' },
    startedIn: 8000,
    load,
    arrivals: REGIONS.map((region, index) => ({
      region,
      oneWay: 13 * index,
      beyond: { count: 200, p50: 1, p95: 3, p99: index === 7 ? 7000 : 5, under100: 1 },
      most: 8000,
      missed: 0,
    })),
    harness: { observer: 1.5, links: { count: 900, p50: 1.2, p95: 2, p99: 4.5, under100: 1 } },
    busy: machine,
    steps: [400, 500].map((rate) => ({
      rate,
      sent: rate,
      busy: machine,
      lateness: 1,
      hitP50: 2,
      hitRate: 0.96,
      saturated: rate === 500 ? 'the machine was 95 % busy' : undefined,
    })),
    warmth: REGIONS.map((region) => ({
      region,
      upstreamCalls: 100,
      warmed: { stored: 9, used: 8, wasted: 1 },
      primary: { given: { count: 4, seconds: 0.36 }, none: { count: 0, seconds: 0 } },
    })),
    warmingRate: undefined,
    answered: { calls: 0, bytes: 0 },
    linkBytes: Object.fromEntries(REGIONS.map((region) => [`replication ${region}`, 1e6])),
    mishaps: [],
  };
}

describe('the report of a world', () => {
  const html = formatHtml(resultOf(0.5));

  it('is a page that needs nothing from elsewhere', () => {
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|<link|@import|url\(/);
    expect(html).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expect(html).toContain('&#60;here&#62;');
  });

  it('marks every fault', () => {
    const chart = html.slice(html.indexOf('Hit rate over time'));
    for (const fault of FAULTS) expect(chart).toContain(fault.replace('primary@', 'primary:iad@'));
  });

  it('has in every drawing all regions, and nothing beyond its edges', () => {
    const drawings = html.match(/<svg.*?<\/svg>/gs)!;
    expect(drawings).toHaveLength(4);
    for (const drawing of drawings) {
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(drawing)!.map(Number);
      for (const region of REGIONS) expect(drawing).toContain(region);
      for (const [, x] of drawing.matchAll(/ x[12]?="([^"]+)"/g))
        expect(Number(x)).toBeLessThanOrEqual(width!);
      for (const [, y] of drawing.matchAll(/ y[12]?="([^"]+)"/g))
        expect(Number(y)).toBeLessThanOrEqual(height!);
    }
  });

  it('has as many cells in each row of a table as in its head', () => {
    const tables = formatMarkdown(resultOf(0.5)).match(/(^\|.*\|$\n?)+/gm)!;
    expect(tables.length).toBeGreaterThanOrEqual(7);
    for (const table of tables)
      expect(
        new Set(
          table
            .trim()
            .split('\n')
            .map((row) => row.split('|').length),
        ).size,
      ).toBe(1);
  });

  it('says of signed-in pages what became of them, and which bytes upstream did not have to send', () => {
    expect(formatMarkdown(resultOf(0.5))).not.toContain('signed-in');
    const { options, load, ...rest } = resultOf(0.5);
    const tally = new RegionTally('syd', 0);
    const page = { name: 'page-country', isPage: true };
    for (const [cacheStatus, took] of [
      ['x; hit; ttl=9', 2],
      ['x; fwd=partial; stored; detail=purged', 40],
      ['x; fwd=partial; detail=no-policy', 240],
      ['x; fwd=bypass; detail=private', 250],
    ] as const)
      tally.query(page, {
        status: 200,
        cacheStatus,
        token: undefined,
        text: 'x'.repeat(1024),
        began: 0,
        ended: took,
      });
    tally.pages.without.record(250);
    const result = {
      ...rest,
      options: { ...options, signedIn: 1 },
      load: { ...load, regions: [tally.figures(false)] },
      answered: { calls: 3, bytes: 1024 },
    };
    const report = formatMarkdown(result);
    expect(report).toContain('100 % of the queries pages of signed-in clients');
    expect(report).toContain(
      '75.0 % of the 4 KiB that queries were answered came from the cache: upstream sent 1 KiB, in 3 answers',
    );
    expect(report).toMatch(/syd \| +4 \| 25\.0 % +\| 50\.0 % +\| 25\.0 % +\| 50\.0 % +\| 0\.0 % +\| 4\d/);
    expect(report).toMatch(/page-country \| +4 \| 25\.0 % \| +25\.0 % \| +25\.0 % \| +25\.0 % \|/);
    expect(formatHtml(result)).toContain('Pages of signed-in clients');
    expect(formatHtml(result)).not.toMatch(/NaN|undefined|Infinity/);
    const busy = { ...result, busy: { ...result.busy, machine: 0.97 } };
    expect(formatMarkdown(busy)).not.toContain('without p50');
    expect(formatMarkdown({ ...result, options: { ...result.options, parts: false } })).toContain(
      'answers are not cut into parts',
    );
  });

  it('says of the minute after everything became cold how fast it was, and what upstream was asked', () => {
    expect(formatMarkdown(resultOf(0.5))).not.toContain('cold at once');
    const { options, ...rest } = resultOf(0.5);
    const faults = [parseFault('kill-gateway:all@10s+1s', REGIONS, 'iad')];
    const result = { ...rest, options: { ...options, faults }, warmingRate: { filled: 41.6, calls: 99.5 } };
    // It was 50 s more: in each two hits of 3 ms, and a miss that took 200 in the sixth region.
    const row = /kill-gateway:all@10s\+1s \| gru +\| +150 \| +66\.7 % \| +66\.7 % \|/;
    expect(formatMarkdown(result)).toMatch(row);
    expect(formatMarkdown(result)).toContain('filled at most 42 answers a second that nobody waited for');
    expect(formatMarkdown(result)).toContain('asked at most 100 times a second');
    expect(formatHtml(result)).toContain('cold at once');
    expect(formatHtml(result)).not.toMatch(/NaN|undefined|Infinity/);
    const busy = { ...result, busy: { ...result.busy, machine: 0.97 } };
    expect(formatMarkdown(busy)).not.toContain('under 100 ms');
  });

  it('says of misses what the primary region’s cache had for them, and all that upstream was asked', () => {
    const report = formatMarkdown(resultOf(0.5));
    // In each 120 misses; in the sixth region they took 200 ms, as without.
    expect(report).toMatch(/\| gru +\| +0\.0 % +\| +120 \| +4 \| +0 \| +0 \| +90 ms \| +- \| +201 ms \|/);
    expect(report).toMatch(/\| all +\| +72 \| +0 \| +64 \| +8 \| +11\.1 % \| +800 \|/);
    expect(formatMarkdown(resultOf(0.97))).not.toContain('given after');
  });

  it('says what was sustained, and what was the matter beyond', () => {
    expect(formatMarkdown(resultOf(0.5))).toContain(
      '400 requests a second were sustained by the whole world on this machine, clients and check included. ' +
        'At 500 a second the machine was 95 % busy; the busiest process was load with 20 % of a core.',
    );
  });

  it('says how late the harness was itself, beside the arrival of purges', () => {
    expect(formatMarkdown(resultOf(0.5))).toContain(
      'delivered 1.2 ms late at the median and 4.5 ms at the 99th',
    );
    expect(html).toContain('timers of the observer were 1.5 ms late');
  });

  it('quotes no latency of a run for truth, in which nobody asked the origin directly', () => {
    const { options, load, ...rest } = resultOf(0.5);
    const regions = load.regions.map((each) => ({
      ...each,
      without: new Latencies().summary(),
      withoutCurve: [],
    }));
    const result = { ...rest, options: { ...options, truth: true }, load: { ...load, regions } };
    expect(formatHtml(result)).not.toMatch(/NaN|undefined|Infinity|without p50/);
    expect(formatMarkdown(result)).toContain('answered (--truth). Run it again without');
  });

  it('quotes no latency of a machine that was saturated', () => {
    const result = resultOf(0.97);
    expect(formatMarkdown(result)).not.toContain('without p50');
    expect(formatHtml(result)).not.toContain('without p50');
    expect(latencyChart(result)).not.toContain('under 100 ms');
    expect(formatMarkdown(result)).toContain('Not quoted: the machine was 97 % busy');
  });
});
