import * as fc from 'fast-check';
import type { DatabasePosition } from '../../src/purge/database-position';
import { positionAt, type Position } from '../../src/purge/position';
import { ReplicaCoverage } from '../../src/purge/replica-coverage';

type Step =
  | 'commit'
  | 'purge'
  | 'note'
  | 'emit'
  | 'know'
  | 'apply'
  | 'ask'
  | 'hear'
  | 'answer'
  | 'replay'
  | 'fail-over';

/**
 * A database with a replica, those who write to it and purge once they have committed, one who captures, the purge log and a region,
 * each of which goes on by itself whenever the schedule says so. A fail-over promotes what lacks the last of the database's log, which the
 * replica may have: it stays where it is, on the timeline before.
 */
class World {
  now = 0;
  answers = 0;
  /** of each timeline its log: when a change was committed, or that it is a message */
  #database: ({ readonly change: number; readonly at: number } | undefined)[] = [];
  #timeline = 1;
  #changes = 0;
  /** changes whose writer has yet to purge */
  #unpurged: number[] = [];
  /** of purges: of which change */
  readonly #log: (number | { readonly known: Position; readonly database: DatabasePosition } | undefined)[] =
    [undefined];
  #noted: Position[] = [];
  #toBeKnown: { readonly known: Position; readonly database: DatabasePosition }[] = [];
  #applied = 0;
  #asked: number[] = [];
  #heard: { readonly askedAt: number; readonly last: Position }[] = [];
  /** what the replica holds, and of which timeline */
  #replayed = { timeline: 1, log: this.#database, lsn: 0 };

  constructor(readonly coverage: ReplicaCoverage) {}

  do(step: Step): void {
    const last = positionAt(1, this.#log.length - 1);
    if (step === 'commit') {
      this.#database.push({ change: ++this.#changes, at: this.now });
      this.#unpurged.push(this.#changes);
    } else if (step === 'purge' && this.#unpurged.length > 0) this.#log.push(this.#unpurged.shift()!);
    else if (step === 'note') this.#noted.push(last);
    else if (step === 'emit' && this.#noted.length > 0) {
      this.#database.push(undefined);
      const database = { timeline: `7/${this.#timeline}`, lsn: BigInt(this.#database.length) };
      this.#toBeKnown.push({ known: this.#noted.shift()!, database });
    } else if (step === 'know' && this.#toBeKnown.length > 0) this.#log.push(this.#toBeKnown.shift()!);
    else if (step === 'apply' && this.#applied < this.#log.length - 1) {
      const record = this.#log[++this.#applied];
      if (typeof record === 'object')
        this.coverage.known(positionAt(1, this.#applied), record.known, record.database);
    } else if (step === 'ask') this.#asked.push(this.now);
    else if (step === 'hear' && this.#asked.length > 0)
      this.#heard.push({ askedAt: this.#asked.shift()!, last });
    else if (step === 'answer' && this.#heard.length > 0) {
      const { askedAt, last: said } = this.#heard.shift()!;
      this.coverage.answered(askedAt, said);
    } else if (step === 'replay' && this.#replayed.lsn < this.#replayed.log.length) this.#replayed.lsn++;
    else if (step === 'fail-over' && this.#timeline === 1) this.#failOver();
  }

  /** What no purge speaks of yet is lost with the end of the log. Who captures begins again. */
  #failOver(): void {
    this.#timeline = 2;
    const kept = this.#database.findLastIndex((item) => item && !this.#unpurged.includes(item.change)) + 1;
    this.#database = this.#database.slice(0, kept);
    this.#unpurged = [];
    this.#noted = [];
    if (this.#replayed.lsn <= kept) this.#replayed = { ...this.#replayed, timeline: 2, log: this.#database };
  }

  /** @throws Error when an answer that is read from the replica now would be taken for newer than it is */
  check(): void {
    const { timeline, log, lsn } = this.#replayed;
    const asOf = this.coverage.asOf({ timeline: `7/${timeline}`, lsn: BigInt(lsn) });
    if (!asOf) return;
    this.answers++;
    const held = new Set(log.slice(0, lsn).map((item) => item?.change));
    for (const purged of this.#log.slice(0, asOf.position.seq + 1))
      if (typeof purged === 'number' && !held.has(purged))
        throw new Error(`the replica lacks ${purged}, whose purge is covered`);
    for (const item of this.#database)
      if (item && item.at < asOf.since && !held.has(item.change))
        throw new Error(`the replica lacks ${item.change} of ${item.at}`);
  }
}

const schedule = fc.array(
  fc.record({
    after: fc.nat(6),
    step: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom<Step>('commit', 'purge') },
      { weight: 6, arbitrary: fc.constantFrom<Step>('note', 'emit', 'know', 'ask', 'hear', 'answer') },
      { weight: 6, arbitrary: fc.constantFrom<Step>('replay', 'apply', 'apply') },
    ),
  }),
  { minLength: 60, maxLength: 300, size: 'max' },
);

function simulation(make: () => ReplicaCoverage, done: (world: World) => void = () => {}) {
  return fc.property(schedule, fc.nat(300), (steps, failsAt) => {
    const world = new World(make());
    for (const [at, { after, step }] of steps.entries()) {
      world.now += after;
      world.do(at === failsAt ? 'fail-over' : step);
      world.check();
    }
    done(world);
  });
}

/** Takes what a replica answers for as new as the last that is known. */
class Unasked extends ReplicaCoverage {
  protected override covers(): boolean {
    return true;
  }
}

/** Compares positions of two timelines. */
class AnyTimeline extends ReplicaCoverage {
  protected override covers(replayed: DatabasePosition, message: DatabasePosition): boolean {
    return replayed.lsn >= message.lsn;
  }
}

/** Takes the record's own position for the one that was noted before the message. */
class OwnPosition extends ReplicaCoverage {
  override known(at: Position, _: Position, database: DatabasePosition): void {
    super.known(at, at, database);
  }
}

describe('what a replica covers, over any schedule', () => {
  it('P83 is all that was purged up to there, whatever fails over', () => {
    fc.assert(
      simulation(() => new ReplicaCoverage()),
      { numRuns: 2_000 },
    );
  });

  it('is known often enough for that to mean something', () => {
    let answers = 0;
    fc.assert(
      simulation(
        () => new ReplicaCoverage(),
        (world) => (answers += world.answers),
      ),
      { numRuns: 300 },
    );
    expect(answers).toBeGreaterThan(1_000);
  });

  it.each([
    ['where nobody asks how far it is', () => new Unasked()],
    ['of another timeline', () => new AnyTimeline()],
    ['by the position of the record itself', () => new OwnPosition()],
  ])('would be taken for more than it is %s', (_, make) => {
    expect(fc.check(simulation(make), { numRuns: 5_000, endOnFailure: true }).failed).toBe(true);
  });
});

describe('what a replica covers', () => {
  const at = (seq: number, epoch = 1): Position => positionAt(epoch, seq);
  const lsn = (number: bigint): DatabasePosition => ({ timeline: '7/1', lsn: number });

  it('is the last that it has reached, since the question before it', () => {
    const coverage = new ReplicaCoverage();
    expect(coverage.isKnown).toBe(false);
    coverage.answered(1_000, at(5));
    coverage.known(at(7), at(6), lsn(100n));
    coverage.answered(2_000, at(7));
    coverage.known(at(9), at(8), lsn(200n));
    expect(coverage.asOf(lsn(99n))).toBeUndefined();
    expect(coverage.asOf(lsn(100n))).toEqual({ position: at(6), since: 1_000 });
    expect(coverage.asOf(lsn(201n))).toEqual({ position: at(8), since: 2_000 });
    expect(coverage.asOf({ timeline: '7/2', lsn: 201n })).toBeUndefined();
  });

  it('is not known before this region has asked, and comes from a slow answer too', () => {
    const coverage = new ReplicaCoverage();
    coverage.known(at(7), at(6), lsn(100n));
    expect(coverage.asOf(lsn(100n))).toBeUndefined();
    coverage.answered(1_000, at(6));
    expect(coverage.asOf(lsn(100n))).toBeUndefined();
    coverage.answered(900, at(5));
    expect(coverage.asOf(lsn(100n))).toEqual({ position: at(6), since: 900 });
  });

  it('does not come from another run of the log, and ends with the table', () => {
    const coverage = new ReplicaCoverage();
    coverage.answered(1_000, at(5));
    coverage.known(at(1, 2), at(6, 1), lsn(100n));
    expect(coverage.isKnown).toBe(false);
    coverage.known(at(8), at(6), lsn(100n));
    coverage.withdraw();
    expect(coverage.asOf(lsn(100n))).toBeUndefined();
  });

  it('is bounded in what it remembers', () => {
    const coverage = new ReplicaCoverage();
    for (let second = 1; second <= 1_000; second++) {
      coverage.answered(second, at(2 * second - 1));
      coverage.known(at(2 * second + 1), at(2 * second), lsn(BigInt(second)));
    }
    expect(coverage.asOf(lsn(800n))).toBeUndefined();
    expect(coverage.asOf(lsn(900n))).toEqual({ position: at(1_800), since: 900 });
  });
});
