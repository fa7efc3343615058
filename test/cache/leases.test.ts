import { Leases, type Claims } from '../../src/cache/leases';
import { cacheKey } from './entries';

const now = (): number => performance.now();
const KEY = cacheKey('a');

/** Claims of one region, in memory, without an end of their own. */
class HeldClaims implements Claims {
  readonly names = new Set<string>();
  unreachable = false;

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

const nothing = (): Promise<undefined> => Promise.resolve(undefined);

describe('leases', () => {
  it('P42 lets one fill at a time, and the others find what it stored', async () => {
    const claims = new HeldClaims();
    let stored: string | undefined;
    let fills = 0;
    const each = (): Promise<string> =>
      new Leases({ claims, leaseMs: 10_000, now }).collapse(
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
    const leases = new Leases({ claims, leaseMs: 10_000, now });
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

  it('waits for a holder that died no longer than the lease', async () => {
    const claims = new HeldClaims();
    claims.names.add(KEY);
    const began = now();
    const leases = new Leases({ claims, leaseMs: 150, now });
    expect(await leases.collapse(KEY, undefined, nothing, () => Promise.resolve('own'))).toBe('own');
    expect(now() - began).toBeLessThan(1000);
    // What is another's is left alone.
    expect(claims.names.has(KEY)).toBe(true);
  });

  it('does not wait where nobody can say who holds the lease, nor for a flight of its own', async () => {
    const claims = new HeldClaims();
    claims.unreachable = true;
    const leases = new Leases({ claims, leaseMs: 60_000, now });
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
    const leases = new Leases({ claims, leaseMs: 60_000, now });
    const waiting = leases.collapse(KEY, gone.signal, nothing, () => Promise.resolve('given up'));
    gone.abort();
    expect(await waiting).toBe('given up');
  });
});
