import { Pacer } from '../../../src/gateway/warm/pacer';
import type { LeaseState } from '../../../src/cache/leases';

const now = (): number => performance.now();

it('gives all processes of a region together so many turns a second', async () => {
  const claimed = new Set<string>();
  const claims = {
    claim: (name: string): Promise<LeaseState> => {
      const isMine = !claimed.has(name);
      claimed.add(name);
      return Promise.resolve(isMine ? 'mine' : 'taken');
    },
  };
  const pacers = [1, 2, 3].map(() => new Pacer({ perSecond: () => 200, regionNow: now, claims, now }));
  const began = now();
  const took = await Promise.all(
    pacers.map(async (pacer) => {
      for (let turn = 0; turn < 10; turn++) await pacer.turn();
    }),
  );
  expect(took).toHaveLength(3);
  expect(claimed.size).toBeGreaterThanOrEqual(30);
  // The first may come at once, and a timer a millisecond early.
  expect(now() - began).toBeGreaterThan(29 * 5 - 5 - 3);
});

it('goes by its own clock where the region has none to share', async () => {
  const pacer = new Pacer({ perSecond: () => 100, regionNow: () => undefined, claims: undefined, now });
  const began = now();
  for (let turn = 0; turn < 6; turn++) await pacer.turn();
  expect(now() - began).toBeGreaterThan(5 * 10 - 3);
});

it('is not held up by a clock that was set back', async () => {
  let offset = 3_600_000;
  const pacer = new Pacer({
    perSecond: () => 100,
    regionNow: () => now() + offset,
    claims: undefined,
    now,
  });
  await pacer.turn();
  offset = 0;
  await pacer.turn();
});
