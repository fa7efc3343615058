/** What the gateways' own figures say of upstream calls, and of what they fill before it is asked for. */
import type { RegionPorts } from './world';

/** Of one region; counts. */
export interface Warmth {
  readonly region: string;
  /** all that upstream was asked through its gateway */
  readonly upstreamCalls: number;
  /** by result: see `lastmile_warmed_total` */
  readonly warmed: Readonly<Record<string, number>>;
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
  return {
    upstreamCalls: [...calls].reduce((sum, [, count]) => sum + Number(count), 0),
    warmed: Object.fromEntries([...warmed].map(([, result, count]) => [result!, Number(count)])),
  };
}

/** What was counted between two looks; a gateway that was started anew has begun at nothing. */
export function between(before: readonly Warmth[], after: readonly Warmth[]): Warmth[] {
  return after.map(({ region, upstreamCalls, warmed }) => {
    const first = before.find((each) => each.region === region);
    const since = (later: number, earlier = 0): number => (later >= earlier ? later - earlier : later);
    return {
      region,
      upstreamCalls: since(upstreamCalls, first?.upstreamCalls),
      warmed: Object.fromEntries(
        Object.entries(warmed).map(([result, count]) => [result, since(count, first?.warmed[result])]),
      ),
    };
  });
}
