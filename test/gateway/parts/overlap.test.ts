import { merge } from '../../../src/gateway/parts/merge';
import type { Plan } from '../../../src/gateway/parts/plan';
import { bothWays, knowledgeOf, planOf, type Cutting } from './parts-of';

const knowledge = knowledgeOf(`
  interface Named { name: String }
  type User implements Named { id: ID! name: String seen: Float @cacheControl(maxAge: 0) nick(long: Boolean = false): String best: User @cacheControl(inheritMaxAge: true) friends: [User] @cacheControl(inheritMaxAge: true) }
  type Cat implements Named { name: String }
  type Stamp { text: String }
  union Any = User | Cat
  type Query {
    me: User @cacheControl(maxAge: 60, scope: PRIVATE)
    user(id: ID!): User @cacheControl(maxAge: 60)
    users: [User] @cacheControl(maxAge: 60)
    named: Named @cacheControl(maxAge: 60)
    any: [Any] @cacheControl(maxAge: 60)
    stamp: Stamp @cacheControl(maxAge: 60)
    mine: Stamp @cacheControl(maxAge: 60, scope: PRIVATE)
    now: Float @cacheControl(maxAge: 0)
  }
`);

const user = (id: string, more: object = {}) => ({ __typename: 'User', id, name: `name ${id}`, ...more });

/** Slots see the data of their own time: the first what was before. */
function merged(text: string, roots: readonly [object, object], cutting: Cutting = {}): string {
  const both = bothWays(knowledge, text, {
    root: (index: number) => roots[index === 0 ? 0 : 1],
    merging: (plan, answers) => merge(plan, answers, cutting.variables ?? {}),
    ...cutting,
  });
  expect(both.plan.overlap).toBeDefined();
  return both.merged;
}

const overlapOf = (text: string): Plan['overlap'] => {
  const { plan } = planOf(knowledge, text);
  if (plan.kind === 'whole') throw new Error(plan.why);
  return plan.overlap;
};

it.each([
  ['of which no type has a key', '{ stamp { text } mine { text } }'],
  ['with other fields of one type', '{ user(id: 1) { name } me { nick } }'],
  ['with its key alone', '{ user(id: 1) { id } me { id } }'],
  ['in one place on the spine', '{ users { name seen best { name seen } } }'],
])('compares nothing of parts %s', (_, text) => {
  expect(overlapOf(text)).toBeUndefined();
});

it.each([
  ['one below its root field, and one not', '{ a: user(id: 1) { name } b: user(id: 1) { name seen } }'],
  [
    'one deeper than the other',
    '{ a: user(id: 1) { best { name } seen } b: user(id: 1) { best { name seen } seen } }',
  ],
])('puts together fields that ask for the same and are cut differently: %s', (_, text) => {
  const root = { user: user('1', { seen: 1, best: user('2', { seen: 2 }) }) };
  const both = bothWays(knowledge, text, {
    root,
    merging: (plan, answers) => merge(plan, answers, {}),
  });
  expect(both.plan.overlap).toBeDefined();
  expect(both.merged).toBe(both.whole);
});

const PAIRS: [what: string, text: string, before: object, after: object, outcome: 'key' | 'merged'][] = [
  ['the same', '{ user(id: 1) { name } me { name } }', { user: user('1') }, { me: user('1') }, 'merged'],
  [
    'two values of one field',
    '{ user(id: 1) { name } me { friends { name } } }',
    { user: user('1', { name: 'old' }) },
    { me: user('2', { friends: [user('3'), user('1')] }) },
    'key',
  ],
  [
    'under other aliases',
    '{ user(id: 1) { a: name } me { b: name } }',
    { user: user('1', { name: 'old' }) },
    { me: user('1') },
    'key',
  ],
  [
    'values of several objects',
    '{ users { name } me { name } }',
    { users: [user('1', { name: 'old' }), null, user('2')] },
    { me: user('2') },
    'merged',
  ],
  [
    'arguments that are equal, one by default',
    '{ user(id: 1) { nick } me { nick(long: false) } }',
    { user: user('1', { nick: 'old' }) },
    { me: user('1', { nick: 'new' }) },
    'key',
  ],
  [
    'other arguments',
    '{ user(id: 1) { nick } me { nick(long: true) } }',
    { user: user('1', { nick: 'short' }) },
    { me: user('1', { nick: 'long' }) },
    'merged',
  ],
  [
    'objects behind an interface',
    '{ named { name } me { name } }',
    { named: user('1', { name: 'old' }) },
    { me: user('1') },
    'key',
  ],
  [
    'objects behind a union, beside some without a key',
    '{ any { ... on User { name } ... on Cat { name } } me { name } }',
    { any: [{ __typename: 'Cat', name: 'Tom' }, user('1', { name: 'old' })] },
    { me: user('1') },
    'key',
  ],
  [
    'a field that leads to two objects',
    '{ user(id: 1) { best { name } } me { best { name } } }',
    { user: user('1', { best: user('2') }) },
    { me: user('1', { best: user('3') }) },
    'key',
  ],
  [
    'a null in one',
    '{ user(id: 1) { name } me { name } }',
    { user: user('1', { name: null }) },
    { me: user('1') },
    'key',
  ],
];

it.each(PAIRS)('P71 tells parts that differ from those that agree: %s', (_, text, before, after, outcome) => {
  const said = merged(text, [before, after]);
  if (outcome === 'key') expect(said).toBe('key');
  else expect(said).not.toMatch(/^key$|__part/);
});

it('leaves nothing in an answer that was added to compare its parts', () => {
  const root = {
    any: [user('1'), { __typename: 'Cat', name: 'Tom' }],
    me: user('1', { friends: [user('2')] }),
  };
  const both = bothWays(knowledge, '{ any { ... on User { name } } me { name friends { name } } now }', {
    root: { ...root, now: 1 },
  });
  expect(both.merged).toBe(both.whole);
});

it('reads equal arguments from variables', () => {
  const text = 'query ($long: Boolean) { user(id: 1) { nick(long: $long) } me { nick(long: true) } }';
  const roots = [{ user: user('1', { nick: 'old' }) }, { me: user('1', { nick: 'new' }) }] as const;
  expect(merged(text, roots, { variables: { long: true } })).toBe('key');
  expect(merged(text, roots, { variables: { long: false } })).not.toBe('key');
});
