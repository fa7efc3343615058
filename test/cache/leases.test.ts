import { Leases, type Claims } from '../../src/cache/leases';
import { until } from '../kit/until';
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

  claim(name: string): Promise<boolean | undefined> {
    if (this.unreachable) return Promise.resolve(undefined);
    const free = !this.names.has(name);
    this.names.add(name);
    return Promise.resolve(free);
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

  claim(name: string, milliseconds: number): Promise<boolean> {
    this.#attempts++;
    const free = (this.#ends.get(name) ?? 0) <= this.#time;
    if (free) this.#ends.set(name, this.#time + milliseconds);
    return Promise.resolve(free);
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

const nothing = (): Promise<undefined> => Promise.resolve(undefined);

describe('leases', () => {
  it('P42 lets one fill at a time, and the others find what it stored', async () => {
    const claims = new HeldClaims();
    let stored: string | undefined;
    let fills = 0;
    const each = (): Promise<string> =>
      new Leases({ claims, leaseMs: 10_000, patienceMs: 10_000, now }).collapse(
        KEY,
        undefined,
        () => Promise.resolve(stored),
        async () => {
          fills++;
          await new Promise((resolve) => setTimeout(resolve, 20));
          return (stored = 'answer');
        },
      );
    expect(await Promise.all([each(), each(), each(), each()])).toEqual(Array(4).fill('answer'));
    expect(fills).toBe(1);
    expect(claims.names.size).toBe(0);
  });

  it('frees the key when the fill failed, and when there was nothing to fill', async () => {
    const claims = new HeldClaims();
    const leases = new Leases({ claims, leaseMs: 10_000, patienceMs: 10_000, now });
    const failing = leases.collapse(KEY, undefined, nothing, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(claims.names.size).toBe(0);
    expect(
      await leases.collapse(
        KEY,
        undefined,
        () => Promise.resolve(1),
        () => Promise.resolve(2),
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
      undefined,
      look,
      () => new Promise((resolve) => (arrived = resolve)),
    );
    const waiting = new Leases(region).collapse(KEY, undefined, look, () => Promise.resolve('asked as well'));
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
    const waiting = leases.collapse(KEY, undefined, nothing, () => Promise.resolve('own'));
    await until('it has found the lease taken', claims.anotherAttempt());
    claims.advance(1001);
    expect(await waiting).toBe('own');
  });

  it('waits for a holder that lives no longer than its patience', async () => {
    const claims = new HeldClaims();
    claims.names.add(KEY);
    const leases = new Leases({ claims, leaseMs: 60_000, patienceMs: 50, now });
    expect(await leases.collapse(KEY, undefined, nothing, () => Promise.resolve('own'))).toBe('own');
    // What is another's is left alone.
    expect(claims.names.has(KEY)).toBe(true);
  });

  it('does not wait where nobody can say who holds the lease, nor for a flight of its own', async () => {
    const claims = new HeldClaims();
    claims.unreachable = true;
    const leases = new Leases({ claims, leaseMs: 60_000, patienceMs: 60_000, now });
    expect(await leases.collapse(KEY, undefined, nothing, () => Promise.resolve('own'))).toBe('own');
    claims.unreachable = false;
    const inner = (): Promise<string> =>
      leases.collapse(KEY, undefined, nothing, () => Promise.resolve('inner'));
    expect(await leases.collapse(KEY, undefined, nothing, inner)).toBe('inner');
  });

  it('stops waiting when nobody waits for the answer any more', async () => {
    const claims = new HeldClaims();
    claims.names.add(KEY);
    const gone = new AbortController();
    const leases = new Leases({ claims, leaseMs: 60_000, patienceMs: 60_000, now });
    const waiting = leases.collapse(KEY, gone.signal, nothing, () => Promise.resolve('given up'));
    gone.abort();
    expect(await waiting).toBe('given up');
  });
});
