/** What the gateways' own figures say of upstream calls, and of what they fill before it is asked for. */
import type { RegionPorts } from './world';

/** How often something took how long. */
export interface Took {
  readonly count: number;
  readonly seconds: number;
}

/** Of one region; counts. */
export interface Warmth {
  readonly region: string;
  /** all that upstream was asked through its gateway */
  readonly upstreamCalls: number;
  /** by result: see `lastmile_warmed_total` */
  readonly warmed: Readonly<Record<string, number>>;
  /** what misses of clients waited for the primary region's cache, by outcome: see `lastmile_primary_seconds` */
  readonly primary: Readonly<Record<string, Took>>;
}

/** A gateway that does not answer has counted nothing. */
export function readWarmth(regions: readonly RegionPorts[]): Promise<Warmth[]> {
  return Promise.all(
    regions.map(async ({ region, admin }) => {
      const figures = await fetch(`http://127.0.0.1:${admin}/metrics`)
        .then((response) => response.text())
        .catch(() => '');
      return { region, ...parseFigures(figures) };
    }),
  );
}

/** @param figures in the text format of Prometheus */
export function parseFigures(figures: string): Omit<Warmth, 'region'> {
  const calls = figures.matchAll(/^lastmile_upstream_seconds_count\{.*\} (\d+)$/gm);
  const warmed = figures.matchAll(/^lastmile_warmed_total\{.*result="(\w+)".*\} (\d+)$/gm);
  const sums = figures.matchAll(/^lastmile_primary_seconds_(sum|count)\{.*outcome="(\w+)".*\} (\S+)$/gm);
  const primary: Record<string, Took> = {};
  for (const [, kind, outcome, value] of sums) {
    const known = primary[outcome!] ?? { count: 0, seconds: 0 };
    primary[outcome!] = { ...known, [kind === 'sum' ? 'seconds' : 'count']: Number(value) };
  }
  return {
    primary,
    upstreamCalls: [...calls].reduce((sum, [, count]) => sum + Number(count), 0),
    warmed: Object.fromEntries([...warmed].map(([, result, count]) => [result!, Number(count)])),
  };
}

/** What was counted between two looks; a gateway that was started anew has begun at nothing. */
export function between(before: readonly Warmth[], after: readonly Warmth[]): Warmth[] {
  return after.map(({ region, upstreamCalls, warmed, primary }) => {
    const first = before.find((each) => each.region === region);
    const since = (later: number, earlier = 0): number => (later >= earlier ? later - earlier : later);
    return {
      region,
      upstreamCalls: since(upstreamCalls, first?.upstreamCalls),
      warmed: Object.fromEntries(
        Object.entries(warmed).map(([result, count]) => [result, since(count, first?.warmed[result])]),
      ),
      primary: Object.fromEntries(
        Object.entries(primary).map(([outcome, { count, seconds }]) => {
          const before = first?.primary[outcome];
          return [outcome, { count: since(count, before?.count), seconds: since(seconds, before?.seconds) }];
        }),
      ),
    };
  });
}
