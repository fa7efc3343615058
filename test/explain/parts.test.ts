import { explain } from '../../src/explain/explain';
import type { Explanation } from '../../src/explain/explanation';
import { formatExplanation } from '../../src/explain/format-explanation';
import { Plans } from '../../src/gateway/parts/plan';
import { knowledgeWith, SETTINGS, SIGNED_IN } from './harness';

const SDL = `
  type Query {
    product: Product @cacheControl(maxAge: 60)
    live: Live @cacheControl(maxAge: 0)
    me: User @cacheControl(maxAge: 30, scope: PRIVATE)
    plain: Int
  }
  type Product { id: ID! name: String stock: Int @cacheControl(maxAge: 0) size: Size @cacheControl(inheritMaxAge: true) }
  type Size { width: Int height: Int @cacheControl(maxAge: 0) }
  type Live { now: Float product: Product @cacheControl(maxAge: 30) }
  type User { id: ID! name: String }`;

function explained(text: string, settings = {}, { defaultMaxAge = 0, maxParts = 16 } = {}): Explanation {
  const knowledge = knowledgeWith(SDL, defaultMaxAge);
  const plans = new Plans(knowledge, maxParts);
  const explanation = explain({ ...knowledge, plans }, { ...SETTINGS, ...settings }, { text });
  if ('errors' in explanation) throw explanation.errors[0]!;
  return explanation;
}

const shown = (...how: Parameters<typeof explained>): string => formatExplanation(explained(...how));

it('says of each part for whom and how long it is kept, and what upstream is asked for it', () => {
  const text = shown('{ product { name } me { name } live { now } }', SIGNED_IN);
  expect(text).toMatch(/^query: kept in parts$/m);
  expect(text).toMatch(/^Parts\n {2}part 1 +kept for all clients, 1 min\n +\{\n +product \{/m);
  expect(text).toMatch(/^ {2}part 2 +kept for one session, 30 s\n +\{\n +me \{/m);
  expect(text).toMatch(/^ {2}part 3 +never kept: .*maxAge.*\n +\{\n +live \{/m);
  expect(text).toMatch(/^Not from the cache as a whole$/m);
});

it('says that a private part is never kept where there are no sessions', () => {
  const { parts } = explained('{ product { name } me { name } }');
  expect(parts).toMatchObject([{ requests: 'all', slots: [{ kept: 'for all clients' }, { kept: 'never' }] }]);
});

it('tells requests with credentials from others where nobody declared a maxAge', () => {
  const { parts } = explained('{ product { name } plain me { name } }', SIGNED_IN, { defaultMaxAge: 10 });
  expect(parts!.map(({ requests, slots }) => [requests, slots.map(({ kept }) => kept)])).toEqual([
    ['with credentials', ['for all clients', 'for one session', 'for one session']],
    ['without credentials', ['for all clients', 'for all without credentials', 'for one session']],
  ]);
});

it('names what cannot be cut, also where that makes all of it one', () => {
  const text = shown('{ product { size { width height } } }');
  expect(text).toMatch(/^query: never kept/m);
  expect(text).toMatch(/^Not in parts\n.*\n {2}not cut +product\.size: Nothing tells the objects of Size/m);
});

it('says why an operation with too many parts is asked whole', () => {
  const text = shown('{ product { name } live { now } }', {}, { maxParts: 1 });
  expect(text).toMatch(/^query: never kept/m);
  expect(text).toMatch(/^Not in parts\n +It would have more parts than MAX_PARTS allows\.$/m);
});

it('names a maxAge below what is never kept', () => {
  expect(shown('{ product { name } live { now product { name } } }')).toMatch(
    /^ {2}without effect +the 30 s of Live\.product at live\.product: Query\.live above it is never kept$/m,
  );
});

it('says nothing of parts where all is kept for the same', () => {
  expect(explained('{ product { name } }')).not.toHaveProperty('parts');
});

it('says that what is written to the operation log is asked whole', () => {
  const text = shown('{ product { name } me { name } }', { ...SIGNED_IN, logged: 1 });
  expect(text).toMatch(/^query: kept for one session$/m);
  expect(text).toMatch(/^Not in parts\n +It is written to the operation log .*OPERATION_LOG_SAMPLE/m);
  expect(shown('{ product { name } }', { logged: 1 })).not.toContain('Not in parts');
});

it.each([
  ['excluded', { without: ['Home'] }],
  ['off', { serve: false }],
])('cuts nothing of what is %s as a whole', (reason, settings) => {
  const { kept, obstacles, parts } = explained('query Home { product { name } me { name } }', settings);
  expect([kept, parts]).toEqual(['never', undefined]);
  expect(obstacles.map((obstacle) => obstacle.reason)).toContain(reason);
});
