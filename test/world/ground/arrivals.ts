import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Pool } from 'undici';
import { Latencies, type Latency } from '../load/tally';
import { now } from '../clock';
import { oneWay, PRIMARY_REGION } from '../geography';
import type { RegionPorts } from './world';

/** In production the admin port answers nobody without one. */
export const ADMIN_TOKEN = 'the-world-on-one-machine';

/** Milliseconds between two purges whose arrival is measured, on average: they come by chance, in step with nothing. */
const EVERY_MS = 250;
/** Milliseconds between two looks at how late this process is. */
const RESOLUTION_MS = 2;
/** Milliseconds until one is given up. */
const PATIENCE_MS = 8000;

export interface Arrival {
  readonly region: string;
  /** milliseconds the link takes one way */
  readonly oneWay: number;
  /** milliseconds from the acknowledgement to the region's refusing what was purged, beyond those */
  readonly beyond: Latency;
  readonly most: number;
  /** purges that did not arrive in time */
  readonly missed: number;
}

/** All that is known of purges and of where the regions stand. */
export interface Observed {
  readonly arrivals: readonly Arrival[];
  /** where each region says it stands */
  readonly states: Readonly<Record<string, string>>;
  /** milliseconds by which timers of the observer were late, 99th percentile */
  readonly lateness: number;
}

/**
 * Purges a tag that nothing carries, every so often, and asks each region to say when it has it. From here to the
 * regions' admin ports there is no distance, so what is measured is the purge's own way: from the primary's
 * acknowledgement, as the primary region's gateway passes it on, until the region's table has it.
 */
export class Arrivals {
  readonly #regions: readonly RegionPorts[];
  readonly #pools: ReadonlyMap<string, Pool>;
  #beyond = new Map<string, Latencies>();
  #missed = new Map<string, number>();
  readonly #states = new Map<string, string>();
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #number = 0;

  constructor(regions: readonly RegionPorts[]) {
    this.#regions = regions;
    this.#pools = new Map(
      regions.map(({ region, admin }) => [
        region,
        new Pool(`http://127.0.0.1:${admin}`, { connections: 64 }),
      ]),
    );
    this.reset();
  }

  start(): void {
    this.#delay.enable();
    setInterval(() => this.#look(), 1000);
    this.#look();
    this.#purgeLater();
  }

  reset(): void {
    this.#beyond = new Map(this.#regions.map(({ region }) => [region, new Latencies()]));
    this.#missed = new Map();
    this.#delay.reset();
  }

  observed(): Observed {
    return {
      arrivals: this.#arrivals(),
      states: Object.fromEntries(this.#states),
      lateness: Math.max(0, this.#delay.percentile(99) / 1e6 - RESOLUTION_MS),
    };
  }

  #arrivals(): Arrival[] {
    return this.#regions.map(({ region }) => {
      const beyond = this.#beyond.get(region)!;
      return {
        region,
        oneWay: oneWay(PRIMARY_REGION, region),
        beyond: beyond.summary(),
        most: beyond.percentile(100),
        missed: this.#missed.get(region) ?? 0,
      };
    });
  }

  #purgeLater(): void {
    const pause = -Math.log(1 - Math.random()) * EVERY_MS;
    setTimeout(() => {
      this.#purgeLater();
      void this.#purge();
    }, pause);
  }

  async #purge(): Promise<void> {
    const body = JSON.stringify({ tags: [`arrival-${++this.#number}`] });
    const answer = await this.#ask(PRIMARY_REGION, 'POST', '/purge', body);
    const position = answer?.['position'];
    // With the primary gone there is nothing to measure.
    if (typeof position !== 'string') return;
    const acknowledged = now();
    await Promise.all(this.#regions.map(({ region }) => this.#wait(region, position, acknowledged)));
  }

  async #wait(region: string, position: string, acknowledged: number): Promise<void> {
    const beyond = this.#beyond;
    const answer = await this.#ask(region, 'GET', `/position?reached=${position}&within=${PATIENCE_MS}`);
    if (!answer) return;
    if (answer['reached'] !== true) this.#missed.set(region, (this.#missed.get(region) ?? 0) + 1);
    else beyond.get(region)?.record(Math.max(0, now() - acknowledged - oneWay(PRIMARY_REGION, region)));
  }

  #look(): void {
    for (const { region } of this.#regions)
      void this.#ask(region, 'GET', '/position').then((answer) =>
        this.#states.set(region, answer ? String(answer['state']) : 'away'),
      );
  }

  /** Undefined when the gateway is away, or refuses. */
  async #ask(
    region: string,
    method: 'GET' | 'POST',
    path: string,
    body?: string,
  ): Promise<Record<string, unknown> | undefined> {
    try {
      const response = await this.#pools.get(region)!.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      });
      const json = (await response.body.json()) as Record<string, unknown>;
      return response.statusCode === 200 ? json : undefined;
    } catch {
      // A gateway that is away is part of the world; its state says so.
      return undefined;
    }
  }
}
