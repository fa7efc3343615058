import { explainParts } from '../../../src/gateway/parts/explain-parts';
import { Plans } from '../../../src/gateway/parts/plan';
import { knowledgeOf, operationOf } from './parts-of';

const knowledge = knowledgeOf(`
  type Query {
    product: Product @cacheControl(maxAge: 60)
    live: Live @cacheControl(maxAge: 0)
    languages: [String] @cacheControl(maxAge: 300)
    secret: Secret @cacheControl(maxAge: 60)
    mine: Secret @cacheControl(maxAge: 60, scope: PRIVATE)
  }
  type Product { id: ID! name: String stock: Int @cacheControl(maxAge: 0) size: Size @cacheControl(inheritMaxAge: true) }
  type Size { width: Int height: Int @cacheControl(maxAge: 0) }
  type Live { now: Float product: Product @cacheControl(maxAge: 30) }
  type Secret { id: ID! @cacheControl(scope: PRIVATE) name: String stock: Int @cacheControl(maxAge: 0) }
`);

const explain = (text: string, maxParts = 32) =>
  explainParts(new Plans(knowledge, maxParts), operationOf(knowledge, text), true);

it('says what an operation is cut into, whatever its conditions leave out', () => {
  const { whole, slots } = explain(
    'query ($a: Boolean!) { languages @skip(if: $a) product { name stock @include(if: $a) } }',
  );
  expect(whole).toBeUndefined();
  expect(slots.map((slot) => slot.class)).toEqual(['shared', 'shared', 'uncacheable']);
  expect(slots[0]!.text).toBe('{\n  languages\n}');
});

it('says why an operation is not cut', () => {
  expect(explain('{ languages }').whole).toMatchObject({ reason: 'one-class' });
  expect(explain('{ languages live { now } }', 1)).toMatchObject({
    whole: { reason: 'too-many' },
    slots: [],
  });
});

it('names the places that cannot be cut, and what would change that', () => {
  expect(explain('{ product { name size { width height } } secret { name stock } }').uncut).toEqual([
    {
      path: 'product.size',
      class: 'uncacheable',
      reason: 'no-key',
      because: 'Nothing tells the objects of Size from one another: give the type an `id: ID!` or a @key.',
    },
    expect.objectContaining({ path: 'secret', class: 'uncacheable', reason: 'key-class' }),
  ]);
});

it('names a maxAge that a parent makes useless', () => {
  expect(explain('{ languages live { now product { name } } }').useless).toEqual([
    { path: 'live.product', coordinate: 'Live.product', maxAge: 30, under: 'Query.live' },
  ]);
});

it('shows the keys that parts are asked for so that they can be compared', () => {
  const { slots } = explain(
    '{ product { name } languages mine: product { name } live { product { name } } }',
  );
  expect(slots.map(({ text }) => text.includes('__part_2_id_ID'))).toEqual([true, false, true]);
});

it('says that it is not cut where a part may not be asked for a key to compare', () => {
  const { whole, slots } = explain('{ secret { name } mine { name } }');
  expect([whole?.reason, slots]).toEqual(['overlap', []]);
});
