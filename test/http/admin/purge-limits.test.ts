import fc from 'fast-check';
import { IdempotencyCache, TokenBucket } from '../../../src/http/admin/limits';
describe('a token bucket', () => {
  it('lets a burst through, then as many as the rate, and says how long to wait', () => {
    const bucket = new TokenBucket(3, 2);
    expect([1, 2, 3].map(() => bucket.take(0))).toEqual([0, 0, 0]);
    expect(bucket.take(0)).toBe(500);
    expect(bucket.take(250)).toBe(250);
    expect(bucket.take(500)).toBe(0);
    expect([1, 2, 3, 4].map(() => bucket.take(60_000))).toEqual([0, 0, 0, 500]);
  });

  it('never lets through more than burst and rate together, and always after the wait it names', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 20 }),
        (waits, burst, perSecond) => {
          const bucket = new TokenBucket(burst, perSecond);
          let now = 0;
          let through = 0;
          for (const wait of waits) {
            now += wait;
            const left = bucket.take(now);
            if (left === 0) through++;
            else expect(bucket.take((now += left + 1e-6))).toBe((through++, 0));
            expect(through).toBeLessThanOrEqual(burst + (now / 1000) * perSecond + 1e-6);
          }
        },
      ),
    );
  });
});

describe('repeats', () => {
  it('keep a result for ten minutes, and a failure not at all', async () => {
    let now = 1000;
    const cache = new IdempotencyCache<number>(() => now);
    let acts = 0;
    const act = () => Promise.resolve(++acts);
    expect(await cache.once('k', 'a', act)?.result).toBe(1);
    now += 599_000;
    expect(await cache.once('k', 'a', act)?.result).toBe(1);
    expect(cache.once('k', 'b', act)).toBeUndefined();
    now += 2_000;
    expect(await cache.once('k', 'b', act)?.result).toBe(2);

    const failing = cache.once('f', 'a', () => Promise.reject(new Error('no')))!;
    await expect(failing.result).rejects.toThrow('no');
    expect(await cache.once('f', 'other', act)?.result).toBe(3);
  });

  it('keep a bounded number of keys', async () => {
    const cache = new IdempotencyCache<number>(() => 1000);
    let acts = 0;
    for (let key = 0; key <= 10_000; key++) cache.once(String(key), 'a', () => Promise.resolve(++acts));
    expect(cache.once('0', 'a', () => Promise.resolve(++acts))?.repeated).toBe(false);
    expect(cache.once('10000', 'a', () => Promise.resolve(++acts))?.repeated).toBe(true);
  });
});
