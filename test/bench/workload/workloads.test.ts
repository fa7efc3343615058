import { readPlan } from '../load/read-plan.mjs';
import { writePlan } from '../load/plan.mjs';
import { removeRunFolder } from '../process/run-folder.mjs';
import { FRESH, asGet, asPost, freshText, wireText } from './requests.mjs';
import { WORKLOADS } from './workloads.mjs';

afterAll(removeRunFolder);

it('asks for the first keys the most, in the same order in every run', () => {
  const { requests, order } = WORKLOADS.zipf({ keys: 1000, quick: false });
  expect(requests).toHaveLength(1000);
  expect(order.filter((rank) => rank === 0).length).toBeGreaterThan(order.length / 10);
  expect(order).toEqual(WORKLOADS.zipf({ keys: 1000, quick: false }).order);
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
