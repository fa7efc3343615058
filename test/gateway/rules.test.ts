import fc from 'fast-check';
import { explainOperation } from '../../src/explain/explain';
import { Client } from '../../src/gateway/client';
import type { GatewayRequest } from '../../src/gateway/request';
import { decide, type RuleSettings } from '../../src/gateway/rules';
import { STORE_RULES, whyNotStored, type AnswerFacts } from '../../src/gateway/store-rules';
import { createSessions } from '../../src/gateway/session';
import { bind } from '../../src/operation/bound-operation';
import { readRules } from '../../src/policy/rules';
import { NO_HINTS } from '../../src/upstream/storage-hints';
import { compiled, knowledgeOf } from '../answer/harness';
import { generateOperations } from '../policy/generate-operations';
import { UrlParameters } from '../../src/gateway/url-parameters';

const knowledge = knowledgeOf(`
  type Query {
    page(id: Int): Page @cacheControl(maxAge: 60)
    me: Person @cacheControl(maxAge: 60, scope: PRIVATE)
    plain: String
    zero: Int @cacheControl(maxAge: 0)
    news: [Page!]! @cacheControl(maxAge: 30, scope: PUBLIC)
  }
  type Mutation { rename: Page }
  type Subscription { renamed: Page }
  type Page @cacheControl(maxAge: 60) { id: ID!  title: String  stock: Int @cacheControl(maxAge: 0)  author: Person }
  type Person { id: ID!  name: String  pages: [Page!]! @cacheControl(inheritMaxAge: true) }
`);
const lenient = { ...knowledge, rules: readRules(knowledge.schema, { defaultMaxAge: 30 }) };

const NOBODY: RuleSettings = {
  session: undefined,
  sessionHeader: undefined,
  vary: [],
  forward: [],
  sharesAmongSessions: false,
  serve: true,
  without: [],
};

/** What a request with these headers is decided to be. */
function decided(text: string, headers: GatewayRequest['headers'], settings = NOBODY, known = knowledge) {
  const operation = compiled(known, text);
  const name = settings.sessionHeader;
  const [kind, cookie] = settings.session?.split(':') ?? [];
  const sessions = createSessions(
    kind === undefined
      ? undefined
      : kind === 'cookie'
        ? { kind: 'cookie', name: cookie! }
        : { kind: 'header', name: name! },
    Date.now,
  );
  const client = new Client(
    { method: 'POST', search: '', headers, body: Buffer.alloc(0) },
    {
      rules: settings,
      sessions,
      pass: [],
      parameters: new UrlParameters([], undefined),
      tokenCookie: false,
      debugs: 'nobody',
    },
  );
  const session = client.session();
  if (session instanceof Promise) throw new Error('no session of these tests needs keys');
  const id = session.kind === 'verified' ? session.id : undefined;
  const decision = decide(
    bind(operation, {}),
    { facts: client, session: id, isMember: settings.sharesAmongSessions && id !== undefined, now: 0 },
    settings,
  );
  return { operation, decision, said: decision.kind === 'bypass' ? decision.why : decision.scope };
}

const BY_HEADER: RuleSettings = {
  ...NOBODY,
  session: 'header:authorization',
  sessionHeader: 'authorization',
};
const BY_COOKIE: RuleSettings = { ...NOBODY, session: 'cookie:sid', sessionHeader: 'cookie' };

describe('what may be looked up, and whose it is', () => {
  it.each([
    ['a public query', '{ page { title } }', {}, NOBODY, 'shared'],
    ['the same with credentials', '{ page { title } }', { authorization: 'a' }, NOBODY, 'shared'],
    ['a private query of nobody', '{ me { name } }', {}, NOBODY, 'private'],
    ['a private query without a session', '{ me { name } }', { cookie: 'a=1' }, BY_COOKIE, 'private'],
    ['our own cookie alone', '{ me { name } }', { cookie: 'lastmile-token=1-1' }, BY_COOKIE, 'private'],
    ['an undeclared field', '{ plain }', {}, NOBODY, 'no-policy'],
    ['a field of maxAge 0', '{ zero }', {}, NOBODY, 'no-policy'],
    ['the schema itself', '{ __schema { queryType { name } } }', {}, NOBODY, 'introspection'],
    ['a mutation', 'mutation { rename { id } }', {}, NOBODY, 'mutation'],
    ['a subscription', 'subscription { renamed { id } }', {}, NOBODY, 'subscription'],
    [
      'a forwarded header',
      '{ page { title } }',
      { 'x-a': '1' },
      { ...NOBODY, forward: ['x-a'] },
      'unkeyed-header',
    ],
    ['one that is not sent', '{ page { title } }', {}, { ...NOBODY, forward: ['x-a'] }, 'shared'],
    [
      'one that is in the key too',
      '{ page { title } }',
      { 'x-a': '1' },
      { ...NOBODY, forward: ['x-a'], vary: ['x-a'] },
      'shared',
    ],
    [
      'a second credential',
      '{ me { name } }',
      { authorization: 'a', cookie: 'b=1' },
      BY_HEADER,
      'unkeyed-header',
    ],
  ] as const)('%s: %#', (_, text, headers, settings, said) => {
    const { decision } = decided(text, headers, settings as RuleSettings);
    expect(decision.kind === 'bypass' ? decision.why : decision.scope).toBe(said);
  });

  it('keeps a private answer under its session', () => {
    const mine = decided('{ me { name } }', { authorization: 'a' }, BY_HEADER);
    const yours = decided('{ me { name } }', { authorization: 'b' }, BY_HEADER);
    expect(mine.said).toBe('private');
    expect(mine.decision).toMatchObject({ kind: 'lookup', scope: 'private' });
    expect(mine.decision).not.toEqual(yours.decision);
  });

  it.each([
    ['without credentials', {}, NOBODY, 'shared'],
    ['with credentials of nobody known', { authorization: 'a' }, NOBODY, 'credentials'],
    ['with a session', { authorization: 'a' }, BY_HEADER, 'private'],
  ] as const)('shares a default maxAge only %s', (_, headers, settings, said) => {
    expect(decided('{ plain }', headers, settings, lenient).said).toBe(said);
  });
});

describe('what `lastmile explain` says beforehand', () => {
  const texts = [
    ...generateOperations(knowledge.schema, { seed: 11, count: 150, maxDepth: 4, breadth: 2 }),
    'mutation { rename { id } }',
    'subscription { renamed { id } }',
    '{ me { name } }',
    '{ plain }',
    '{ page { title } }',
    '{ __schema { queryType { name } } }',
  ];
  const names = ['authorization', 'cookie', 'x-a', 'x-b'] as const;
  const headersOf = fc.record(
    {
      authorization: fc.constant('Bearer a'),
      cookie: fc.constantFrom('sid=1', 'a=1; sid=2', 'b=1', 'lastmile-token=1-1'),
      'x-a': fc.constant('1'),
      'x-b': fc.constant(''),
    },
    { requiredKeys: [] },
  );
  const settingsOf = fc
    .record({
      vary: fc.subarray([...names]),
      forward: fc.subarray([...names]),
      sharesAmongSessions: fc.boolean(),
      by: fc.constantFrom(undefined, 'header:authorization', 'header:x-a', 'cookie:sid'),
      serve: fc.constantFrom(true, true, true, false),
      without: fc.constantFrom([], [], ['*a*']),
    })
    .map(({ by, ...all }): RuleSettings => {
      const sessionHeader = by && (by.startsWith('cookie') ? 'cookie' : by.slice('header:'.length));
      return { ...all, session: by, sessionHeader };
    });

  it('is what the gateway then does, for any operation, headers and settings', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        headersOf,
        settingsOf,
        fc.constantFrom(knowledge, lenient),
        (text, headers, settings, known) => {
          const { operation, decision } = decided(text, headers, settings, known);
          const { obstacles, kept } = explainOperation(known, settings, operation, {
            variables: {},
            isLogged: false,
          });
          const always = obstacles.filter(({ when }) => when === undefined);
          met.add(decision.kind === 'bypass' ? decision.why : decision.scope);
          if (decision.kind === 'bypass')
            expect(obstacles.map(({ reason }) => reason)).toContain(decision.why);
          if (always.length > 0) expect(decision).toEqual({ kind: 'bypass', why: always[0]!.reason });
          expect(kept === 'never').toBe(always.length > 0);
          if (obstacles.length === 0) expect(decision.kind).toBe('lookup');
          if (decision.kind === 'lookup' && kept === 'for one session')
            expect(decision.scope).toBe('private');
        },
      ),
      { numRuns: 3000 },
    );
    // The comparison is worth something only where all of it is met.
    expect([...met].sort()).toEqual([
      'credentials',
      'excluded',
      'introspection',
      'members',
      'mutation',
      'no-policy',
      'off',
      'private',
      'shared',
      'subscription',
      'unkeyed-header',
    ]);
  });
});

describe('what may be stored', () => {
  const good: AnswerFacts = {
    isClean: true,
    saysOk: true,
    setsCookie: false,
    allowedFor: 60,
    isTagged: true,
    hints: NO_HINTS,
    mayBePrivate: false,
    scope: 'shared',
  };

  it.each([
    ['an answer like any', {}, undefined],
    ['errors', { isClean: false }, 'error'],
    ['a status of failure', { saysOk: false }, 'status'],
    ['a cookie', { setsCookie: true }, 'set-cookie'],
    ['nothing that may be kept', { allowedFor: 0 }, 'no-policy'],
    ['a maxAge that is no number', { allowedFor: NaN }, 'no-policy'],
    ['an object without its key', { isTagged: false }, 'untagged'],
    ['upstream: no-store', { hints: { ...NO_HINTS, maxAge: 0 } }, 'upstream'],
    ['upstream: as old as it may get', { hints: { ...NO_HINTS, maxAge: 30, age: 30 } }, 'upstream'],
    ['what may be PRIVATE, for all', { mayBePrivate: true }, 'private'],
    ['what may be PRIVATE, for one', { mayBePrivate: true, scope: 'private' }, undefined],
    ['upstream: private, for all', { hints: { ...NO_HINTS, isPrivate: true } }, 'upstream'],
    ['upstream: private, for one', { hints: { ...NO_HINTS, isPrivate: true }, scope: 'private' }, undefined],
    ['errors before all else', { isClean: false, setsCookie: true, allowedFor: 0 }, 'error'],
  ] as const)('%s', (_, differing, why) => {
    expect(whyNotStored({ ...good, ...(differing as Partial<AnswerFacts>) })).toBe(why);
  });

  it('is said by reasons of the list, each once', () => {
    const reasons = STORE_RULES.map(({ reason }) => reason);
    expect(new Set(reasons).size).toBe(reasons.length);
  });
});
