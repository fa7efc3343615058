import type { Redis, Result } from 'ioredis';
import type { RedisTrust } from '../../config/config';
import { keepConnected, Redials } from '../../connection/keep-connected';
import { LastmileError } from '../../report/error';
import { UNWATCHED, type Health } from '../../report/outages';
import type { TookOfRedis } from '../../report/redis-places';
import { AS_USUAL, decodeOrder, encodeOrder, type CacheOrder } from '../cache-order';
import { decodeCaptured, encodeCaptured, type Captured } from '../captured';
import type { DatabasePosition } from '../database-position';
import { LOG_PROTOCOL, type Follower, type PurgeLog, type Purge } from '../log';
import type { Position } from '../position';
import { connectionOptions, untilReady } from './connection';
import { BLOCK_MS, LogFeed } from './feed';
import {
  APPEND_OR_TOUCH,
  boundsOf,
  encodeKnown,
  encodeRecords,
  EPOCH_KEY,
  KEEP_CAPTURED,
  KEEP_ORDER,
  readScriptAnswer,
  STREAM_KEY,
} from './wire';

export interface RedisLogOptions {
  /** the region's own copy of the log: `redis:` or `rediss:` */
  readonly url: string;
  /** the primary, where purges are appended; default: `url` */
  readonly primaryUrl?: string;
  /** by what both are known where their URLs ask for TLS; default: their hosts, and authorities that Node trusts */
  readonly trust?: RedisTrust | undefined;
  /** bytes of the log on the primary, about; default 64 MiB */
  readonly maxBytes?: number;
  /** seconds after which no entry is served any more, so that older records are not needed; default 1 d */
  readonly retainSeconds?: () => number;
  /** milliseconds the primary, an ocean away perhaps, has to answer; default 2,000 */
  readonly primaryTimeoutMs?: number;
  /** milliseconds the region's own Redis has to answer on top of the time a read may block; default 1,000 */
  readonly timeoutMs?: number;
  /** milliseconds for which history is read before a region can be proven; default 150 */
  readonly headStartMs?: number;
  /** milliseconds after that until the rest of history is read on; default 2,000 */
  readonly restMs?: number;
  /** told how the region's own copy can be read */
  readonly copy?: Health;
  /** told how the primary can be asked */
  readonly primary?: Health;
  /** Told once that a gateway of a later protocol has written here. Must not throw. */
  readonly onNewer?: () => void;
  readonly took?: TookOfRedis;
}

/** Between two questions for the size of the log. Milliseconds. */
const SIZE_AGAIN_MS = 10_000;

/** Between two connections that are made again only because nothing can be proven. Milliseconds. */
const LONGEST_REDIAL_MS = 60_000;

/** A Redis client with our scripts as commands: sent as EVALSHA, and as EVAL if the server does not know them. */
interface ScriptedRedis extends Redis {
  appendOrTouch(
    stream: string,
    epoch: string,
    protocol: number,
    ...boundsAndFields: (number | string)[]
  ): Result<
    string | [last: string, order: string | null, look: string | null, age: number | null],
    { type: 'default' }
  >;
  keepOrder(
    epoch: string,
    number: number,
    order: string,
  ): Result<[held: string, isNews: number], { type: 'default' }>;
  keepCaptured(epoch: string, generation: number, captured: string): Result<number, { type: 'default' }>;
}

/** The purge log as a Redis Stream: appended on the primary, followed on the region's own copy. See ../PROTOCOL.md. */
export class RedisLog implements PurgeLog {
  readonly neverLags = false;
  heldOrder: CacheOrder = AS_USUAL;
  lastAppend: PurgeLog['lastAppend'];
  lookMark: string | undefined;
  readonly #options: Required<RedisLogOptions>;
  readonly #primary: ScriptedRedis;
  readonly #feeds = new Set<LogFeed>();
  readonly #end = new AbortController();
  readonly #redials = new Redials(LONGEST_REDIAL_MS);
  /** settles with the first attempt to connect to the primary */
  #connected: Promise<void> | undefined;
  #ready: Promise<void> | undefined;
  #isNewerTold = false;
  #size: number | undefined;
  #sizeAskedAt = -Infinity;

  constructor(options: RedisLogOptions) {
    this.#options = {
      primaryUrl: options.url,
      trust: undefined,
      maxBytes: 64 * 2 ** 20,
      retainSeconds: () => 86_400,
      headStartMs: 150,
      restMs: 2_000,
      primaryTimeoutMs: 2_000,
      timeoutMs: 1_000,
      copy: UNWATCHED,
      primary: UNWATCHED,
      onNewer: () => {},
      took: () => {},
      ...options,
    };
    const { primaryUrl, primaryTimeoutMs, primary, trust } = this.#options;
    const scripts = {
      appendOrTouch: { lua: APPEND_OR_TOUCH, numberOfKeys: 2 },
      keepOrder: { lua: KEEP_ORDER, numberOfKeys: 1 },
      keepCaptured: { lua: KEEP_CAPTURED, numberOfKeys: 1 },
    };
    const connection = { ...connectionOptions('purges', primaryTimeoutMs, trust), scripts };
    this.#primary = keepConnected(primaryUrl, connection, primary) as ScriptedRedis;
  }

  append(purges: readonly Purge[], trace?: string): Promise<Position> {
    return this.#append(encodeRecords(purges, trace));
  }

  appendKnown(asOf: Position, database: DatabasePosition): Promise<Position> {
    return this.#append([encodeKnown(asOf, database)]);
  }

  async #append(records: readonly string[][]): Promise<Position> {
    try {
      // Only the very first connection is waited for: no mutation waits for a primary that is down.
      await this.#connect();
      const appends = records.map((fields) => this.#run(fields));
      const positions = await Promise.all(appends);
      return positions.at(-1) as Position;
    } catch (cause) {
      this.#options.primary.failed(cause);
      throw new LastmileError('PURGE_NOT_ACKNOWLEDGED', reason(cause), { cause });
    }
  }

  lastPosition(): Promise<Position> {
    return this.#ask(() => this.#run([]));
  }

  size(): number | undefined {
    const now = performance.now();
    if (this.#primary.status === 'ready' && now - this.#sizeAskedAt >= SIZE_AGAIN_MS) {
      this.#sizeAskedAt = now;
      this.#primary.memory('USAGE', STREAM_KEY).then(
        (bytes) => (this.#size = bytes ?? undefined),
        (error: Error) => {
          this.#size = undefined;
          // An account that may not ask need not be refused again and again.
          if (error.message.startsWith('NOPERM')) this.#sizeAskedAt = Infinity;
        },
      );
    }
    return this.#size;
  }

  async keepOrder(order: CacheOrder): Promise<CacheOrder> {
    try {
      await this.#connect();
      await this.#untilReady();
      const [text, isNews] = await this.#primary.keepOrder(EPOCH_KEY, order.number, encodeOrder(order));
      // A no-op wakes every follower, and each asks the primary then. Without it they ask a little later.
      if (isNews === 1) this.append([]).catch(() => {});
      // Answers come in order: what was asked before must not be taken for the later word.
      return (this.heldOrder = decodeOrder(text));
    } catch (cause) {
      this.#options.primary.failed(cause);
      throw new LastmileError('CACHE_ORDER_NOT_ACKNOWLEDGED', reason(cause), { cause });
    }
  }

  captured(): Promise<Captured | undefined> {
    return this.#ask(async () => decodeCaptured((await this.#primary.hmget(EPOCH_KEY, 'd'))[0] ?? null));
  }

  keepCaptured(captured: Captured): Promise<boolean> {
    const text = encodeCaptured(captured);
    return this.#ask(
      async () => (await this.#primary.keepCaptured(EPOCH_KEY, captured.generation, text)) === 1,
    );
  }

  /** @throws LastmileError PRIMARY_UNREACHABLE */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      await this.#connect();
      await this.#untilReady();
      const answer = await question();
      this.#options.primary.well();
      return answer;
    } catch (cause) {
      this.#options.primary.failed(cause);
      throw new LastmileError('PRIMARY_UNREACHABLE', reason(cause), { cause });
    }
  }

  follow(follower: Follower): Promise<void> {
    const { url, timeoutMs, copy, headStartMs, restMs, trust } = this.#options;
    const connection = connectionOptions('feed', BLOCK_MS + timeoutMs, trust);
    const feed = new LogFeed(url, connection, { follower, health: copy, headStartMs, restMs });
    this.#feeds.add(feed);
    feed.start();
    return Promise.resolve();
  }

  redial(): void {
    if (!this.#redials.isDue(performance.now())) return;
    this.#primary.disconnect(true);
    for (const feed of this.#feeds) feed.redial();
  }

  async close(): Promise<void> {
    this.#end.abort();
    this.#primary.disconnect();
    await Promise.all([...this.#feeds].map((feed) => feed.close()));
    this.#feeds.clear();
  }

  #connect(): Promise<void> {
    // A failed attempt is not the end: ioredis makes another, and the command that needed it fails by itself.
    return (this.#connected ??= this.#primary.connect().catch(() => {}));
  }

  /** All who wait for a connection wait for the same one. */
  #untilReady(): Promise<void> {
    if (this.#primary.status === 'ready') return Promise.resolve();
    if (this.#ready) return this.#ready;
    const limit = AbortSignal.timeout(this.#options.primaryTimeoutMs);
    const ready = untilReady(this.#primary, AbortSignal.any([this.#end.signal, limit]));
    this.#ready = ready.finally(() => (this.#ready = undefined));
    return this.#ready;
  }

  async #run(fields: string[]): Promise<Position> {
    const { maxBytes, retainSeconds, onNewer, primary, took } = this.#options;
    const bounds = boundsOf({ maxBytes, retainSeconds: retainSeconds() });
    const sentAt = performance.now();
    let said: Awaited<ReturnType<ScriptedRedis['appendOrTouch']>>;
    try {
      said = await this.#primary.appendOrTouch(STREAM_KEY, EPOCH_KEY, LOG_PROTOCOL, ...bounds, ...fields);
    } finally {
      // Not by a further promise: what is heard of an order must not be later than the answer to the next call.
      took(fields.length > 0 ? 'append' : 'probe', performance.now() - sentAt);
    }
    const [text, order = null, look, age] = typeof said === 'string' ? [said] : said;
    const { position, spoken, isFull } = readScriptAnswer(text);
    if (typeof said !== 'string') {
      this.heldOrder = decodeOrder(order);
      this.lookMark = look ?? undefined;
      // A clock that was set back says nothing.
      const isKnown = typeof age === 'number' && age >= 0;
      this.lastAppend = isKnown ? { position, agoMs: age / 1000 } : undefined;
    }
    if (spoken > LOG_PROTOCOL && !this.#isNewerTold) {
      this.#isNewerTold = true;
      onNewer();
    }
    if (isFull)
      primary.failed(new Error('OOM history of the purge log was given up to make room for a purge'));
    return position;
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
