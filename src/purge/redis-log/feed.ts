import { setTimeout as pause } from 'node:timers/promises';
import type Redis from 'ioredis';
import { LastmileError } from '../../report/error';
import type { Health } from '../../report/outages';
import type { Follower } from '../log';
import type { PurgeRecord } from '../purge';
import { untilReady } from './connection';
import { compareIds, isSameCopy, readIdentity, type CopyIdentity } from './copy';
import { decodeRecord } from './record';
import { STREAM_KEY } from './script';

/** milliseconds XREAD waits for a record, and at most between two looks whether the copy is still the same */
export const BLOCK_MS = 1_000;
/** records read at once: some milliseconds' work, so that requests are answered in between */
const PAGE = 500;
/**
 * milliseconds between a reply that brought records and the next read. A blocked XREAD returns with the first record there
 * is; during thousands of purges a second that would be a trip to Redis for every one or two of them, which costs both sides
 * many times what a record costs. A purge that comes alone waits for nothing.
 */
const PACE_MS = 2;
/** milliseconds until a copy that could not be read is tried again */
const RETRY_MS = 50;

type Entry = [id: string, fields: string[]];

/** Follows the region's own copy of the log on a connection that does nothing else, because XREAD blocks it. */
export class LogFeed {
  readonly #redis: Redis;
  readonly #follower: Follower;
  readonly #health: Health;
  readonly #end = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** the id of the last entry that was read; undefined until the log was read from its beginning */
  #cursor: string | undefined;
  #copy: CopyIdentity | undefined;
  #fault: Error | undefined;
  /** an entry no gateway wrote was passed over, and none that one wrote has come since */
  #foreign: LastmileError | undefined;

  constructor(redis: Redis, follower: Follower, health: Health) {
    this.#redis = redis;
    this.#follower = follower;
    this.#health = health;
  }

  start(): void {
    this.#redis.on('error', (error) => this.#faulted(error));
    // A failed first attempt comes as an 'error' event as well.
    this.#redis.connect().catch(() => {});
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#end.abort();
    this.#redis.disconnect();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#end.signal.aborted) {
      try {
        await untilReady(this.#redis, this.#end.signal);
        const lookAgain = performance.now() + BLOCK_MS;
        await this.#look();
        this.#faulted(this.#foreign);
        // Any fault (LOADING, MASTERDOWN, UNBLOCKED, a time-out) leaves the cursor where it is.
        do await this.#read();
        while (performance.now() < lookAgain);
      } catch (error) {
        this.#faulted(error as Error);
        await pause(RETRY_MS, undefined, { signal: this.#end.signal }).catch(() => {});
      }
    }
  }

  /** Is this still the copy that was read, and does it still hold what was read? Else it is read from its beginning. */
  async #look(): Promise<void> {
    const [info, last] = await Promise.all([this.#redis.info('server', 'replication'), this.#lastId()]);
    const copy = readIdentity(info);
    const same = this.#copy !== undefined && isSameCopy(this.#copy, copy);
    this.#copy = copy;
    if (same && this.#cursor !== undefined && compareIds(last, this.#cursor) >= 0) return;
    const entries = await this.#redis.xrange(STREAM_KEY, '-', '+', 'COUNT', PAGE);
    this.#cursor = entries.at(-1)?.[0] ?? '0-0';
    this.#foreign = undefined;
    this.#follower.restart(this.#decode(entries));
  }

  async #lastId(): Promise<string> {
    try {
      const stream = (await this.#redis.xinfo('STREAM', STREAM_KEY)) as unknown[];
      return stream[stream.indexOf('last-generated-id') + 1] as string;
    } catch (error) {
      if (error instanceof Error && error.message.includes('no such key')) return '0-0';
      throw error;
    }
  }

  async #read(): Promise<void> {
    const cursor = this.#cursor ?? '0-0';
    const streams = await this.#redis.xread('COUNT', PAGE, 'BLOCK', BLOCK_MS, 'STREAMS', STREAM_KEY, cursor);
    const entries = (streams as [string, Entry[]][] | null)?.[0]?.[1] ?? [];
    this.#cursor = entries.at(-1)?.[0] ?? cursor;
    for (const record of this.#decode(entries)) this.#follower.record(record);
    this.#faulted(this.#foreign);
    // After a full page the region is behind, and reads on at once.
    if (entries.length > 0 && entries.length < PAGE) await pause(PACE_MS);
  }

  /**
   * Passes over what no gateway wrote. The position then stays where it was, so that nothing is proven until the
   * primary's next record comes, and shows the gap.
   */
  #decode(entries: readonly Entry[]): PurgeRecord[] {
    const records: PurgeRecord[] = [];
    for (const [id, fields] of entries) {
      const record = decodeRecord(id, fields);
      this.#foreign = record ? undefined : new LastmileError('PURGE_LOG_FOREIGN_RECORD', id);
      if (record) records.push(record);
      else this.#faulted(this.#foreign);
    }
    return records;
  }

  /** Tells the follower of a fault once, until it is over or another takes its place. */
  #faulted(error: Error | undefined): void {
    if (this.#end.signal.aborted) return;
    if (error) this.#health.failed(error);
    else this.#health.well();
    if (error?.message === this.#fault?.message) return;
    this.#fault = error;
    if (!error || error instanceof LastmileError) return this.#follower.fault(error);
    this.#follower.fault(new LastmileError('PURGE_LOG_UNREADABLE', error.message, { cause: error }));
  }
}
