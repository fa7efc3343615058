/**
 * Regions as they are: a Redis primary, in each region a replica behind a link, and a RegionPurges beside it that
 * reaches the primary by a second link. And an auditor who purges all the while and watches what is trusted.
 */
import { formatPosition, type Position } from '../../src/purge/position';
import { FreshnessProof } from '../../src/purge/proof';
import type { RegionState, StateReason } from '../../src/purge/purges';
import { RedisLog } from '../../src/purge/redis-log/redis-log';
import { RegionPurges } from '../../src/purge/region-purges';
import { PurgeTable } from '../../src/purge/table';
import { entityTag, type Tag } from '../../src/purge/tag';
import type { Cleanup } from '../kit/cleanup';
import { startLink, type Link } from '../kit/link';
import { startReplica, type Replica } from '../kit/redis-region';
import type { RedisServer, RedisSettings } from '../kit/redis-server';
import { PATIENCE, until } from '../kit/until';

export const BOUND_MS = 1_000;
export const INTERVAL_MS = 100;

export interface RegionOptions {
  readonly replica?: RedisSettings;
  readonly table?: PurgeTable;
  readonly proof?: FreshnessProof;
  readonly now?: () => number;
  /** milliseconds the primary may take to answer; default: more than any test waits for, on a busy machine as well */
  readonly primaryTimeoutMs?: number;
}

export interface AskedFor {
  readonly asOf: Position;
  /** True while the table knows of nothing that made it old. */
  readonly isTrusted: () => boolean;
  /** True while it is trusted and the region is proven. */
  readonly isServed: () => boolean;
}

export class Region {
  /** every state it was in, with the reason */
  readonly states: `${RegionState} ${StateReason}`[] = [];
  readonly purges: RegionPurges;
  readonly now: () => number;
  /** replication */
  readonly link: Link;
  /** probes and appends */
  readonly control: Link;
  readonly replica: Replica;

  constructor(link: Link, control: Link, replica: Replica, options: RegionOptions) {
    this.link = link;
    this.control = control;
    this.replica = replica;
    this.now = options.now ?? (() => performance.now());
    const log = new RedisLog({
      url: replica.url,
      primaryUrl: `redis://127.0.0.1:${control.port}`,
      primaryTimeoutMs: options.primaryTimeoutMs ?? 5_000,
      timeoutMs: 3_000,
    });
    this.purges = new RegionPurges(
      {
        log,
        now: this.now,
        freshnessBoundMs: BOUND_MS,
        probeIntervalMs: INTERVAL_MS,
        onState: (state, reason) => this.states.push(`${state} ${reason}`),
      },
      options.table ?? new PurgeTable(),
      options.proof ?? new FreshnessProof(BOUND_MS),
    );
  }

  get isProven(): boolean {
    return this.purges.isProven(this.now());
  }

  /** An answer asked for now: as of what the region had reached. */
  ask(...tags: Tag[]): AskedFor {
    const asOf = this.purges.table.position;
    const isTrusted = (): boolean => this.purges.table.verdict(asOf, tags) === 'fresh';
    return { asOf, isTrusted, isServed: () => this.isProven && isTrusted() };
  }

  async proven(): Promise<void> {
    await until(`the region is proven; it is ${this.states.at(-1)}`, () => this.isProven);
  }

  /** Proven, and answers asked for from now on can be served again. */
  async serves(): Promise<void> {
    await until(
      `the region serves; it is ${this.states.at(-1)}`,
      () => this.isProven && this.purges.table.trusts,
    );
  }

  async unproven(): Promise<void> {
    await until(`the region is not proven; it is ${this.states.at(-1)}`, () => !this.isProven);
  }

  async reaches(position: Position): Promise<void> {
    const reached = await this.purges.reached(position, PATIENCE);
    if (!reached)
      throw new Error(`${formatPosition(position)} did not come: ${JSON.stringify(this.purges.stats())}`);
  }

  stop(): Promise<void> {
    return this.purges.close();
  }
}

export async function startRegion(
  cleanup: Cleanup,
  primary: RedisServer,
  options: RegionOptions = {},
): Promise<Region> {
  const link = cleanup.add(await startLink(primary.port));
  const control = cleanup.add(await startLink(primary.port));
  const replica = cleanup.add(await startReplica(link, options.replica));
  await replica.inSync();
  // After a full resync a primary sends no more until the replica's first acknowledgement, up to a second later.
  await primary.command('SET', 'ballast', 'x');
  await replica.inSync();
  const region = cleanup.add(new Region(link, control, replica, options));
  await region.purges.start();
  return region;
}

/** Purges a new tag every few milliseconds, straight on the primary, and notes what a region serves that it must not. */
export class Auditor {
  /** answers served although a purge acknowledged more than the bound ago had made them old */
  readonly broken: string[] = [];
  /** purges acknowledged, and those that were not */
  acknowledged = 0;
  refused = 0;
  readonly #region: Region;
  readonly #log: RedisLog;
  readonly #watched: { at: number; tag: Tag; isServed: () => boolean }[] = [];
  #id = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(region: Region, primary: RedisServer) {
    this.#region = region;
    this.#log = new RedisLog({ url: primary.url, primaryTimeoutMs: 10_000 });
  }

  start(everyMs = 10): this {
    this.#writing = this.#write(everyMs);
    this.#timer = setInterval(() => this.#look(), 5);
    return this;
  }

  /** Purges a tag that no answer but one carries: hundreds of rarely purged tags, so that none hides another's loss. */
  async purge(): Promise<Position | undefined> {
    const tag = entityTag('Rare', this.#id++);
    const { isServed } = this.#region.ask(tag);
    try {
      const position = await this.#log.append([{ tag, kind: 'hard' }]);
      this.#watched.push({ at: performance.now(), tag, isServed });
      this.acknowledged++;
      return position;
    } catch {
      this.refused++;
      return undefined;
    }
  }

  /** Until so many more purges were acknowledged. */
  async purged(count: number): Promise<void> {
    const wanted = this.acknowledged + count;
    await until(`${count} more purges were acknowledged`, () => this.acknowledged >= wanted);
  }

  async stop(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    await this.#writing;
    await this.#log.close();
  }

  async #write(everyMs: number): Promise<void> {
    while (!this.#ended) {
      await this.purge();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  #look(): void {
    const now = performance.now();
    for (const { at, tag, isServed } of this.#watched)
      if (now - at > BOUND_MS && isServed())
        this.broken.push(`${tag} ${Math.round(now - at)} ms after its purge`);
  }
}
