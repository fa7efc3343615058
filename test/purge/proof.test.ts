import * as fc from 'fast-check';
import { positionAt } from '../../src/purge/position';
import { FreshnessProof, type Probe } from '../../src/purge/proof';
import { PurgeTable } from '../../src/purge/table';
import { SimulatedRegion, type Step } from './simulated-region';
import { EpochBlindTable, GapBlindTable, HeartbeatProof } from './unsafe';

const BOUND = 500;

const after = fc.oneof({ weight: 3, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.nat(700) });
const way = fc.oneof({ weight: 4, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(900) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ after, do: fc.constant('purge' as const), id: fc.nat(399) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      after,
      do: fc.constant('probe' as const),
      there: way,
      back: way,
      lost: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ after, do: fc.constant('delay' as const), by: fc.nat(1_500) }) },
  { weight: 1, arbitrary: fc.record({ after, do: fc.constant('stall' as const) }) },
  { weight: 2, arbitrary: fc.record({ after, do: fc.constant('restore' as const) }) },
  { weight: 1, arbitrary: fc.record({ after, do: fc.constant('drop' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      after,
      do: fc.constant('lose' as const),
      records: fc.nat(4),
      resyncAfter: fc.nat(1_500),
    }),
  },
);
const scenario = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' });

function simulation(
  table: () => PurgeTable,
  proof: (now: () => number) => FreshnessProof,
): fc.IPropertyWithHooks<[Step[]]> {
  return fc.property(scenario, (steps) => new SimulatedRegion(table(), proof, BOUND).run(steps));
}

const plainProof = (): FreshnessProof => new FreshnessProof(BOUND);

describe('proof of freshness, over a simulated network', () => {
  it('P09 is never given while a purge acknowledged longer ago than the bound is missing', () => {
    fc.assert(
      simulation(() => new PurgeTable(), plainProof),
      { numRuns: 2_000 },
    );
  });

  it('is given often enough for that to mean something', () => {
    let checks = 0;
    fc.assert(
      fc.property(scenario, (steps) => {
        const region = new SimulatedRegion(new PurgeTable(), plainProof, BOUND);
        region.run(steps);
        checks += region.provenChecks;
      }),
      { numRuns: 200, seed: 1 },
    );
    expect(checks).toBeGreaterThan(1_000);
  });

  it.each([
    [
      'heartbeats in place of the proof',
      () => new PurgeTable(),
      (now: () => number) => new HeartbeatProof(BOUND, now),
    ],
    ['gaps unnoticed', () => new GapBlindTable(), plainProof],
    ['new runs of the log unnoticed', () => new EpochBlindTable(), plainProof],
  ])('negative control: the same property fails with %s', (_, table, proof) => {
    expect(fc.check(simulation(table, proof), { numRuns: 5_000, seed: 7 }).failed).toBe(true);
  });
});

describe('proof of freshness', () => {
  const probe = (askedAt: number, epoch: number, seq: number): Probe => ({
    askedAt,
    position: positionAt(epoch, seq),
    version: 0,
  });

  it('holds from the question, not from the answer, and for less than the bound', () => {
    const proof = new FreshnessProof(1_000);
    expect(proof.isProven(0)).toBe(false);
    expect(proof.answered(probe(100, 5, 1), positionAt(5, 1), positionAt(5, 1), 400)).toBe('proven');
    expect(proof.isProven(1_099)).toBe(true);
    expect(proof.isProven(1_100)).toBe(false);
  });

  it('waits until the table has reached the answer, and tells which question that settled', () => {
    const proof = new FreshnessProof(1_000);
    expect(proof.answered(probe(100, 5, 1), positionAt(5, 3), positionAt(5, 1), 110)).toBe('waiting');
    expect(proof.answered(probe(200, 5, 1), positionAt(5, 4), positionAt(5, 1), 210)).toBe('waiting');
    expect(proof.advanced(positionAt(5, 2))).toBeUndefined();
    expect(proof.isProven(300)).toBe(false);
    expect(proof.advanced(positionAt(5, 4))?.askedAt).toBe(200);
    expect(proof.provenAt).toBe(200);
  });

  it('does not go back when answers come out of order', () => {
    const proof = new FreshnessProof(1_000);
    proof.answered(probe(200, 5, 1), positionAt(5, 1), positionAt(5, 1), 210);
    proof.answered(probe(100, 5, 1), positionAt(5, 1), positionAt(5, 1), 220);
    expect(proof.provenAt).toBe(200);
  });

  it('is not given by a primary whose run is earlier than the copy’s', () => {
    const proof = new FreshnessProof(1_000);
    expect(proof.answered(probe(100, 6, 0), positionAt(5, 90), positionAt(6, 0), 110)).toBe('other-primary');
    expect(proof.isProven(110)).toBe(false);
  });

  it('is not given by a position in another epoch, however large its number', () => {
    const proof = new FreshnessProof(1_000);
    expect(proof.answered(probe(100, 5, 90), positionAt(6, 2), positionAt(5, 90), 110)).toBe('waiting');
    expect(proof.advanced(positionAt(5, 91))).toBeUndefined();
    expect(proof.advanced(positionAt(6, 1))).toBeUndefined();
    expect(proof.advanced(positionAt(6, 2))?.askedAt).toBe(100);
  });

  it('is not given by a later epoch of the copy for a question the earlier one’s primary answered', () => {
    const proof = new FreshnessProof(1_000);
    expect(proof.answered(probe(100, 5, 1), positionAt(5, 9), positionAt(5, 1), 110)).toBe('waiting');
    expect(proof.advanced(positionAt(6, 20))).toBeUndefined();
    expect(proof.isProven(110)).toBe(false);
  });

  it('P27 is given once the copy has come to a run with a lower number', () => {
    const proof = new FreshnessProof(1_000);
    expect(proof.answered(probe(100, 6, 9), positionAt(5, 2), positionAt(6, 9), 110)).toBe('other-primary');
    expect(proof.advanced(positionAt(5, 1))).toBeUndefined();
    expect(proof.advanced(positionAt(5, 2))?.askedAt).toBe(100);
  });

  it('shows a copy that had records before the question which its primary does not hold', () => {
    const proof = new FreshnessProof(1_000);
    expect(proof.answered(probe(100, 5, 8), positionAt(5, 7), positionAt(5, 8), 110)).toBe('copy-ahead');
    expect(proof.isProven(110)).toBe(false);
    // What came after the question may well be newer than the answer.
    expect(proof.answered(probe(100, 5, 7), positionAt(5, 7), positionAt(5, 8), 110)).toBe('proven');
  });

  it('can be taken back, and be given again by a question under way', () => {
    const proof = new FreshnessProof(1_000);
    proof.answered(probe(100, 5, 1), positionAt(5, 1), positionAt(5, 1), 110);
    proof.answered(probe(120, 5, 1), positionAt(6, 0), positionAt(5, 1), 130);
    proof.withdraw();
    expect(proof.isProven(130)).toBe(false);
    proof.advanced(positionAt(6, 0));
    expect(proof.isProven(130)).toBe(true);
  });

  it('keeps no more answers than the bound has room for', () => {
    const proof = new FreshnessProof(1_000);
    for (let now = 0; now < 100_000; now += 100)
      proof.answered(probe(now, 5, 1), positionAt(5, 9), positionAt(5, 1), now);
    expect(proof.waiting).toBeLessThanOrEqual(10);
  });
});
