import * as fc from 'fast-check';
import { Quicker } from '../../../src/gateway/warm/quicker';

/** One that knows what both ways take. */
function measured(upstreamMs: number, primaryMs: number) {
  const quicker = new Quicker();
  for (let each = 0; each < 4; each++) {
    quicker.upstreamTook(upstreamMs);
    quicker.primaryTook(primaryMs);
  }
  return quicker;
}

it('P90 asks upstream until it is known what both ways take', () => {
  const quicker = new Quicker();
  expect(quicker.takesPrimary()).toBe(false);
  for (let each = 0; each < 3; each++) {
    quicker.upstreamTook(100);
    quicker.primaryTook(10);
  }
  expect(quicker.takesPrimary()).toBe(false);
  quicker.upstreamTook(100);
  expect(quicker.takesPrimary()).toBe(false);
  quicker.primaryTook(10);
  expect(quicker.takesPrimary()).toBe(true);
});

it('P90 takes the way that is no slower, but for one in sixteen that measures upstream', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 2000 }), (upstream, primary) => {
      const quicker = measured(upstream, primary);
      const taken = Array.from({ length: 160 }, () => quicker.takesPrimary()).filter(Boolean);
      expect(taken).toHaveLength(primary <= 1.1 * upstream ? 150 : 0);
    }),
  );
});

it('P90 leaves the primary region’s cache alone from the first time that it is not there', () => {
  const quicker = measured(50, 48);
  expect(quicker.takesPrimary()).toBe(true);
  expect(quicker.patienceMs).toBe(100);
  quicker.primaryTook(quicker.patienceMs + 50);
  expect(quicker.takesPrimary()).toBe(false);
});

it('comes back to it when it is quick again', () => {
  const quicker = measured(50, 400);
  for (let each = 0; each < 20; each++) quicker.primaryTook(10);
  expect(quicker.takesPrimary()).toBe(true);
});

it('wants it measured four times, then for one miss in sixteen, and not while it is asked anyway', () => {
  const quicker = new Quicker();
  for (let each = 0; each < 4; each++) {
    quicker.upstreamTook(10);
    expect(quicker.wantsMeasurement()).toBe(true);
    quicker.measured(100, true);
  }
  expect(Array.from({ length: 80 }, () => quicker.wantsMeasurement()).filter(Boolean)).toHaveLength(5);
  for (let each = 0; each < 40; each++) quicker.measured(5, true);
  expect(Array.from({ length: 80 }, () => quicker.wantsMeasurement()).filter(Boolean)).toHaveLength(0);
});

it('counts, where the primary region’s cache has none, what upstream takes beside it', () => {
  const quicker = measured(100, 60);
  for (let each = 0; each < 20; each++) quicker.measured(60, false);
  expect(quicker.takesPrimary()).toBe(false);
});
