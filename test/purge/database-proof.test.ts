import * as fc from 'fast-check';
import { DatabaseProof } from '../../src/purge/database-proof';
import { positionAt, type Position } from '../../src/purge/position';

const BOUND = 400;

type Step = 'commit' | 'note' | 'emit' | 'read' | 'know' | 'apply' | 'ask' | 'hear' | 'answer';

/**
 * A database, one who reads its log, the purge log and a region, each of which goes on by itself whenever the schedule says so. What
 * one does to another is under way for as long as the schedule has it.
 */
class World {
  now = 0;
  proofs = 0;
  /** of commits: when; of messages: the purge log's last position that was noted before */
  readonly #database: ({ readonly commit: number } | { readonly noted: Position })[] = [];
  /** of purges: of which commit; of `known`: its N */
  readonly #log: ({ readonly commit: number } | { readonly known: Position })[] = [{ commit: -1 }];
  readonly #noted: Position[] = [];
  #read = 0;
  readonly #toBeKnown: Position[] = [];
  #applied = 0;
  #asked: number[] = [];
  #heard: { readonly askedAt: number; readonly last: Position }[] = [];

  constructor(readonly proof: DatabaseProof) {}

  get #last(): Position {
    return positionAt(1, this.#log.length - 1);
  }

  do(step: Step): void {
    if (step === 'commit') this.#database.push({ commit: this.now });
    else if (step === 'note') this.#noted.push(this.#last);
    else if (step === 'emit' && this.#noted.length > 0) this.#database.push({ noted: this.#noted.shift()! });
    else if (step === 'read' && this.#read < this.#database.length) {
      const item = this.#database[this.#read++]!;
      if ('commit' in item) this.#log.push(item);
      else this.#toBeKnown.push(item.noted);
    }
    // Perhaps long after, by one that was frozen meanwhile.
    else if (step === 'know' && this.#toBeKnown.length > 0)
      this.#log.push({ known: this.#toBeKnown.shift()! });
    else if (step === 'apply' && this.#applied < this.#log.length - 1) {
      const item = this.#log[++this.#applied]!;
      if ('known' in item) this.proof.known(positionAt(1, this.#applied), item.known);
    } else if (step === 'ask') this.#asked.push(this.now);
    else if (step === 'hear' && this.#asked.length > 0)
      this.#heard.push({ askedAt: this.#asked.shift()!, last: this.#last });
    else if (step === 'answer' && this.#heard.length > 0) {
      const { askedAt, last } = this.#heard.shift()!;
      this.proof.answered(askedAt, last, this.now);
    }
  }

  /** @throws Error when what is proven is not so */
  check(): void {
    if (!this.proof.isProven(this.now)) return;
    this.proofs++;
    const applied = this.#log
      .slice(0, this.#applied + 1)
      .flatMap((item) => ('commit' in item ? [item.commit] : []));
    const committed = this.#database.flatMap((item) => ('commit' in item ? [item.commit] : []));
    const due = committed.filter((at) => at < this.proof.provenAt).length;
    if (applied.length - 1 < due)
      throw new Error(`${due} commits are due, and ${applied.length - 1} were applied`);
  }
}

const schedule = fc.array(
  fc.record({
    after: fc.nat(6),
    step: fc.oneof(
      { weight: 1, arbitrary: fc.constant<Step>('commit') },
      { weight: 4, arbitrary: fc.constantFrom<Step>('note', 'emit', 'know', 'ask', 'hear', 'answer') },
      { weight: 4, arbitrary: fc.constantFrom<Step>('read', 'apply') },
    ),
  }),
  { minLength: 60, maxLength: 300, size: 'max' },
);

function simulation(make: () => DatabaseProof, done: (world: World) => void = () => {}) {
  return fc.property(schedule, (steps) => {
    const world = new World(make());
    for (const { after, step } of steps) {
      world.now += after;
      world.do(step);
      world.check();
    }
    done(world);
  });
}

/** Takes a position that was noted while the last one was the same for one that was noted after it. */
class HastyProof extends DatabaseProof {
  #asOf: Position | undefined;

  override known(at: Position, asOf: Position): void {
    this.#asOf = asOf;
    super.known(at, asOf);
  }

  protected override proves(last: Position): boolean {
    return this.#asOf !== undefined && this.#asOf.seq >= last.seq;
  }
}

/** Takes the first record `known` that comes after what the primary said. */
class FirstKnownProof extends DatabaseProof {
  override known(at: Position): void {
    super.known(at, at);
  }
}

describe('proof through the database, over any schedule', () => {
  it('P81 is never given while a commit from before it is missing', () => {
    fc.assert(
      simulation(() => new DatabaseProof(BOUND)),
      { numRuns: 2_000 },
    );
  });

  it('is given often enough for that to mean something', () => {
    let proofs = 0;
    fc.assert(
      simulation(
        () => new DatabaseProof(BOUND),
        (world) => (proofs += world.proofs),
      ),
      { numRuns: 300 },
    );
    expect(proofs).toBeGreaterThan(1_000);
  });

  it.each([
    ['by a position noted before', () => new HastyProof(BOUND)],
    ['by the first record that comes', () => new FirstKnownProof(BOUND)],
  ])('would be wrong where it was given %s', (_, make) => {
    expect(fc.check(simulation(make), { numRuns: 5_000, endOnFailure: true }).failed).toBe(true);
  });
});

describe('proof through the database', () => {
  const at = (seq: number, epoch = 1): Position => positionAt(epoch, seq);

  it('holds for the bound, from before the question', () => {
    const proof = new DatabaseProof(BOUND);
    expect(proof.isProven(0)).toBe(false);
    proof.answered(1_000, at(5), 1_020);
    proof.known(at(6), at(5));
    expect(proof.isProven(1_030)).toBe(false);
    proof.known(at(7), at(6));
    expect(proof.isProven(1_000 + BOUND - 1)).toBe(true);
    expect(proof.isProven(1_000 + BOUND)).toBe(false);
  });

  it('comes also from an answer that was slower than the log', () => {
    const proof = new DatabaseProof(BOUND);
    proof.known(at(7), at(6));
    proof.answered(1_000, at(5), 1_050);
    expect(proof.isProven(1_050)).toBe(true);
  });

  it('does not come from another run of the log, and ends with the table', () => {
    const proof = new DatabaseProof(BOUND);
    proof.answered(1_000, at(5), 1_000);
    proof.known(at(1, 2), at(9, 1));
    proof.known(at(2, 2), at(9, 2));
    expect(proof.isProven(1_000)).toBe(false);
    proof.answered(1_001, at(3, 2), 1_001);
    expect(proof.isProven(1_001)).toBe(true);
    proof.withdraw();
    expect(proof.isProven(1_001)).toBe(false);
  });
});
