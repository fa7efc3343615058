import { readPlan } from '../load/read-plan.mjs';
import { writePlan } from '../load/plan.mjs';
import { removeRunFolder } from '../process/run-folder.mjs';
import { FRESH, asGet, asPost, freshText, wireText } from './requests.mjs';
import { WORKLOADS } from './workloads.mjs';
import { repeatable, zipf } from './zipf.mjs';

afterAll(removeRunFolder);

it('draws the first rank as often as Zipf says, and every draw in range', () => {
  const drawn = Array.from(zipf(1000, 100_000, repeatable()));
  const harmonic = Array.from({ length: 1000 }, (_, index) => 1 / (index + 1)).reduce((a, b) => a + b);
  const first = drawn.filter((rank) => rank === 0).length / drawn.length;
  const tenth = drawn.filter((rank) => rank === 9).length / drawn.length;
  expect(first).toBeCloseTo(1 / harmonic, 2);
  expect(tenth).toBeCloseTo(1 / 10 / harmonic, 2);
  expect(Math.max(...drawn)).toBeLessThan(1000);
  expect(new Set(drawn).size).toBeGreaterThan(900);
});

it('draws the same in every run', () => {
  expect(zipf(50, 100, repeatable())).toEqual(zipf(50, 100, repeatable()));
});

it('counts the bytes of a body, not its characters', () => {
  const text = wireText(asPost({ query: '{ a(b: "ü€") }', variables: {} }));
  const [head, body] = text.split('\r\n\r\n') as [string, string];
  expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
});

it('sends a GET without a body, and everything it asks in its path', () => {
  const { path, body } = asGet({ query: '{ a }', variables: { b: 'c&d' } });
  const { searchParams } = new URL(path, 'http://localhost');
  expect([body, searchParams.get('query'), searchParams.get('variables')]).toEqual([
    '',
    '{ a }',
    '{"b":"c&d"}',
  ]);
});

it('keeps the length of a request that is made fresh', () => {
  const text = wireText(asPost({ query: '{ a }', variables: { id: FRESH } }));
  expect(freshText(text, 7)).toHaveLength(text.length);
  expect(freshText(text, 7)).toContain('"000000007"');
});

it('reads a workload back as it was written, in its order, from any place in it', () => {
  const requests = ['a', 'b', 'c'].map((query) => asPost({ query, variables: { text: 'ü' } }));
  const next = readPlan(writePlan({ requests, order: Uint32Array.of(2, 2, 0, 1) }), 1);
  const sent = Array.from({ length: 5 }, () => Buffer.from(next(), 'latin1').toString());
  expect(sent).toEqual([2, 0, 1, 2, 2].map((index) => wireText(requests[index]!)));
});

it('never sends the same fresh request twice', () => {
  const next = readPlan(writePlan(WORKLOADS.documents()), 5);
  const sent = Array.from({ length: 100 }, () => next());
  expect(new Set(sent).size).toBe(100);
});

it.each(Object.entries(WORKLOADS))('%s asks more than one thing', (_, create) => {
  const { requests } = create({ keys: 100, quick: true, method: 'GET' });
  expect(new Set(requests.map(wireText)).size).toBe(requests.length);
  expect(requests.length).toBeGreaterThanOrEqual(8);
});
