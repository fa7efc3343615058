import { setImmediate as othersTurn, setTimeout as pause } from 'node:timers/promises';
import type { Redis, RedisOptions } from 'ioredis';
import { keepConnected } from '../../connection/keep-connected';
import { LastmileError } from '../../report/error';
import type { Health } from '../../report/outages';
import type { Follower, PurgeRecord } from '../log';
import { untilReady } from './connection';
import { formatPosition, parsePosition, positionAt, type Position } from '../position';
import { decodeRecord, STREAM_KEY } from './wire';

/**
 * Which copy of the log this is. A replica that reloads its primary's data (a full resync) stays at the same
 * address, and a reader blocked in XREAD notices nothing. Its replication backlog gives it away: it starts again
 * too, while a partial resync leaves it alone.
 */
export interface ReplicaIdentity {
  /** of the redis-server process */
  readonly runId: string;
  readonly role: string;
  readonly replicationId: string;
  /** first byte of the backlog, its length, and the size beyond which its beginning is cut off */
  readonly backlogStart: number;
  readonly backlogLength: number;
  readonly backlogSize: number;
}

/** Reads the answer to `INFO server replication`. */
export function readIdentity(info: string): ReplicaIdentity {
  const fields = new Map(
    [...info.matchAll(/^([a-z0-9_]+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]),
  );
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  return {
    runId: fields.get('run_id') ?? '',
    role: fields.get('role') ?? '',
    replicationId: fields.get('master_replid') ?? '',
    backlogStart: number('repl_backlog_first_byte_offset'),
    backlogLength: number('repl_backlog_histlen'),
    backlogSize: number('repl_backlog_size'),
  };
}

/** True when the data cannot have been reloaded between two looks at a Redis. */
export function isSameReplica(before: ReplicaIdentity, after: ReplicaIdentity): boolean {
  if (before.runId !== after.runId || before.role !== after.role) return false;
  // A primary loads nothing while it runs; its backlog comes and goes with its replicas.
  if (after.role === 'master') return true;
  if (before.replicationId !== after.replicationId) return false;
  if (before.backlogStart === after.backlogStart) return true;
  // A backlog that is full is cut off at its beginning, and stays at least as long as its size.
  return after.backlogStart > before.backlogStart && after.backlogLength >= after.backlogSize;
}

/** Compares the ids of two stream entries, also those that are no positions: their parts go up to 2^64. */
export function compareIds(a: string, b: string): number {
  const [aTime = 0n, aSeq = 0n] = a.split('-').map(BigInt);
  const [bTime = 0n, bSeq = 0n] = b.split('-').map(BigInt);
  const [left, right] = aTime === bTime ? [aSeq, bSeq] : [aTime, bTime];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** milliseconds XREAD waits for a record, and at most between two looks whether the copy is still the same */
export const BLOCK_MS = 1_000;
/** records read at once */
const PAGE = 500;
/** milliseconds of work on what was read, after which it is the others' turn: a record may hold a hundred tags */
const SLICE_MS = 5;
/** Tags after which a head start ends, a tenth of a second's work: the other processes of the machine start as well. */
const HEAD_START_TAGS = 30_000;
/** records read first of all: nothing is known yet of how many tags they hold */
const FIRST_PAGE = 50;
/** Tags of the first part of what is left: some milliseconds' work. */
const FIRST_TAGS = 1_000;
/** Of its time a feed spends this part on history that is left. */
const HISTORY_PART = 1 / 5;
/**
 * milliseconds between a reply that brought records and the next read. A blocked XREAD returns with the first record there
 * is; during thousands of purges a second that would be a trip to Redis for every one or two of them, which costs both sides
 * many times what a record costs. A purge that comes alone waits for nothing.
 */
const PACE_MS = 2;
/** milliseconds until a copy that could not be read is tried again */
const RETRY_MS = 50;

type StreamEntry = [id: string, fields: string[]];

/** What tells whether a copy still holds what was read. */
interface StreamState {
  readonly lastId: string;
  /** entries it was ever given, those that were trimmed too */
  readonly added: number;
}

/** As ids have no gaps, a stream was given as many entries as its last id grew, while an epoch lasts. */
interface Growth {
  readonly epoch: number;
  /** entries it was ever given, less the sequence number of the last */
  readonly surplus: number;
}

const EMPTY: StreamState = { lastId: '0-0', added: 0 };

/** History that is left to be read: up to a position, so many entries at once. */
interface HistoryLeft {
  readonly upTo: Position;
  readonly count: number;
  /** monotonic milliseconds: not before */
  readonly from: number;
}

function tagsIn(entries: readonly StreamEntry[]): number {
  return entries.reduce((sum, [, fields]) => sum + fields.length / 2, 0);
}

/** Where so many entries begin that end with a position: ids have no gaps. */
function pageStart({ epoch, seq }: Position, count: number): Position {
  return positionAt(epoch, Math.max(0, seq - count + 1));
}

/** @returns undefined where the epoch began: earlier records are useless */
function positionBefore({ epoch, seq }: Position): Position | undefined {
  return seq > 0 ? positionAt(epoch, seq - 1) : undefined;
}

/** Follows the region's own copy of the log on a connection that does nothing else, because XREAD blocks it. */
export class LogFeed {
  readonly #redis: Redis;
  readonly #follower: Follower;
  readonly #health: Health;
  readonly #end = new AbortController();
  /**
   * For how long history is read before any of it is applied, and so before a region can be proven: for most logs long enough
   * to read all of it. What is left is read on beside everything else.
   */
  readonly #headStartMs: number;
  /** For how long it then rests: other processes of the machine start as well, and are to be ready first. */
  readonly #restMs: number;
  #running: Promise<void> = Promise.resolve();
  /** the id of the last entry that was read; undefined until the log was read */
  #cursor: string | undefined;
  #history: HistoryLeft | undefined;
  /** as it was looked at last */
  #replica: ReplicaIdentity | undefined;
  #growth: Growth | undefined;
  #fault: Error | undefined;
  /** an entry no gateway wrote was passed over, and none that one wrote has come since */
  #foreign: LastmileError | undefined;

  constructor(
    url: string,
    connection: RedisOptions,
    {
      follower,
      health,
      headStartMs,
      restMs,
    }: { follower: Follower; health: Health; headStartMs: number; restMs: number },
  ) {
    this.#redis = keepConnected(url, connection, { failed: (error) => this.#faulted(error as Error) });
    this.#headStartMs = headStartMs;
    this.#restMs = restMs;
    this.#follower = follower;
    this.#health = health;
  }

  start(): void {
    // A failed first attempt comes as an 'error' event as well.
    this.#redis.connect().catch(() => {});
    this.#running = this.#run();
  }

  /** Gives up the connection for the next one. */
  redial(): void {
    this.#redis.disconnect(true);
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

  /** Is this still the copy that was read, and does it still hold what was read? Else it is read again. */
  async #look(): Promise<void> {
    const [info, stream] = await Promise.all([
      this.#redis.info('server', 'replication'),
      this.#lookAtStream(),
    ]);
    const replica = readIdentity(info);
    const isSame =
      this.#replica !== undefined &&
      this.#cursor !== undefined &&
      isSameReplica(this.#replica, replica) &&
      compareIds(stream.lastId, this.#cursor) >= 0 &&
      !this.#wasBegunAgain(stream);
    if (!isSame) await this.#restart(stream.lastId);
    // Only now: what could not be read is still to be read.
    this.#replica = replica;
    const last = parsePosition(stream.lastId);
    this.#growth = last && { epoch: last.epoch, surplus: stream.added - last.seq };
  }

  /**
   * Reads the newest part of the log, from its end backwards. A long log takes minutes: a gateway that waited for
   * all of it could serve nothing meanwhile, and most answers are as of its newest part.
   */
  async #restart(lastId: string): Promise<void> {
    const until = performance.now() + this.#headStartMs;
    const pages: StreamEntry[][] = [];
    let left = parsePosition(lastId);
    let count = FIRST_PAGE;
    let records = 0;
    let tags = 0;
    while (left && count > 0 && (pages.length === 0 || performance.now() < until)) {
      const first = pageStart(left, count);
      const page = await this.#readRange(first, left);
      pages.push(page);
      records += page.length;
      tags += tagsIn(page);
      // Records before a gap, or trimmed ones, are useless.
      left = page.length === count ? positionBefore(first) : undefined;
      count = Math.min(PAGE, Math.floor(((HEAD_START_TAGS - tags) * records) / Math.max(1, tags)));
    }
    let entries = pages.toReversed().flat();
    // The newest id is none of ours, or of an entry that is no more.
    // Nothing that came since the look: what a feed knows of how its copy grows begins where that look ended.
    if (entries.length === 0) entries = await this.#redis.xrange(STREAM_KEY, '-', lastId, 'COUNT', PAGE);
    this.#cursor = entries.at(-1)?.[0] ?? '0-0';
    const part = Math.ceil((FIRST_TAGS * records) / Math.max(1, tags));
    this.#history = left && {
      upTo: left,
      count: Math.min(part, PAGE),
      from: performance.now() + this.#restMs,
    };
    this.#foreign = undefined;
    this.#follower.restart(this.#decode(entries.slice(0, 1)));
    await this.#apply(entries.slice(1));
  }

  #readRange(first: Position, last: Position): Promise<StreamEntry[]> {
    return this.#redis.xrange(STREAM_KEY, formatPosition(first), formatPosition(last));
  }

  /** A little of the history that is left, and a while for the others. */
  async #readHistory({ upTo, count, from }: HistoryLeft): Promise<void> {
    const first = pageStart(upTo, count);
    const entries = await this.#readRange(first, upTo);
    const began = performance.now();
    const records: PurgeRecord[] = [];
    for (const [id, fields] of entries.toReversed()) {
      const record = decodeRecord(id, fields);
      // Nothing is known of what is before a place that was taken.
      if (!record) break;
      records.push(record);
    }
    const goesOn = this.#follower.history(records) && records.length === count;
    const left = goesOn ? positionBefore(first) : undefined;
    const tookMs = Math.max(0.1, performance.now() - began);
    const next = Math.max(1, Math.min(Math.round((count * SLICE_MS) / tookMs), PAGE));
    this.#history = left && { upTo: left, count: next, from };
    if (left) await pause(tookMs / HISTORY_PART - tookMs);
  }

  /** Hands records over, in slices. */
  async #apply(entries: readonly StreamEntry[]): Promise<void> {
    let pauseAt = performance.now() + SLICE_MS;
    for (const entry of entries) {
      for (const record of this.#decode([entry])) this.#follower.record(record);
      if (performance.now() < pauseAt) continue;
      await othersTurn();
      if (this.#end.signal.aborted) return;
      pauseAt = performance.now() + SLICE_MS;
    }
  }

  /** It was deleted, and begun again by the record after those that were read. Nothing else gives that away. */
  #wasBegunAgain({ lastId, added }: StreamState): boolean {
    const last = parsePosition(lastId);
    if (!last || last.epoch !== this.#growth?.epoch) return false;
    return added - last.seq < this.#growth.surplus;
  }

  /** Notes that a record was read: a gap is no deletion. */
  #noteGrowth(cursor: string, id: string): void {
    const [before, read] = [parsePosition(cursor), parsePosition(id)];
    if (!before || !read || before.epoch !== this.#growth?.epoch) return;
    const added = this.#growth.surplus + before.seq + 1;
    this.#growth = { epoch: read.epoch, surplus: added - read.seq };
  }

  async #lookAtStream(): Promise<StreamState> {
    try {
      const stream = (await this.#redis.xinfo('STREAM', STREAM_KEY)) as unknown[];
      const field = (name: string): unknown => stream[stream.indexOf(name) + 1];
      return { lastId: field('last-generated-id') as string, added: Number(field('entries-added')) };
    } catch (error) {
      if (error instanceof Error && error.message.includes('no such key')) return EMPTY;
      throw error;
    }
  }

  async #read(): Promise<void> {
    const cursor = this.#cursor ?? '0-0';
    // A Redis that is idle looks at those who wait for a while only ten times a second.
    const history = this.#history && performance.now() >= this.#history.from ? this.#history : undefined;
    const streams = history
      ? await this.#redis.xread('COUNT', PAGE, 'STREAMS', STREAM_KEY, cursor)
      : await this.#redis.xread('COUNT', PAGE, 'BLOCK', BLOCK_MS, 'STREAMS', STREAM_KEY, cursor);
    const entries = (streams as [string, StreamEntry[]][] | null)?.[0]?.[1] ?? [];
    for (const [id] of entries) {
      this.#noteGrowth(this.#cursor ?? '0-0', id);
      this.#cursor = id;
    }
    await this.#apply(entries);
    this.#faulted(this.#foreign);
    if (history) await this.#readHistory(history);
    // After a full page the region is behind, and reads on at once.
    else if (entries.length > 0 && entries.length < PAGE) await pause(PACE_MS);
  }

  /**
   * Passes over what no gateway wrote. The position then stays where it was, so that nothing is proven until the
   * primary's next record comes, and shows the gap.
   */
  #decode(entries: readonly StreamEntry[]): PurgeRecord[] {
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
