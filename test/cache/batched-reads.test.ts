import fc from 'fast-check';
import { BatchedReads } from '../../src/cache/batched-reads';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('reads that are gathered', () => {
  it('gives each question its own answer, and asks for no more at once than it may', async () => {
    const turns = fc.array(fc.array(fc.integer(), { minLength: 1, maxLength: 40 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(turns, fc.integer({ min: 1, max: 20 }), async (asked, most) => {
        const sent: (readonly number[])[] = [];
        const reads = new BatchedReads(most, (questions: readonly number[]) => {
          sent.push(questions);
          return Promise.resolve(questions.map((question) => question * 2));
        });
        const answers: Promise<number>[] = [];
        for (const questions of asked) {
          answers.push(...questions.map((question) => reads.ask(question)));
          await turn();
        }
        expect(await Promise.all(answers)).toEqual(asked.flat().map((question) => question * 2));
        expect(sent.flat()).toEqual(asked.flat());
        const fewest = asked
          .map(({ length }) => Math.ceil(length / most))
          .reduce((sum, each) => sum + each, 0);
        expect(sent.length).toBe(fewest);
        expect(Math.max(0, ...sent.map(({ length }) => length))).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('asks at the end of the turn, without waiting for more', async () => {
    const sent: (readonly string[])[] = [];
    const reads = new BatchedReads(10, (questions: readonly string[]) => {
      sent.push(questions);
      return Promise.resolve(questions);
    });
    const first = reads.ask('a');
    expect(sent).toEqual([]);
    expect(await first).toBe('a');
    expect(sent).toEqual([['a']]);
  });

  it('rejects all that were asked together, and none that were asked later', async () => {
    let isWell = false;
    const reads = new BatchedReads(10, async (questions: readonly string[]) => {
      if (!isWell) throw new Error('lost');
      return questions;
    });
    const lost = await Promise.allSettled([reads.ask('a'), reads.ask('b')]);
    expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isWell = true;
    expect(await reads.ask('c')).toBe('c');
  });
});
