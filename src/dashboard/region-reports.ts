import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { RedisTrust } from '../config/config';
import { keepConnected } from '../connection/keep-connected';
import { connectionOptions, untilReady } from '../purge/redis-log/connection';
import { EPOCH_KEY, LOOK_FIELD, REGIONS_KEY } from '../purge/redis-log/wire';
import { MAX_POSITION_LENGTH } from '../purge/position';
import { UNWATCHED } from '../report/outages';

/** What a gateway tells of itself. One of another version may tell more. */
const REPORT = z.object({
  gateway: z.string().max(40),
  name: z.string().max(100),
  state: z.enum(['starting', 'proven', 'unproven', 'cold']),
  reason: z.string().max(40),
  provenAgo: z.number().optional(),
  position: z.string().max(MAX_POSITION_LENGTH),
  perSecond: z.number(),
  /** answers in the window */
  count: z.number(),
  hitRate: z.number().optional(),
  hitMs: z.number().optional(),
  otherMs: z.number().optional(),
  /** positions of purges, when each was applied there (milliseconds of the primary's clock), and its cause or nothing */
  applied: z
    .array(z.tuple([z.string().max(MAX_POSITION_LENGTH), z.number(), z.string().max(1000)]))
    .max(1000),
});

export type RegionReport = Readonly<z.infer<typeof REPORT>>;

/** Where a gateway stands. */
export type Standing = Omit<RegionReport, 'gateway' | 'applied'>;

/** Records that are kept of what regions tell: they are of use for some seconds. */
const MOST_RECORDS = 1000;
/** Milliseconds a question to the primary, an ocean away perhaps, may take. */
const TIMEOUT_MS = 2000;
const BLOCK_MS = 1000;
/** Between two changes of the mark that says that there is a viewer. */
const MARK_MS = 2000;
/** Round trips that are remembered, to know the primary's clock by the shortest of them. */
const MOST_TRIPS = 10;

export interface RegionReportsOptions {
  readonly url: string;
  readonly primaryUrl: string;
  readonly trust: RedisTrust | undefined;
  /** monotonic milliseconds */
  readonly now: () => number;
  /** told what a gateway told, of this one as well */
  readonly heard: (report: RegionReport) => void;
  readonly fault: (error: unknown) => void;
}

/**
 * What regions report to each other while there is a viewer, in a separate stream on the primary. Its connections
 * open and close with it. Nothing depends on it: a lost report is only missing from a picture.
 */
export class RegionReports {
  readonly gateway = randomUUID().slice(0, 8);
  readonly #options: RegionReportsOptions;
  readonly #end = new AbortController();
  readonly #primary: Redis;
  readonly #copy: Redis;
  #markedAt = -Infinity;
  #mark = 0;
  #isTelling = false;
  #trips: { readonly tookMs: number; readonly offsetMs: number }[] = [];

  constructor(options: RegionReportsOptions) {
    this.#options = options;
    const { url, primaryUrl, trust } = options;
    this.#primary = keepConnected(primaryUrl, connectionOptions('regions', TIMEOUT_MS, trust), UNWATCHED);
    this.#copy = keepConnected(url, connectionOptions('regions', BLOCK_MS + TIMEOUT_MS, trust), UNWATCHED);
    this.#primary.connect().catch(() => {});
  }

  /**
   * Tells every region that there is a viewer. At most once in two seconds, however often it is called. Each gateway
   * learns of it with the answer to its next probe of the primary.
   */
  async look(): Promise<void> {
    const now = this.#options.now();
    if (now - this.#markedAt < MARK_MS) return;
    this.#markedAt = now;
    await this.#try(() => this.#primary.hset(EPOCH_KEY, LOOK_FIELD, `${this.gateway} ${++this.#mark}`));
  }

  /** Tells of this region. @param report made once it is known what time it is there */
  async tell(report: (primaryTime: (at: number) => number | undefined) => RegionReport): Promise<void> {
    // One that is slow to leave is not followed by others.
    if (this.#isTelling) return;
    this.#isTelling = true;
    await this.#try(async () => {
      const text = JSON.stringify(report((at) => this.#primaryTime(at)));
      const sentAt = this.#options.now();
      const id = await this.#primary.xadd(REGIONS_KEY, 'MAXLEN', '~', MOST_RECORDS, '*', 'r', text);
      // An id that the server makes holds its time, so nothing else has to be asked.
      this.#learn(Number(id?.split('-')[0]), sentAt, this.#options.now());
    });
    this.#isTelling = false;
  }

  /** Hears what regions tell from now on, until it is closed. */
  async hear(): Promise<void> {
    this.#copy.connect().catch(() => {});
    let last = '$';
    while (!this.#end.signal.aborted) {
      const isHeard = await this.#try(async () => {
        await untilReady(this.#copy, AbortSignal.any([this.#end.signal, AbortSignal.timeout(TIMEOUT_MS)]));
        if (last === '$') last = await this.#lastId();
        const read = await this.#copy.xread('COUNT', 500, 'BLOCK', BLOCK_MS, 'STREAMS', REGIONS_KEY, last);
        for (const [id, fields] of read?.[0]?.[1] ?? []) {
          last = id;
          this.#hearRecord(fields[1]);
        }
      });
      if (!isHeard) await new Promise((resolve) => setTimeout(resolve, BLOCK_MS).unref());
    }
  }

  close(): void {
    this.#end.abort();
    this.#primary.disconnect();
    this.#copy.disconnect();
  }

  async #lastId(): Promise<string> {
    const stream = (await this.#copy.xinfo('STREAM', REGIONS_KEY).catch(() => [])) as unknown[];
    const at = stream.indexOf('last-generated-id');
    return at < 0 ? '0-0' : String(stream[at + 1]);
  }

  #hearRecord(text: string | undefined): void {
    let json: unknown;
    try {
      json = JSON.parse(text ?? '');
    } catch {
      // It is not a report.
      return;
    }
    const read = REPORT.safeParse(json);
    if (read.success) this.#options.heard(read.data);
  }

  async #try(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!this.#end.signal.aborted) this.#options.fault(error);
      return false;
    }
  }

  #learn(primaryMs: number, sentAt: number, heardAt: number): void {
    if (!Number.isFinite(primaryMs)) return;
    const trip = { tookMs: heardAt - sentAt, offsetMs: primaryMs - (sentAt + heardAt) / 2 };
    this.#trips = [...this.#trips, trip].slice(-MOST_TRIPS);
  }

  /** What the primary's clock showed at a monotonic time of this process, to within half of the shortest round trip. */
  #primaryTime(at: number): number | undefined {
    const [shortest] = this.#trips.toSorted((a, b) => a.tookMs - b.tookMs);
    return shortest && at + shortest.offsetMs;
  }
}
