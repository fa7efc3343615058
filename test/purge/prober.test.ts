import { setImmediate } from 'node:timers/promises';
import type { PurgeLog } from '../../src/purge/log';
import { positionAt, type Position } from '../../src/purge/position';
import { Prober } from '../../src/purge/prober';
import { FreshnessProof } from '../../src/purge/proof';
import { PurgeTable } from '../../src/purge/table';

/** A primary that answers when it is told to. */
function primary() {
  const questions: { answer: (position: Position) => void; fail: () => void }[] = [];
  let now = 0;
  const log: Partial<PurgeLog> = {
    lastPosition: () =>
      new Promise((resolve, reject) => {
        questions.push({ answer: resolve, fail: () => reject(new Error('away')) });
      }),
  };
  const prober = new Prober({
    log: log as PurgeLog,
    table: new PurgeTable(),
    proof: new FreshnessProof(1000),
    now: () => now,
    intervalMs: 1000,
    arrivals: { answered: () => {} },
    onStep: () => {},
  });
  return { prober, questions, pass: (milliseconds: number) => (now += milliseconds) };
}

/** Longer than any test. */
const PATIENT_MS = 60_000;

describe('P08 the question that requests wait for', () => {
  it('is one for all who ask before it leaves, and another for who comes later', async () => {
    const { prober, questions, pass } = primary();
    const early = Promise.all([prober.ask(PATIENT_MS), prober.ask(PATIENT_MS)]);
    await setImmediate();
    expect(questions).toHaveLength(1);
    pass(20);
    const late = prober.ask(PATIENT_MS);
    await setImmediate();
    expect(questions).toHaveLength(2);
    questions[0]!.answer(positionAt(1, 1));
    questions[1]!.answer(positionAt(1, 2));
    expect(await early).toEqual([positionAt(1, 1), positionAt(1, 1)]);
    expect(await late).toEqual(positionAt(1, 2));
  });

  it('serves a later look without a question, for what was there before it left', async () => {
    const { prober, questions, pass } = primary();
    pass(20);
    const asked = prober.ask(PATIENT_MS);
    await setImmediate();
    questions[0]!.answer(positionAt(1, 1));
    await asked;
    expect(prober.askedSince(20)).toEqual(positionAt(1, 1));
    expect(prober.askedSince(21)).toBeUndefined();
  });

  it('is asked, and not waited for, when the primary was farther away than one would wait', async () => {
    const { prober, questions, pass } = primary();
    const first = prober.ask(PATIENT_MS);
    await setImmediate();
    pass(200);
    questions[0]!.answer(positionAt(1, 1));
    await first;
    expect(await prober.ask(150)).toBeUndefined();
    await setImmediate();
    expect(questions).toHaveLength(2);
  });

  it('is not waited for while the primary is silent or away', async () => {
    const { prober, questions, pass } = primary();
    const first = prober.ask(PATIENT_MS);
    await setImmediate();
    pass(200);
    expect(await prober.ask(150)).toBeUndefined();
    questions[0]!.fail();
    expect(await first).toBeUndefined();
    expect(await prober.ask(PATIENT_MS)).toBeUndefined();
  });
});
