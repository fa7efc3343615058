import { ALL, formatFault } from '../faults';
import { placeOf, SOURCE } from '../geography';
import type { Kind } from '../load/tally';
import type { Took, Warmth } from '../ground/warmth';
import type { WorldResult } from '../result';
import { percent } from '../percent';
import { saturation } from '../saturation';

/** A table of the report: its head, then its rows. */
export type Rows = readonly (readonly string[])[];

/** What was run, in a few sentences. */
export function story(result: WorldResult): string[] {
  const { options, versions, busy, startedIn, load } = result;
  const own = Object.entries(busy.own)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, share]) => `${name} ${percent(share, 1)}`);
  return [
    `${options.regions.length} regions on one machine (${versions.cpu}; Node ${versions.node}, Redis ${versions.redis}), ` +
      `ready ${(startedIn / 1000).toFixed(1)} s after their start. Distances: ${SOURCE}.`,
    `Command: ${result.command} (seed ${options.seed}), ${result.date}.`,
    `${options.warmup} s of warm-up${walk(load)}, ${options.duration} s measured. ${(load.requests / load.seconds).toFixed(0)} requests a second through the gateways, ` +
      `${percent(options.mutations, 1)} of them mutations${signedIn(options)}; the origin takes ${options.serviceMs} ms.`,
    `The machine was ${percent(busy.machine)} busy: ${own.join(', ')}; other programs ${percent(busy.others)}. ` +
      `Timers of the clients were ${load.lateness.toFixed(1)} ms late at the 99th percentile. ` +
      `Clients and check held ${mebibytes(load.memory.before)} of memory when measuring began, ${mebibytes(load.memory.now)} when it ended.`,
    ...(options.faults.length > 0
      ? [`Faults, in seconds after the warm-up: ${options.faults.map(formatFault).join(', ')}.`]
      : []),
  ];
}

function signedIn({ signedIn: of, parts }: WorldResult['options']): string {
  const whole = parts ? '' : '; answers are not cut into parts';
  return of > 0 ? `, ${percent(of)} of the queries pages of signed-in clients${whole}` : whole;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function walk({ walked }: WorldResult['load']): string {
  if (walked.of === 0) return ', in which no question was asked but by chance';
  return `, in which every region was asked ${percent(walked.asked / walked.of)} of all questions once`;
}

/** Whether what was promised was kept. */
export function verdict({ load, mishaps }: WorldResult): string {
  const checked =
    `${load.readsChecked} reads in ${load.answersChecked} answers were checked against ${load.changes} acknowledged changes; ` +
    `${load.tokenReads} of the answers were for a token's holder, ${load.privateAnswers} private.`;
  const broken = load.broken === 0 ? 'No promise was broken.' : `${load.broken} promises were broken.`;
  const others = mishaps.length > 0 ? ` What else went wrong: ${mishaps.join('; ')}.` : '';
  return `${broken} ${checked}${others}`;
}

/** Latency by region; undefined when the machine was saturated, and none may be quoted. */
export function latencyRows(result: WorldResult): Rows | undefined {
  if (saturation(result)) return undefined;
  const head = [
    'region',
    'queries',
    'under 100 ms',
    'without',
    'hit rate',
    'hit p50',
    'p50',
    'p95',
    'p99',
    'without p50',
  ];
  const rows = result.load.regions.map(({ region, with: seen, without, hits }) => [
    `${region} (${placeOf(region)})`,
    String(seen.count),
    percent(seen.under100, 1),
    percent(without.under100, 1),
    percent(seen.count === 0 ? 0 : hits.count / seen.count, 1),
    ...[hits.p50, seen.p50, seen.p95, seen.p99, without.p50].map((each) => `${each.toFixed(1)} ms`),
  ]);
  return [head, ...rows];
}

/** The same without a clock: what is true also on a machine that is busy. */
export function hitRows({ load }: WorldResult): Rows {
  const rows = load.regions.map(({ region, with: seen, hits, unanswered, errors, stale, staleMost }) => [
    region,
    String(seen.count),
    percent(seen.count === 0 ? 0 : hits.count / seen.count, 1),
    String(stale.count),
    stale.count === 0 ? '-' : `${staleMost.toFixed(0)} ms`,
    String(unanswered),
    String(errors),
  ]);
  return [['region', 'queries', 'hit rate', 'stale reads', 'stalest', 'unanswered', 'errors'], ...rows];
}

/** Why queries were no hits, in percent of all queries of a region. */
export function missRows({ load }: WorldResult): Rows {
  const reasons = [...new Set(load.regions.flatMap(({ misses }) => Object.keys(misses)))].toSorted();
  const rows = load.regions.map(({ region, with: seen, hits, misses }) => [
    region,
    share(hits.count, seen.count),
    ...reasons.map((why) => share(misses[why] ?? 0, seen.count)),
  ]);
  return [['region', 'hits', ...reasons], ...rows];
}

/** What was asked, in all regions together: the questions asked most first. */
export function kindRows({ load }: WorldResult): Rows {
  const sums = new Map<string, Kind>();
  for (const { kinds } of load.regions)
    for (const [name, { queries, hits }] of Object.entries(kinds)) {
      const sum = sums.get(name) ?? { queries: 0, hits: 0 };
      sums.set(name, { queries: sum.queries + queries, hits: sum.hits + hits });
    }
  const all = [...sums.values()].reduce((sum, { queries }) => sum + queries, 0);
  const rows = [...sums]
    .toSorted(([, a], [, b]) => b.queries - a.queries)
    .map(([name, { queries, hits }]) => [name, share(queries, all), share(hits, queries)]);
  return [['question', 'of all queries', 'hit rate'], ...rows];
}

export function share(part: number, whole: number): string {
  return whole === 0 ? '-' : percent(part / whole, 1);
}

/** What those figures hold besides the purge's own way, and what a 0 among them means. */
export function arrivalNote({ harness: { observer, links } }: WorldResult): string {
  return (
    `${ARRIVAL_NOTE} Counted in as well is what this machine is late by, where a real network would not be: the links of purges ` +
    `delivered ${links.p50.toFixed(1)} ms late at the median and ${links.p99.toFixed(1)} ms at the 99th percentile, ` +
    `and timers of the observer were ${observer.toFixed(1)} ms late at the 99th.`
  );
}

const ARRIVAL_NOTE =
  'Counted from the moment the client of the primary region has the acknowledgement. 0.0: the purge was there sooner, ' +
  'because it leaves the primary before the acknowledgement has come back through the gateway. Faults are counted in.';

/** Arrival of purges by region; undefined as above. */
export function arrivalRows(result: WorldResult): Rows | undefined {
  if (saturation(result)) return undefined;
  const rows = result.arrivals.map(({ region, oneWay, beyond, most, missed }) => [
    region,
    `${oneWay} ms`,
    ...[beyond.p50, beyond.p99, most].map((each) => `${each.toFixed(1)} ms`),
    String(beyond.count),
    String(missed),
  ]);
  return [['region', 'one way', 'beyond it p50', 'p99', 'most', 'purges', 'not in 8 s'], ...rows];
}

/** What came of higher rates, when they were tried. */
export function stepRows({ steps }: WorldResult): Rows {
  const rows = steps.map(({ rate, sent, busy, lateness, hitP50, hitRate, saturated }) => [
    String(rate),
    sent.toFixed(0),
    percent(hitRate, 1),
    saturated === undefined ? `${hitP50.toFixed(1)} ms` : '-',
    `${lateness.toFixed(1)} ms`,
    percent(busy.machine),
    ...PARTS.map((part) => percent(busy.own[part] ?? 0)),
    percent(busy.others),
    `${busy.busiest.name}, ${percent(busy.busiest.ofCore)}`,
  ]);
  const head = ['asked for', 'sent', 'hit rate', 'hit p50', 'timers late', 'machine busy'];
  return [[...head, ...PARTS, 'other programs', 'busiest process, of a core'], ...rows];
}

const PARTS = ['gateways', 'load', 'origin', 'network', 'redis', 'observer', 'program'];

/** Up to which rate all was well, and what was the matter beyond. */
export function sustained({ steps }: WorldResult): string {
  const good = steps.findLast(({ saturated }) => saturated === undefined);
  const bad = steps.find(({ saturated }) => saturated !== undefined);
  const most = good
    ? `${good.sent.toFixed(0)} requests a second were sustained by the whole world on this machine, clients and check included.`
    : 'No rate was sustained.';
  if (!bad) return `${most} More was not tried.`;
  const { busiest } = bad.busy;
  return (
    `${most} At ${bad.rate} a second ${bad.saturated}; ` +
    `the busiest process was ${busiest.name} with ${percent(busiest.ofCore)} of a core.`
  );
}

/** How the minute began that came after a fault that befell every region; undefined: there was none, or as above. */
export function coldRows(result: WorldResult): Rows | undefined {
  const faults = result.options.faults.filter(({ region }) => region === ALL);
  if (faults.length === 0) return undefined;
  const isQuoted = saturation(result) === undefined;
  const rows = faults.flatMap((fault) =>
    result.load.regions.map(({ region, seconds }) => {
      const after = seconds.filter(({ second }) => second >= fault.at && second < fault.at + MINUTE);
      const sum = (of: 'queries' | 'hits' | 'under100'): number =>
        after.reduce((total, each) => total + each[of], 0);
      return [
        formatFault(fault),
        region,
        String(sum('queries')),
        share(sum('hits'), sum('queries')),
        ...(isQuoted ? [share(sum('under100'), sum('queries'))] : []),
      ];
    }),
  );
  return [['after', 'region', 'answered', 'hit rate', ...(isQuoted ? ['under 100 ms'] : [])], ...rows];
}

/** What upstream was asked at most, while everything was cold. */
export function coldNote({ warmingRate: { filled, calls } = { filled: 0, calls: 0 } }: WorldResult): string {
  return (
    `In the minute after, by what was answered. All regions together filled at most ${filled.toFixed(0)} answers a second ` +
    'that nobody waited for; those that came from the primary region are counted in, as it may have asked upstream for them. ' +
    `Upstream was asked at most ${calls.toFixed(0)} times a second, for whatever reason; WARM_UPSTREAM_RPS bounds the first alone.`
  );
}

const MINUTE = 60;

/** What was filled before it was asked for, and what upstream was asked in all. */
export function warmthRows({ warmth }: WorldResult): Rows {
  const sum = (of: (each: Warmth) => number): number => warmth.reduce((total, each) => total + of(each), 0);
  const results = [...new Set(warmth.flatMap(({ warmed }) => Object.keys(warmed)))];
  const all = {
    region: 'all',
    upstreamCalls: sum(({ upstreamCalls }) => upstreamCalls),
    warmed: Object.fromEntries(results.map((result) => [result, sum(({ warmed }) => warmed[result] ?? 0)])),
  };
  const rows = [...warmth, all].map(({ region, upstreamCalls, warmed }) => {
    const { stored = 0, relayed = 0, used = 0, wasted = 0 } = warmed;
    return [
      region,
      ...[stored, relayed, used, wasted].map(String),
      share(wasted, used + wasted),
      String(upstreamCalls),
    ];
  });
  return [
    ['region', 'asked upstream', 'of the primary region', 'used', 'wasted', 'waste', 'upstream calls'],
    ...rows,
  ];
}

/** What misses of clients found in the primary region's cache, and what they took where a latency may be quoted. */
export function primaryRows(result: WorldResult): Rows {
  const isQuoted = saturation(result) === undefined;
  const mean = ({ count, seconds } = NONE): string =>
    count === 0 ? '-' : `${((seconds * 1000) / count).toFixed(0)} ms`;
  const rows = result.load.regions.map(({ region, purged, without, askedInPrimary }) => {
    const { given, none, measured } = result.warmth.find((each) => each.region === region)?.primary ?? {};
    return [
      region,
      percent(askedInPrimary, 1),
      String(purged.count),
      ...[given, none, measured].map((each = NONE) => String(each.count)),
      ...(isQuoted
        ? [
            mean(given),
            mean(none),
            ...[purged.p50, purged.p95, without.p50].map((each) => `${each.toFixed(0)} ms`),
          ]
        : []),
    ];
  });
  const times = ['given after', 'none after', 'purged p50', 'p95', 'without p50'];
  const head = ['region', 'asked there too', 'purged', 'given', 'none', 'measured'];
  return [[...head, ...(isQuoted ? times : [])], ...rows];
}

const NONE: Took = { count: 0, seconds: 0 };

/** What the columns of {@link primaryRows} are. */
export const PRIMARY_NOTE =
  'Asked there too: of what anyone could ask, the queries whose question was asked in the primary region in the same time. Purged: queries whose ' +
  'entry had been purged, as clients see them. Given and none: misses that the primary region’s cache was asked for first, and how long they ' +
  'waited for it on average; measured: asked for no client. All others asked upstream at once.';

/** What went over the links. */
export function linkRows({ linkBytes, options, load }: WorldResult): Rows {
  const perSecond = (name: string): string =>
    `${((linkBytes[name] ?? 0) / load.seconds / 1024).toFixed(1)} KiB/s`;
  const kinds = ['replication', 'probe', 'way', 'upstream', 'direct'];
  const rows = options.regions.map((region) => [
    region,
    ...kinds.map((kind) => perSecond(`${kind} ${region}`)),
  ]);
  return [['region', ...kinds], ...rows];
}
