import type { PurgeOptions } from './purge-options';
import { askAdmin } from './purge-request';

/** When a region had a purge. */
export interface Arrival {
  readonly region: string;
  readonly reached: boolean;
  /** from when the purge was answered to when the region's answer was here */
  readonly ms: number;
  readonly problem?: string;
}

/** What an answer may take beyond the time a region waits, in milliseconds. */
const WAY_MS = 5_000;

/**
 * Asks every region at once when it has reached a position.
 * @param from monotonic milliseconds
 */
export function awaitArrivals(
  { url, regions, token, withinMs }: PurgeOptions,
  position: string,
  from: number,
): Promise<Arrival[]> {
  const asked = regions.length > 0 ? regions : [{ name: undefined, url }];
  return Promise.all(
    asked.map(async (region) => {
      const path = `/position?reached=${encodeURIComponent(position)}&within=${withinMs}`;
      const { status, json, problem, at } = await askAdmin(region.url, path, token, withinMs + WAY_MS);
      const reached = status === 200 && json?.['reached'] === true;
      const name = region.name ?? (typeof json?.['region'] === 'string' ? json['region'] : region.url);
      const trouble = problem ?? (status === 200 ? undefined : `it answered with status ${status}`);
      const ms = Math.round((at - from) * 10) / 10;
      return { region: name, reached, ms, ...(trouble !== undefined && { problem: trouble }) };
    }),
  );
}
