import type { Redis } from 'ioredis';
import type { RedisTrust } from '../config/config';
import { type Health, UNWATCHED } from '../report/outages';
import type { RedisCall, TookOfRedis } from '../report/redis-places';
import { Breaker, type Admission } from './breaker';
import { answerWithin, connectToEntries, describeFault, type StoreFault } from './entries-redis';
import type { Claims, LeaseState } from './leases';
import { lifetime, type CacheKey, type Entry, type Store } from './entry';
import { decodeEntry, encodeEntry, type Unfit } from './entry-codec';
import { BatchedReads } from './batched-reads';
import { RegionClock } from './region-clock';
import { openText, Seal, sealText } from './seal';

export interface RedisStoreOptions {
  /** `redis:`, `rediss:` or `redis+sentinel:`, with credentials if need be */
  readonly url: string;
  /** by what it is known where the URL asks for TLS; default: its host, and authorities that Node trusts */
  readonly trust?: RedisTrust | undefined;
  /** milliseconds any command may take */
  readonly timeout: number;
  /** larger bodies are not written; tags may take as much again */
  readonly maxEntryBytes: number;
  /** monotonic milliseconds, the clock entries carry */
  readonly now: () => number;
  /** Told of every fault. Must not throw. */
  readonly onFault: (fault: StoreFault) => void;
  readonly took?: TookOfRedis;
  /** told whether it can be used: a call that took too long now and then does not count */
  readonly health?: Health;
  /** what entries are sealed with; undefined: they are not */
  readonly secret?: string | undefined;
  /** what keys begin with; default `c:` */
  readonly prefix?: string;
}

/** Bytes that may be on their way to Redis. Beyond them writes are dropped: a slow Redis must not fill this process. */
const MAX_BYTES_IN_FLIGHT = 8 * 1024 * 1024;
/**
 * Entries read with one command. More gain nothing, and arrive or time out together, since their bytes are one
 * reply.
 */
const MOST_AT_ONCE = 16;
const NOTHING = Promise.resolve(undefined);
/** Between two questions for the time, which also show that Redis answers. Milliseconds. */
const PULSE = 1000;
const PULSE_WHILE_OPEN = 250;
/** Seconds. Redis refuses a TTL that overflows; no answer lives longer. */
const MAX_TTL = 365 * 24 * 60 * 60;

const UNFIT: Readonly<Record<Unfit, string>> = {
  unreadable: 'the value is no entry of this version',
  foreign: 'the value is none that a gateway with this secret made for its key',
};

/** In place of a lease: see `Claims.sayFutile`. */
const FUTILE = 'futile';

/**
 * Entries in a Redis, or anything that speaks its protocol and knows MGET, or GET where it is a cluster, SET EX and TIME. Whatever happens there, a
 * call here resolves within the time-out, and to a miss; after a few faults in a row it resolves at once (P40, P41).
 */
export class RedisStore implements Store, Claims {
  readonly clock = new RegionClock();
  readonly #options: RedisStoreOptions;
  readonly #prefix: string;
  readonly #seal: Seal | undefined;
  readonly #redis: Redis;
  /** Opened by reads, and closed by the pulse: no request is the trial. */
  readonly #reads = new Breaker({ faults: 5, rest: 0 });
  /** A Redis that is full or read-only refuses writes and still answers reads. */
  readonly #writes = new Breaker({ faults: 5, rest: 1000 });
  readonly #batched = new BatchedReads(MOST_AT_ONCE, (keys: readonly CacheKey[]) => this.#getAll(keys));
  readonly #health: Health;
  /** It refused a write, and has taken none since: see {@link RedisStore.#tryWriting}. */
  #refusesWrites = false;
  /** It refused to answer for several keys at once. */
  #isSpread = false;
  #bytesInFlight = 0;
  #pulse: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#prefix = options.prefix ?? 'c:';
    this.#seal = options.secret === undefined ? undefined : new Seal(options.secret);
    this.#health = options.health ?? UNWATCHED;
    this.#redis = connectToEntries(options, {
      failed: (error) => this.#fault('connect', error),
    });
    this.#redis.on('ready', () => void this.#beat());
    this.#redis.on('close', () => this.clock.forget());
  }

  /** False while calls are not even tried: the connection is down, does not answer, or its time is not known yet. */
  get isAvailable(): boolean {
    return this.#redis.status === 'ready' && !this.#reads.isOpen && this.clock.isKnown;
  }

  /** Whether calls of a kind are not tried for now. */
  isStopped(call: 'read' | 'write'): boolean {
    return call === 'read' ? this.#reads.isOpen : this.#writes.isOpen || this.#refusesWrites;
  }

  get(key: CacheKey): Promise<Entry | undefined> {
    return this.isAvailable ? this.#batched.ask(key) : NOTHING;
  }

  /** Never rejects. */
  async #getAll(keys: readonly CacheKey[]): Promise<readonly (Entry | undefined)[]> {
    // It may have been lost since they were asked for.
    if (!this.isAvailable) return keys.map(() => undefined);
    const admission = this.#reads.ask(this.#options.now());
    try {
      const names = keys.map((key) => this.#prefix + key);
      const values = await this.#timed('read', this.#readValues(names));
      const now = this.#options.now();
      this.#reads.settle(admission, true, now);
      return keys.map((key, index) => this.#read(key, values[index], now));
    } catch (error) {
      // One command, one fault, however many asked for something in it.
      this.#fault('get', error);
      this.#reads.settle(admission, false, this.#options.now());
      if (this.#reads.isOpen) this.#beatAgain();
      return keys.map(() => undefined);
    }
  }

  /** MGET, or where keys are spread over slots, as in a cluster, one GET each: all sent at once. */
  async #readValues(names: readonly string[]): Promise<readonly (Buffer | null)[]> {
    if (!this.#isSpread) {
      try {
        return await this.#redis.mgetBuffer(...names);
      } catch (error) {
        if (!(error as Error).message.startsWith('CROSSSLOT')) throw error;
        this.#isSpread = true;
      }
    }
    const pipeline = this.#redis.pipeline();
    for (const name of names) pipeline.getBuffer(name);
    return ((await pipeline.exec()) ?? []).map(([error, value]) => {
      // MGET takes a value of another type for none.
      if (error && !error.message.startsWith('WRONGTYPE')) throw error;
      return error ? null : (value as Buffer | null);
    });
  }

  /** Nothing is sent while Redis cannot be asked, or is known to take no writes: then it is not kept. */
  set(entry: Entry): Promise<void> | undefined {
    const { now, maxEntryBytes } = this.#options;
    const answeredAt = this.clock.toRegion(entry.answeredAt);
    const ttl = Math.ceil(lifetime(entry) - (now() - entry.answeredAt) / 1000);
    if (!this.isAvailable || this.#refusesWrites || answeredAt === undefined || !(ttl > 0)) return undefined;
    if (entry.body.length > maxEntryBytes) return undefined;
    if (this.#bytesInFlight + entry.body.length > MAX_BYTES_IN_FLIGHT) {
      this.#options.onFault({ during: 'set', kind: 'busy', message: 'too many bytes on their way already' });
      return undefined;
    }
    const value = encodeEntry(entry, answeredAt, this.#seal);
    if (!value || value.length > 2 * maxEntryBytes) return undefined;
    const admission = this.#writes.ask(now());
    if (admission === 'stop') return undefined;
    return this.#settled(admission, this.#write(entry.key, value, Math.min(ttl, MAX_TTL)));
  }

  async #settled(admission: Admission, write: Promise<void>): Promise<void> {
    const { now } = this.#options;
    try {
      await this.#timed('write', write);
      this.#writes.settle(admission, true, now());
    } catch (error) {
      this.#fault('set', error);
      this.#writes.settle(admission, false, now());
    }
  }

  /** Counts the bytes until Redis answers or the connection is gone, however long ago the time-out was. */
  async #write(key: CacheKey, value: Buffer, ttl: number): Promise<void> {
    this.#bytesInFlight += value.length;
    try {
      await this.#redis.set(this.#prefix + key, value, 'EX', ttl);
    } finally {
      this.#bytesInFlight -= value.length;
    }
  }

  async claim(name: string, milliseconds: number): Promise<LeaseState | undefined> {
    const lease = this.#leaseOf(name);
    const isMine = await this.#lease(() => this.#redis.set(lease, '', 'PX', milliseconds, 'NX'));
    if (isMine !== false) return isMine && 'mine';
    return (await this.#textOf(lease)) === FUTILE ? 'futile' : 'taken';
  }

  renew(name: string, milliseconds: number): Promise<boolean | undefined> {
    return this.#lease(() => this.#redis.set(this.#leaseOf(name), '', 'PX', milliseconds, 'XX'));
  }

  async #lease(send: () => Promise<string | null>): Promise<boolean | undefined> {
    const { now } = this.#options;
    if (!this.isAvailable || this.#refusesWrites) return undefined;
    const admission = this.#writes.ask(now());
    if (admission === 'stop') return undefined;
    try {
      const answer = await this.#timed('lease', send());
      this.#writes.settle(admission, true, now());
      return answer === 'OK';
    } catch (error) {
      this.#fault('set', error);
      this.#writes.settle(admission, false, now());
      return undefined;
    }
  }

  unclaim(name: string): void {
    if (!this.isAvailable) return;
    // Nothing else is written with a right to SET alone: a gateway may not DEL.
    this.#redis
      .set(this.#leaseOf(name), '', 'PX', 1, 'XX')
      .catch((error: unknown) => this.#fault('set', error));
  }

  sayFutile(name: string, milliseconds: number): void {
    if (!this.isAvailable) return;
    this.#redis
      .set(this.#leaseOf(name), FUTILE, 'PX', milliseconds)
      .catch((error: unknown) => this.#fault('set', error));
  }

  /** Texts beside the entries, by a name that says what they are, so that a reader can check them. */
  getText(name: string): Promise<string | undefined> {
    return this.#textOf(`${this.#prefix}q:${name}`);
  }

  async #textOf(key: string): Promise<string | undefined> {
    if (!this.isAvailable) return undefined;
    try {
      const [found] = await this.#timed('read', this.#redis.mget(key));
      return found ?? undefined;
    } catch (error) {
      this.#fault('get', error);
      return undefined;
    }
  }

  setText(name: string, text: string, ttl: number): Promise<void> {
    return this.#setText(`${this.#prefix}q:${name}`, text, ttl);
  }

  /** A text that the region's gateways share, sealed as entries are; undefined for what none of them wrote. */
  async getSealed(name: string): Promise<string | undefined> {
    const sealed = await this.#textOf(`${this.#prefix}h:${name}`);
    if (sealed === undefined) return undefined;
    const text = openText(this.#seal, name, sealed);
    if (text === undefined) this.#options.onFault({ during: 'get', kind: 'foreign', message: UNFIT.foreign });
    return text;
  }

  setSealed(name: string, text: string, ttl: number): Promise<void> {
    return this.#setText(`${this.#prefix}h:${name}`, sealText(this.#seal, name, text), ttl);
  }

  async #setText(key: string, text: string, ttl: number): Promise<void> {
    if (!this.isAvailable) return;
    try {
      await this.#timed('write', this.#redis.set(key, text, 'EX', ttl));
    } catch (error) {
      this.#fault('set', error);
    }
  }

  /** Waits so long for an answer as any may take, and tells how long that was. */
  async #timed<T>(call: RedisCall, answer: Promise<T>): Promise<T> {
    const { now, timeout, took } = this.#options;
    const sentAt = now();
    try {
      return await answerWithin(timeout, answer);
    } finally {
      took?.(call, now() - sentAt);
    }
  }

  #leaseOf(name: string): string {
    return `${this.#prefix}l:${name}`;
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pulse);
    this.#redis.disconnect();
    return Promise.resolve();
  }

  /** Converts the times of a value to this process's clock, and checks that it is not over, nor from the future. */
  #read(key: CacheKey, value: Buffer | null | undefined, heldSince: number): Entry | undefined {
    if (!value) return undefined;
    const entry = decodeEntry(key, value, this.#seal);
    if (typeof entry === 'string') {
      const message = UNFIT[entry];
      this.#options.onFault({ during: 'get', kind: entry, message });
      if (entry === 'foreign')
        this.#health.noticed(Object.assign(new Error(message), { code: 'FOREIGN_ENTRY' }));
      return undefined;
    }
    const answeredAt = this.clock.toLocal(entry.answeredAt);
    if (answeredAt === undefined) return undefined;
    const age = heldSince - answeredAt;
    // Two readings of one clock may differ by a round trip; by a second only if that clock was set back.
    if (age < -1000 || age >= lifetime(entry) * 1000) return undefined;
    entry.answeredAt = answeredAt;
    entry.heldSince = heldSince;
    return entry;
  }

  /**
   * Asks for the time, again and again: it keeps the clock right, and is the trial that closes the breaker. With it goes
   * an MGET, because a Redis that is loading its data tells the time and refuses everything else.
   */
  async #beat(): Promise<void> {
    clearTimeout(this.#pulse);
    const { now, timeout } = this.#options;
    const admission = this.#redis.status === 'ready' ? this.#reads.ask(now()) : 'stop';
    if (admission !== 'stop') {
      const sentAt = now();
      try {
        const both = Promise.all([this.#redis.time(), this.#redis.mgetBuffer(this.#prefix)]);
        const [[seconds, microseconds]] = await answerWithin(timeout, both);
        this.clock.learn(sentAt, Number(seconds) * 1000 + Number(microseconds) / 1000, now());
        this.#reads.settle(admission, true, now());
        if (this.#refusesWrites) await this.#tryWriting();
        else this.#health.well();
      } catch (error) {
        this.#fault('time', error);
        this.#reads.settle(admission, false, now());
      }
    }
    this.#beatAgain();
  }

  /** With a write that changes nothing: there may be no other for long, and then nothing would show that writes are taken again. */
  async #tryWriting(): Promise<void> {
    try {
      await answerWithin(this.#options.timeout, this.#redis.set(this.#prefix, '', 'PX', 1, 'XX'));
      this.#refusesWrites = false;
    } catch (error) {
      this.#fault('set', error);
    }
  }

  #beatAgain(): void {
    if (this.#closed) return;
    const isWell = this.clock.isKnown && !this.#reads.isOpen && !this.#refusesWrites;
    clearTimeout(this.#pulse);
    this.#pulse = setTimeout(() => void this.#beat(), isWell ? PULSE : PULSE_WHILE_OPEN).unref();
  }

  #fault(during: StoreFault['during'], error: unknown): void {
    if (this.#closed) return;
    const fault = describeFault(during, error);
    this.#options.onFault(fault);
    if (during === 'set' && fault.kind === 'refused' && !this.#refusesWrites) {
      this.#refusesWrites = true;
      this.#beatAgain();
    }
    if (fault.kind !== 'timeout' || this.#reads.isOpen) this.#health.failed(error);
  }
}
