/** What the key of a slot depends on, and what it does not. */
import fc from 'fast-check';
import { bindSlot, Plans, type Plan } from '../../../src/gateway/parts/plan';
import { bind, cacheKeyOf } from '../../../src/operation/bound-operation';
import { knowledgeOf, operationOf } from './parts-of';

const knowledge = knowledgeOf(`
  type Query {
    search(text: String = "all", first: Int = 10, by: By): [Product!] @cacheControl(maxAge: 20)
    product(number: Int = 1): Product @cacheControl(maxAge: 20)
    me(text: String): User @cacheControl(maxAge: 20, scope: PRIVATE)
    now: Float @cacheControl(maxAge: 0)
  }
  input By { text: String first: Int }
  type Product { id: ID! name(text: String): String price(first: Int, by: By): Float }
  type User { id: ID! name: String }
`);

/** A variable of a made-up operation, with a value and another one; all can stand wherever their type can. */
const VARIABLES = [
  { type: 'String', value: 'a', other: 'b', byDefault: '"a"' },
  { type: 'String', value: 'a', other: '1', byDefault: '"a"' },
  { type: 'Int', value: 1, other: 2, byDefault: '1' },
  { type: 'Int', value: 1, other: null, byDefault: '1' },
] as const;

/** Stand for a variable by its number, until it has a name. */
const text = fc.constantFrom('#0', '#1', '"all"', '"$a"');
const int = fc.constantFrom('#2', '#3', '7');
const by = fc.tuple(text, int).map(([a, b]) => `{ text: ${a}, first: ${b} }`);
const below = fc.tuple(text, int, by).map(([a, b, c]) => `{ name(text: ${a}) price(by: ${c}, first: ${b}) }`);
const rootField = fc.oneof(
  fc.tuple(text, int, by, below).map(([a, b, c, set]) => `search(by: ${c}, first: ${b}, text: ${a}) ${set}`),
  fc.tuple(int, below).map(([number, set]) => `product(number: ${number}) ${set}`),
  text.map((value) => `me(text: ${value}) { name }`),
);
const FIELDS = fc.array(rootField, { minLength: 1, maxLength: 4 });
/** Two sets of names that have some in common, which then are those of other variables. */
const NAMES = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'text', 'first'], { minLength: 4, maxLength: 4 });
const ORDER = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 });

interface Writing {
  readonly names: readonly string[];
  readonly order: readonly number[];
  /** one variable that is another than {@link VARIABLES} says */
  readonly change?: { readonly at: number; readonly what: 'value' | 'default' | 'type' };
}

/** The keys of the slots of one operation, and the numbers of the variables that each uses. */
function keysOf(fields: readonly string[], { names, order, change }: Writing) {
  const written = fields.map((field, at) => `f${at}: ${field}`).join(' ');
  const body = `{ now ${written} }`.replaceAll(/#(\d)/g, (_, number: string) => `$${names[Number(number)]}`);
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  for (const number of order) {
    const { type, value, other, byDefault } = VARIABLES[number]!;
    const name = names[number]!;
    if (!new RegExp(`[^"]\\$${name}\\b`).test(body)) continue;
    const what = change?.at === number ? change.what : undefined;
    declared.push(
      `$${name}: ${type}${what === 'type' ? '!' : ''}${what === 'default' ? ` = ${byDefault}` : ''}`,
    );
    variables[name] = what === 'value' ? other : value;
  }
  const head = declared.length > 0 ? `query (${declared.join(', ')})` : 'query';
  const bound = bind(operationOf(knowledge, `${head} ${body}`), variables);
  const plan = new Plans(knowledge, 32).planOf(bound, true);
  expect(plan.kind).toBe('cut');
  return (plan as Plan).slots.map((slot) => ({
    key: cacheKeyOf(bindSlot(slot, bound), undefined, []),
    uses: slot.operation.variableNames.map((name) => names.indexOf(name)),
  }));
}

describe('the key of a slot', () => {
  it('is the same under whatever names its variables have, and in whatever order', () => {
    fc.assert(
      fc.property(FIELDS, NAMES, NAMES, ORDER, ORDER, (fields, names, others, order, another) => {
        const keys = keysOf(fields, { names, order });
        expect(keysOf(fields, { names: others, order: another })).toEqual(keys);
      }),
    );
  });

  it('is another one with another value, default or type of a variable that it uses', () => {
    const what = fc.constantFrom('value' as const, 'default' as const, 'type' as const);
    fc.assert(
      fc.property(FIELDS, NAMES, ORDER, fc.nat({ max: 3 }), what, (fields, names, order, at, kind) => {
        const before = keysOf(fields, { names, order });
        const after = keysOf(fields, { names, order, change: { at, what: kind } });
        for (const [slot, { key, uses }] of before.entries())
          expect([slot, after[slot]!.key === key]).toEqual([slot, !uses.includes(at)]);
      }),
    );
  });

  it.each([
    [
      'one variable is two',
      'query ($a: Int) { now search(first: $a) { price(first: $a) } }',
      'query ($a: Int, $b: Int) { now search(first: $a) { price(first: $b) } }',
    ],
    [
      'a string says the name of a variable',
      'query ($a: Int) { now search(first: $a, text: "$a") { name } }',
      'query ($b: Int) { now search(first: $b, text: "$b") { name } }',
    ],
  ])('is another one where %s', (_, ...texts) => {
    const [one, other] = texts.map((written) => {
      const bound = bind(operationOf(knowledge, written), { a: 1, b: 1 });
      const { slots } = new Plans(knowledge, 32).planOf(bound, true) as Plan;
      return cacheKeyOf(bindSlot(slots[1]!, bound), undefined, []);
    });
    expect(one).not.toBe(other);
  });
});
