import { buildSchema } from 'graphql';
import { analyse } from '../../src/policy/analyse';
import { readRules } from '../../src/policy/rules';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { Cleanup } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startChangingOrigin } from '../kit/changing-origin';
import { readOperation } from '../policy/read-operation';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

const SDL = `
  interface Node { id: ID! }
  type Page implements Node @cacheControl(maxAge: 60) { id: ID! title: String owner: Owner @cacheControl(maxAge: 60) }
  type Account implements Node @cacheControl(maxAge: 60, scope: PRIVATE) { id: ID! balance: Int }
  type Secret implements Node { id: ID! note: String @cacheControl(maxAge: 60, scope: PRIVATE) }
  type Team { name: String }
  union Owner = Account | Team
  interface Closed @cacheControl(scope: PRIVATE) { name: String }
  type Vault implements Closed @cacheControl(scope: PUBLIC) { name: String }
  type Safe implements Closed { name: String }
  type Query {
    node(id: ID!): Node @cacheControl(maxAge: 60)
    nodes(ids: [ID!]!): [Node]! @cacheControl(maxAge: 60)
    mine(id: ID!): Node @cacheControl(maxAge: 60, scope: PRIVATE)
    open(id: ID!): Node @cacheControl(maxAge: 60, scope: PUBLIC)
    page(id: ID!): Page
    pages: [Page!]! @cacheControl(maxAge: 60)
    account: Account
    closed: Closed @cacheControl(maxAge: 60)
  }
`;

describe('what may be private, by definition', () => {
  const schema = buildSchema(DIRECTIVES_SDL + SDL);
  const policyOf = (text: string) => {
    const { operation, fragments } = readOperation(text);
    const { scope, isOpen, decidedBy } = analyse(
      schema,
      readRules(schema, { defaultMaxAge: 60 }),
      operation,
      fragments,
    );
    return [isOpen ? 'open' : scope, decidedBy.scope];
  };

  it.each([
    ['an object behind an interface', '{ node(id: 1) { id } }', 'open', 'Query.node'],
    ['the same, PUBLIC by its field', '{ open(id: 1) { id } }', 'open', 'Query.open'],
    ['its members alone', '{ node(id: 1) { ... on Account { balance } } }', 'open', 'Query.node'],
    [
      'an object behind a union, in a list',
      '{ pages { owner { __typename } } }',
      'open',
      'Page.owner at pages.owner',
    ],
    ['PRIVATE by its field', '{ mine(id: 1) { id } }', 'PRIVATE', 'Query.mine'],
    ['a list', '{ nodes(ids: [1]) { id } }', 'PRIVATE', 'Query.nodes'],
    ['PRIVATE by its interface', '{ closed { name } }', 'PRIVATE', 'Query.closed'],
    ['beside what is PRIVATE', '{ node(id: 1) { id } account { id } }', 'PRIVATE', 'Query.account'],
    [
      'before a PRIVATE field',
      '{ node(id: 1) { ... on Secret { note } } }',
      'PRIVATE',
      'Secret.note at node.note',
    ],
    ['nothing of it', '{ page(id: 1) { title } }', 'PUBLIC', undefined],
  ])('%s', (_, text, said, by) => {
    expect(policyOf(text)).toEqual([said, by]);
  });
});

describe('an interface or union of which some types are PRIVATE', () => {
  const NODE = 'query ($id: ID!) { node(id: $id) { __typename id } }';
  const typeOf = ({ balance, title }: { balance?: number; title?: string }) =>
    balance === undefined ? (title === undefined ? 'Team' : 'Page') : 'Account';
  const objects: Record<string, object> = {
    page: { id: 'page', title: 'Home', owner: { name: 'us' } },
    owned: { id: 'owned', title: 'Ours', owner: { id: 'ada', balance: 1 } },
    free: { id: 'free', title: 'Nobody', owner: null },
    account: { id: 'account', balance: 7 },
  };
  const node = (_: unknown, { id }: { id: string }) => objects[id] ?? null;

  async function start(env: Record<string, string> = {}) {
    const origin = cleanup.add(
      await startChangingOrigin(DIRECTIVES_SDL + SDL, {
        Node: { __resolveType: typeOf },
        Owner: { __resolveType: typeOf },
        Closed: { __resolveType: () => 'Safe' },
        Query: {
          node,
          page: node,
          nodes: (_: unknown, { ids }: { ids: string[] }) => ids.map((id) => objects[id] ?? null),
        },
      }),
    );
    return cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }, { schema: SDL }));
  }

  it('P30 P32 is kept for those without credentials where it returned nothing PRIVATE, and shown to nobody else', async () => {
    const gateway = await start({ SESSION: 'header:authorization' });
    const ask = async (id: string, headers = {}, text = NODE) =>
      (await gateway.query(text, { variables: { id }, headers })).cacheStatus;
    const ada = { authorization: 'Bearer ada' };
    expect(await ask('page')).toBe('fwd=uri-miss; stored');
    expect(await ask('page')).toMatch(/^hit/);
    // A session's answer is its own.
    expect(await ask('page', ada)).toBe('fwd=uri-miss; stored');
    expect(await ask('page', ada)).toMatch(/^hit/);
    expect(await ask('page', { authorization: 'Bearer bob' })).toBe('fwd=uri-miss; stored');
    expect(await ask('page', { cookie: 'a=b' })).toBe('fwd=bypass; detail=private');
    expect(await ask('account', ada)).toBe('fwd=uri-miss; stored');
    for (const id of ['account', 'nothing', 'account', 'nothing'])
      expect(await ask(id)).toBe('fwd=uri-miss; detail=private');
    const owner = 'query ($id: ID!) { page(id: $id) { owner { __typename } } }';
    expect(await ask('page', {}, owner)).toBe('fwd=uri-miss; stored');
    for (const id of ['owned', 'free']) expect(await ask(id, {}, owner)).toBe('fwd=uri-miss; detail=private');
    expect(await ask('page', {}, 'query ($id: ID!) { nodes(ids: [$id]) { id } }')).toBe(
      'fwd=bypass; detail=private',
    );
  });

  it('P32 is for those without credentials only, where there are no sessions', async () => {
    const gateway = await start();
    const ask = async (headers = {}) =>
      (await gateway.query(NODE, { variables: { id: 'page' }, headers })).cacheStatus;
    expect(await ask()).toBe('fwd=uri-miss; stored');
    expect(await ask()).toMatch(/^hit/);
    expect(await ask({ authorization: 'Bearer ada' })).toBe('fwd=bypass; detail=private');
    expect(await ask({ cookie: 'sid=1' })).toBe('fwd=bypass; detail=private');
  });
});
