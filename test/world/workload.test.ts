import { buildSchema, parse, validate } from 'graphql';
import { readFileSync } from 'node:fs';
import { seededRandom } from '../../src/example/data';
import { EXAMPLE_SCHEMA_FILES } from '../../src/example/schema';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { until } from '../kit/until';
import { Pacing } from './load/pacing';
import { MINE } from './load/questions';
import { Workload } from './load/workload';

function some(seed: number, count: number): string[] {
  const workload = new Workload(seed);
  const random = seededRandom(seed);
  return Array.from(
    { length: count },
    () => (random() < 0.5 ? workload.read(random) : workload.mutate(random)).body,
  );
}

describe('the workload', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(some(1, 200)).toEqual(some(1, 200));
    expect(some(2, 200)).not.toEqual(some(1, 200));
  });

  it('asks the popular tenth of a few thousand questions most of the time, and the others too', () => {
    const { reads } = new Workload(1);
    const workload = new Workload(1);
    const random = seededRandom(1);
    const asked = Array.from({ length: 20_000 }, () => workload.read(random).body);
    const popular = new Set(reads.slice(0, reads.length / 10).map(({ body }) => body));
    const share = asked.filter((body) => popular.has(body)).length / asked.length;
    expect(reads.length).toBeGreaterThan(2000);
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(0.92);
    expect(new Set(asked).size).toBeGreaterThan(reads.length / 3);
  });

  it('asks and changes nothing that the example does not have', () => {
    const sdl = EXAMPLE_SCHEMA_FILES.map((file) => readFileSync(file, 'utf8')).join('\n');
    const schema = buildSchema(`${DIRECTIVES_SDL}\n${sdl}`);
    const workload = new Workload(1);
    const random = seededRandom(1);
    const operations = [...workload.reads, ...workload.pages, ...MINE, workload.nosy(random)];
    for (let count = 0; count < 500; count++) operations.push(workload.mutate(random));
    const texts = new Set(operations.map(({ body }) => (JSON.parse(body) as { query: string }).query));
    for (const text of texts) expect([text, validate(schema, parse(text))]).toEqual([text, []]);
  });
});

describe('the pace', () => {
  it('sends the next of a loop when one has come back, never more at once, and none once it is stopped', async () => {
    const pacing = new Pacing();
    let [underWay, most, sent] = [0, 0, 0];
    pacing.loop(3, async () => {
      most = Math.max(most, ++underWay);
      if (++sent === 50) pacing.stop();
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
    });
    await until('none is under way', () => sent >= 50 && pacing.underWay === 0);
    expect(most).toBe(3);
    // Those that were under way when it was stopped were the last.
    expect(sent).toBeLessThan(50 + 3);
  });

  it('sends all of a walk once, and no more at once than it may', async () => {
    const sent: number[] = [];
    let [underWay, most] = [0, 0];
    await new Pacing().walk(50, 0, 4, async (index) => {
      sent.push(index);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
    });
    expect(sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(most).toBe(4);
  });

  it('sends no more when it is stopped, and waits for what is under way', async () => {
    const pacing = new Pacing();
    const answers: (() => void)[] = [];
    const begun = new Promise<void>((resolve) => {
      pacing.stream(
        () => 1000,
        seededRandom(1),
        () => {
          resolve();
          return new Promise((answer) => answers.push(answer));
        },
      );
    });
    await begun;
    pacing.stop();
    const sent = answers.length;
    for (const answer of answers) answer();
    await pacing.idle(10_000);
    expect(pacing.underWay).toBe(0);
    expect(answers).toHaveLength(sent);
  });
});
