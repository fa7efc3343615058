import { Leases, type LeaseState, type Claims, type SharedWork } from '../../src/cache/leases';
import { RedisStore } from '../../src/cache/redis-store';
import { cleanupAfterEach } from '../kit/cleanup';
import { startRedis } from '../kit/redis-server';
import { pause, until } from '../kit/until';
import { cacheKey } from './entries';

const now = (): number => performance.now();
const KEY = cacheKey('a');

/** Claims of one region, in memory, without an end of their own. */
class HeldClaims implements Claims {
  readonly names = new Set<string>();
  unreachable = false;

  renew(): Promise<boolean | undefined> {
    return Promise.resolve(true);
  }

  claim(name: string): Promise<LeaseState | undefined> {
    if (this.unreachable) return Promise.resolve(undefined);
    const free = !this.names.has(name);
    this.names.add(name);
    return Promise.resolve(free ? 'mine' : 'taken');
  }

  sayFutile(): void {
    throw new Error('nothing is futile here');
  }

  unclaim(name: string): void {
    this.names.delete(name);
  }
}

/** Claims that run out by a clock of their own, which each renewal sets forward by two thirds of what it asks for. */
class ClockedClaims implements Claims {
  readonly #ends = new Map<string, number>();
  #time = 0;
  #attempts = 0;
  readonly now = (): number => this.#time;

  advance(milliseconds: number): void {
    this.#time += milliseconds;
  }

  /** Tells whether there was an attempt to claim since this was called. */
  anotherAttempt(): () => boolean {
    const before = this.#attempts;
    return () => this.#attempts > before + 1;
  }

  sayFutile(): void {
    throw new Error('nothing is futile here');
  }

  claim(name: string, milliseconds: number): Promise<LeaseState> {
    this.#attempts++;
    const free = (this.#ends.get(name) ?? 0) <= this.#time;
    if (free) this.#ends.set(name, this.#time + milliseconds);
    return Promise.resolve(free ? 'mine' : 'taken');
  }

  renew(name: string, milliseconds: number): Promise<boolean> {
    const isHeld = (this.#ends.get(name) ?? 0) > this.#time;
    if (isHeld) this.#ends.set(name, this.#time + milliseconds);
    this.advance((milliseconds * 2) / 3);
    return Promise.resolve(isHeld);
  }

  unclaim(name: string): void {
    this.#ends.delete(name);
  }
}

/** What is stored unless it says otherwise, and asked for by one who stays. */
function sharing<T>(
  look: SharedWork<T>['look'],
  fill: SharedWork<T>['fill'],
  group?: SharedWork<T>['group'],
): SharedWork<T> {
  return { look, fill, group, isFutile: () => false };
}

const nothing = (): Promise<undefined> => Promise.resolve(undefined);

describe('leases', () => {
  it('P42 lets one fill at a time, and the others find what it stored', async () => {
    const claims = new HeldClaims();
    let stored: string | undefined;
    let fills = 0;
    const each = (): Promise<string> =>
      new Leases({ claims, leaseMs: 10_000, patienceMs: 10_000, now }).collapse(
        KEY,
        sharing(
          () => Promise.resolve(stored),
          async () => {
            fills++;
            await pause(20);
            return (stored = 'answer');
          },
        ),
      );
    expect(await Promise.all([each(), each(), each(), each()])).toEqual(Array(4).fill('answer'));
    expect(fills).toBe(1);
    expect(claims.names.size).toBe(0);
  });

  it('frees the key when the fill failed, and when there was nothing to fill', async () => {
    const claims = new HeldClaims();
    const leases = new Leases({ claims, leaseMs: 10_000, patienceMs: 10_000, now });
    const failing = leases.collapse(
      KEY,
      sharing(nothing, () => Promise.reject(new Error('no'))),
    );
    await expect(failing).rejects.toThrow('no');
    expect(claims.names.size).toBe(0);
    expect(
      await leases.collapse(
        KEY,
        sharing(
          () => Promise.resolve(1),
          () => Promise.resolve(2),
        ),
      ),
    ).toBe(1);
    expect(claims.names.size).toBe(0);
  });

  it('P42 keeps the lease while it asks, however much longer than a lease that takes', async () => {
    const claims = new ClockedClaims();
    const region = { claims, leaseMs: 30, patienceMs: 100_000, now: claims.now };
    let stored: string | undefined;
    const look = (): Promise<string | undefined> => Promise.resolve(stored);
    let arrived!: (answer: string) => void;
    const held = new Leases(region).collapse(
      KEY,
      sharing(look, () => new Promise((resolve) => (arrived = resolve))),
    );
    const waiting = new Leases(region).collapse(
      KEY,
      sharing(look, () => Promise.resolve('asked as well')),
    );
    await until('several leases have passed', () => claims.now() > 10 * 30);
    await until('the other has looked since', claims.anotherAttempt());
    stored = 'answer';
    arrived(stored);
    expect(await Promise.all([held, waiting])).toEqual(['answer', 'answer']);
  });

  it('asks once the lease of a holder that died has run out', async () => {
    const claims = new ClockedClaims();
    void claims.claim(KEY, 1000);
    const leases = new Leases({ claims, leaseMs: 1000, patienceMs: 100_000, now: claims.now });
    const waiting = leases.collapse(
      KEY,
      sharing(nothing, () => Promise.resolve('own')),
    );
    await until('it has found the lease taken', claims.anotherAttempt());
    claims.advance(1001);
    expect(await waiting).toBe('own');
  });

  it('waits for a holder that lives no longer than its patience', async () => {
    const claims = new HeldClaims();
    claims.names.add(KEY);
    const leases = new Leases({ claims, leaseMs: 60_000, patienceMs: 50, now });
    expect(
      await leases.collapse(
        KEY,
        sharing(nothing, () => Promise.resolve('own')),
      ),
    ).toBe('own');
    // What is another's is left alone.
    expect(claims.names.has(KEY)).toBe(true);
  });

  it('does not wait where nobody can say who holds the lease, nor for a flight of its own', async () => {
    const claims = new HeldClaims();
    claims.unreachable = true;
    const leases = new Leases({ claims, leaseMs: 60_000, patienceMs: 60_000, now });
    expect(
      await leases.collapse(
        KEY,
        sharing(nothing, () => Promise.resolve('own')),
      ),
    ).toBe('own');
    claims.unreachable = false;
    const inner = (): Promise<string> =>
      leases.collapse(
        KEY,
        sharing(nothing, () => Promise.resolve('inner')),
      );
    expect(await leases.collapse(KEY, sharing(nothing, inner))).toBe('inner');
  });

  it('stops waiting when nobody waits for the answer any more', async () => {
    const claims = new HeldClaims();
    claims.names.add(KEY);
    const gone = new AbortController();
    const leases = new Leases({ claims, leaseMs: 60_000, patienceMs: 60_000, now });
    const waiting = leases.collapse(
      KEY,
      sharing(nothing, () => Promise.resolve('given up'), gone.signal),
    );
    gone.abort();
    expect(await waiting).toBe('given up');
  });

  describe('of what is not stored', () => {
    const cleanup = cleanupAfterEach();

    it('are waited for once: all ask when the first is told, and at once from then on', async () => {
      const redis = cleanup.add(await startRedis());
      const processes = await Promise.all(
        Array.from({ length: 3 }, async () => {
          const store = new RedisStore({
            url: `redis://127.0.0.1:${redis.port}`,
            timeout: 10_000,
            maxEntryBytes: 1000,
            now,
            onFault: () => {},
          });
          cleanup.add(store);
          await until('Redis answers', () => store.isAvailable);
          return new Leases({ claims: store, leaseMs: 60_000, patienceMs: 60_000, now });
        }),
      );
      const asked: ((answer: string) => void)[] = [];
      const all = () =>
        processes.map((leases) =>
          leases.collapse(KEY, {
            group: undefined,
            look: nothing,
            fill: () => new Promise<string>((resolve) => asked.push(resolve)),
            isFutile: () => true,
          }),
        );
      const first = all();
      await until('one asks', () => asked.length === 1);
      asked[0]!('error');
      // Nobody has answered the second when the third asks.
      await until('the others ask together', () => asked.length === 3);
      for (const answer of asked) answer('error');
      await Promise.all(first);
      const second = all();
      await until('all ask together', () => asked.length === 6);
      for (const answer of asked) answer('error');
      expect(await Promise.all(second)).toEqual(['error', 'error', 'error']);
    });
  });
});
