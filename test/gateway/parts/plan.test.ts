import {
  combine,
  takeApart,
  valueIn,
  slotBody,
  type Combined,
  type PartError,
  type SlotAnswer,
} from '../../../src/gateway/parts/combined';
import { merge, writeMerged } from '../../../src/gateway/parts/merge';
import { bindSlot, Plans, type Plan } from '../../../src/gateway/parts/plan';
import { bind, cacheKeyOf } from '../../../src/operation/bound-operation';
import { answerTo, knowledgeOf, onOneLine, operationOf, planOf, type Cutting } from './parts-of';

const knowledge = knowledgeOf(`
  type Query {
    languages: [Language!]! @cacheControl(maxAge: 300)
    language(code: ID!): Language @cacheControl(maxAge: 300)
    me: User @cacheControl(maxAge: 60, scope: PRIVATE)
    now: Float @cacheControl(maxAge: 0)
    undeclared: String
    search(first: Int = 10, text: String): [Language!] @cacheControl(maxAge: 20)
  }
  type Language { code: ID! name: String }
  type User { id: ID! name: String email: String }
  type Mutation { touch: Boolean }
`);
const defaulting = knowledgeOf(knowledge.schema, 30);

function texts(text: string, options: Cutting = {}, from = knowledge): string[] {
  const { plan } = planOf(from, text, options);
  if (plan.kind === 'whole') return [plan.why];
  return plan.slots.map((slot) => `${slot.class} ${onOneLine(slot.operation.document.definitions[0]!)}`);
}

describe('what an operation is cut into', () => {
  const cases: [what: string, text: string, slots: string[], options?: Cutting][] = [
    [
      'a root field of each class',
      '{ languages { name } me { name } now }',
      ['shared { languages { name } }', 'private { me { name } }', 'uncacheable { now }'],
    ],
    [
      'without aliases of root fields, and each slot once',
      '{ a: languages { n: name } t: now b: languages { n: name } }',
      ['shared { languages { n: name } }', 'uncacheable { now }'],
    ],
    [
      'a field that is asked for twice in one place, together',
      '{ me { name } ...More languages { code } } fragment More on Query { me { email } }',
      ['private { me { name email } }', 'shared { languages { code } }'],
    ],
    [
      'with the variables that it uses, in that order, and their defaults',
      'query Page($text: String, $code: ID!, $first: Int = 5) { search(text: $text, first: $first) { code } language(code: $code) { name } now }',
      [
        'shared query ($text: String, $first: Int = 5) { search(text: $text, first: $first) { code } }',
        'shared query ($code: ID!) { language(code: $code) { name } }',
        'uncacheable { now }',
      ],
      { variables: { code: 'en' } },
    ],
    [
      'what its conditions leave of it',
      'query ($a: Boolean!) { now languages @skip(if: $a) { code @include(if: $a) name } me { name @skip(if: $a) } }',
      ['uncacheable { now }', 'private { me { __typename @skip(if: true) } }'],
      { variables: { a: true } },
    ],
    [
      '`__typename` into no slot',
      '{ __typename languages { __typename } now }',
      ['shared { languages { __typename } }', 'uncacheable { now }'],
    ],
    ['nothing of one class', '{ languages { name } language(code: 1) { name } }', ['one-class']],
    ['nothing of one session', '{ me { name } }', ['one-class']],
    ['nothing of one class in every fragment', '{ now ... on Query { undeclared } }', ['one-class']],
    [
      'nothing that is of one class as it is asked for',
      'query ($a: Boolean!) { now languages @include(if: $a) { name } }',
      ['one-class'],
      { variables: { a: false } },
    ],
    [
      'nothing whose condition is no Boolean',
      'query ($a: Boolean = true) { now languages @include(if: $a) { name } }',
      ['condition'],
      { variables: { a: null } },
    ],
    [
      'nothing with a bad value of any variable',
      'query ($first: Int) { now search(first: $first) { name } }',
      ['variables'],
      { variables: { first: 'ten' } },
    ],
    ['no mutation', 'mutation { touch }', ['kind']],
    ['nothing that asks for the schema', '{ languages { name } __schema { __typename } }', ['introspection']],
    ['nothing with many parts', '{ languages { name } now me { name } }', ['too-many'], { maxParts: 2 }],
  ];
  it.each(cases.map(([what, text, slots, options = {}]) => [what, text, slots, options] as const))(
    'is %s',
    (_, text, slots, options) => {
      expect(texts(text, options)).toEqual(slots);
    },
  );

  it('is nothing of a document that was made to have thousands', () => {
    const many = Array.from({ length: 3000 }, (_, index) => `a${index}: language(code: ${index}) { name }`);
    expect(texts(`{ now ${many.join(' ')} }`)).toEqual(['too-many']);
  });

  it('shares what nobody declared among those without credentials only', () => {
    const text = '{ undeclared languages { name } now }';
    const [shared, private_] = [false, true].map((hasCredentials) =>
      texts(text, { hasCredentials }, defaulting).map((slot) => slot.split(' ')[0]),
    );
    expect(shared).toEqual(['shared', 'shared', 'uncacheable']);
    expect(private_).toEqual(['private', 'shared', 'uncacheable']);
  });

  it('gives a slot the key of its operation, whatever another calls the field', () => {
    const plans = new Plans(knowledge, 32);
    const keys = [
      'query A($c: ID!) { x: language(code: $c) { name } now }',
      'query B($c: ID!) { me { id } y: language(code: $c) { name } }',
    ].map((text) => {
      const bound = bind(operationOf(knowledge, text), { c: 'en' });
      const plan = plans.planOf(bound, true) as Plan;
      const slot = plan.slots.find(({ field }) => field === 'language')!;
      return [cacheKeyOf(bindSlot(slot, bound), undefined, []), slot.operation] as const;
    });
    expect(keys[0]![0]).toBe(keys[1]![0]);
    // Compared so: what is printed of two operations that differ takes minutes.
    expect(keys[0]![1] === keys[1]![1]).toBe(true);
    const alone = bind(operationOf(knowledge, 'query ($code: ID!) { language(code: $code) { name } }'), {
      code: 'en',
    });
    expect(cacheKeyOf(alone, undefined, [])).toBe(keys[0]![0]);
  });

  it('is found out once for an operation and its conditions', () => {
    const plans = new Plans(knowledge, 32);
    const operation = operationOf(knowledge, 'query ($a: Boolean!) { now languages { name @skip(if: $a) } }');
    const of = (a: boolean) => plans.planOf(bind(operation, { a }), true);
    expect([of(true) === of(true), of(true) === of(false)]).toEqual([true, false]);
  });
});

function apart(plan: Plan, combined: Combined, text: string): readonly SlotAnswer[] {
  const answers = takeApart(plan, combined, text);
  if ('kind' in answers) throw new Error(answers.why);
  return answers;
}

describe('an answer in parts', () => {
  const root = {
    languages: [
      { code: 'en', name: 'English' },
      { code: 'cy', name: null },
    ],
    me: { id: 1, name: 'Ada' },
    now: () => {
      throw new Error('no clock');
    },
  };
  const asked = '{ __typename l: languages { name } n: now me { name } }';

  function callsFor(plan: Plan, groups: number[][]): { combined: Combined; text: string }[] {
    return groups.map((group) => {
      const combined = combine(knowledge, plan, group)!;
      return { combined, text: answerTo(knowledge.schema, combined.operation, { root }) };
    });
  }

  it('is what the whole would be, with one call for each kind or one for all', () => {
    const { plan, bound } = planOf(knowledge, asked) as { plan: Plan; bound: ReturnType<typeof bind> };
    const { data, errors } = JSON.parse(answerTo(knowledge.schema, bound.operation, { root }));
    const whole = { errors: errors.map(({ message, path }: PartError) => ({ message, path })), data };
    for (const groups of [[[0], [1, 2]], [[0, 1, 2]], [[0], [1], [2]]]) {
      const answers = callsFor(plan, groups).flatMap(({ combined, text }) => apart(plan, combined, text));
      const merged = merge(plan, answers);
      expect(merged.kind === 'merged' && writeMerged(merged)).toBe(JSON.stringify(whole));
    }
  });

  it('keeps what upstream wrote: digits, escapes, white space', () => {
    const { plan } = planOf(knowledge, '{ now languages { name } }') as { plan: Plan };
    const combined = combine(knowledge, plan, [0, 1])!;
    const text = String.raw`{"data": {"p0": 1.10, "p1": [{"name": "\u0041"}]}, "extensions": {"cost": 1}}`;
    const merged = merge(plan, apart(plan, combined, text));
    expect(merged).toMatchObject({ data: String.raw`{"now":1.10,"languages":[{"name": "\u0041"}]}` });
  });

  it('is read from what is stored, also of what was asked for by itself', () => {
    const { plan } = planOf(knowledge, '{ now languages { name } }') as { plan: Plan };
    const slot = plan.slots[1]!;
    expect(valueIn(slot, slotBody(slot, '[{"name":"}}"}]'))).toBe('[{"name":"}}"}]');
    expect(valueIn(slot, '{"data":{"languages":[]},"extensions":{"a":{}}}')).toBe('[]');
    expect(valueIn(slot, '{ "extensions": {}, "data": { "languages": [1] } }')).toBe('[1]');
    expect(valueIn(slot, '{"data":{"other":[]}}')).toBeUndefined();
  });

  it.each([
    ['without data', '{"errors":[{"message":"no"}]}', 'request-error'],
    ['with an error of no field', '{"data":{"p0":1,"p1":[]},"errors":[{"message":"no"}]}', 'request-error'],
    [
      'with an error of another field',
      '{"data":{"p0":1,"p1":[]},"errors":[{"message":"no","path":["p7"]}]}',
      'request-error',
    ],
    ['that lacks a field', '{"data":{"p0":1}}', 'shape'],
    ['that is null and does not say why', '{"data":null}', 'shape'],
  ])('is none of one %s', (_, text, why) => {
    const { plan } = planOf(knowledge, '{ now languages { name } }') as { plan: Plan };
    expect(takeApart(plan, combine(knowledge, plan, [0, 1])!, text)).toMatchObject({ kind: 'mismatch', why });
  });

  it('is null where one part of it is, for the reason that one gives', () => {
    const { plan } = planOf(knowledge, '{ now languages { name } }') as { plan: Plan };
    const error = { message: 'no', path: ['languages', 0, 'name'] };
    const fine = { value: '1', errors: [] };
    const missing = { value: undefined, errors: [error] };
    expect(merge(plan, [fine, missing])).toEqual({ kind: 'merged', data: 'null', errors: [error] });
    expect(merge(plan, [{ value: '1', errors: [{ message: 'no', path: ['now'] }] }, missing])).toMatchObject({
      why: 'errors',
    });
  });

  it('is none where one call failed before it came to a part that others would have failed in', () => {
    const sure = knowledgeOf(`
      type Query { a: A! @cacheControl(maxAge: 9) }
      type A { id: ID! b: Int! c: Int @cacheControl(maxAge: 0) }
    `);
    const root = { a: { id: 1, b: null, c: () => new Error('no c') } };
    const { plan } = planOf(sure, '{ a { c b } }') as { plan: Plan };
    const combined = combine(sure, plan, [0, 1])!;
    const text = answerTo(sure.schema, combined.operation, { root });
    expect(merge(plan, apart(plan, combined, text))).toMatchObject({ kind: 'mismatch', why: 'errors' });
  });
});
