import * as fc from 'fast-check';
import { Quicker } from '../../../src/gateway/warm/quicker';

/** One that has compared both ways so often. */
function measured(upstreamMs: number, primaryMs: number, times = 4) {
  const quicker = new Quicker();
  measure(quicker, upstreamMs, primaryMs, times);
  return quicker;
}

function measure(quicker: Quicker, upstreamMs: number, primaryMs: number, times: number): void {
  for (let each = 0; each < times; each++) {
    quicker.upstreamTook(upstreamMs);
    quicker.bothTook({ primaryMs, upstreamMs });
  }
}

it('P90 asks upstream until it is known what both ways take', () => {
  const quicker = measured(100, 10, 3);
  quicker.upstreamTook(100);
  quicker.primaryTook(10);
  expect(quicker.takesPrimary()).toBe(false);
  measure(quicker, 100, 10, 1);
  expect(quicker.takesPrimary()).toBe(true);
});

it('P90 takes the way that is no slower, but for one in sixteen that measures both', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 2000 }), (upstream, primary) => {
      const quicker = measured(upstream, primary);
      const taken = Array.from({ length: 160 }, () => quicker.takesPrimary()).filter(Boolean);
      expect(taken).toHaveLength(primary < 1.1 * upstream - 0.01 ? 150 : 0);
    }),
  );
});

it('P90 leaves the primary region’s cache alone from the first time that it is not there', () => {
  const quicker = measured(50, 48);
  expect(quicker.takesPrimary()).toBe(true);
  expect(quicker.patienceMs).toBe(100);
  quicker.bothTook({ primaryMs: quicker.patienceMs + 50, upstreamMs: 50 });
  expect(quicker.takesPrimary()).toBe(false);
});

it('P90 leaves it alone after a few answers that were slow', () => {
  const quicker = measured(50, 45);
  for (let each = 0; each < 3; each++) quicker.primaryTook(90);
  expect(quicker.takesPrimary()).toBe(false);
});

it('compares what both took for the same miss, whichever way all was slow before', () => {
  for (const factor of [20, 1 / 20]) {
    const quicker = measured(50 * factor, 60 * factor);
    measure(quicker, 50, 45, 8);
    expect(quicker.takesPrimary()).toBe(true);
  }
});

it('is not moved for long by one that took a hundred times as long', () => {
  const quicker = measured(50, 40, 20);
  measure(quicker, 50, 5000, 1);
  expect(quicker.takesPrimary()).toBe(true);
});

it('comes back to it when it is quick again', () => {
  const quicker = measured(50, 400);
  measure(quicker, 50, 10, 20);
  expect(quicker.takesPrimary()).toBe(true);
});

it('wants both measured four times, then for one miss in sixteen, and for each that is to measure', () => {
  const quicker = new Quicker();
  for (let each = 0; each < 4; each++) {
    expect(quicker.wantsMeasurement()).toBe(true);
    measure(quicker, 10, 100, 1);
  }
  expect(Array.from({ length: 80 }, () => quicker.wantsMeasurement()).filter(Boolean)).toHaveLength(5);
  measure(quicker, 10, 5, 40);
  expect(quicker.wantsMeasurement()).toBe(true);
});
