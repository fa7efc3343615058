import { GraphQLError } from 'graphql';
import { SignJWT } from 'jose';
import { Members } from '../../src/gateway/members';
import { NO_SESSION, type Session } from '../../src/gateway/session';
import { positionAt } from '../../src/purge/position';
import { PurgeTable } from '../../src/purge/table';
import { startChangingOrigin } from '../kit/changing-origin';
import { Cleanup } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { SECRET, jwt } from './ways';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

const SDL = `
  type Page @cacheControl(maxAge: 60) { id: ID! title: String note: String @cacheControl(scope: PRIVATE) plain: Other }
  type Other { text: String }
  type Query { page(id: ID!): Page }
  type Mutation { leave: Boolean }
`;
const PAGE = 'query ($id: ID!) { page(id: $id) { title } }';

interface Api {
  readonly gateway: GatewayProcess;
  /** credentials that upstream lets in */
  readonly known: Set<string>;
  calls: number;
  /** what happens, once, after upstream let a request in and before it answers */
  beforeAnswer: (() => Promise<void>) | undefined;
}

/** An API that is wholly behind a login. @param name of the header it reads */
async function start(name: string, env: Record<string, string>): Promise<Api> {
  const known = new Set<string>();
  const api: Omit<Api, 'gateway'> = { known, calls: 0, beforeAnswer: undefined };
  const origin = cleanup.add(
    await startChangingOrigin(SDL.replaceAll(/@cacheControl\([^)]*\)/g, ''), {
      Query: {
        page: async (_: unknown, { id }: { id: string }, { request }: { request: Request }) => {
          api.calls++;
          if (!known.has(request.headers.get(name) ?? '')) throw new GraphQLError('Sign in.');
          const { beforeAnswer } = api;
          api.beforeAnswer = undefined;
          await beforeAnswer?.();
          return { id, title: `Page ${id}`, note: 'mine', plain: { text: 'x' } };
        },
      },
      Mutation: { leave: () => true },
    }),
  );
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, SHARED_CREDENTIALS: 'session', ...env }, { schema: SDL }),
  );
  return Object.assign(api, { gateway });
}

const statusOf = async ({ gateway }: Api, id: string, headers = {}, text = PAGE): Promise<string> => {
  const answer = await gateway.query(text, { variables: { id }, headers });
  expect(answer.errors ?? answer.data.page).toBeDefined();
  return answer.errors ? `refused ${answer.cacheStatus}` : answer.cacheStatus;
};

describe('an API that answers nobody without credentials', () => {
  it('P32 shares what is declared PUBLIC among all whose token is verified, and with nobody else', async () => {
    const api = await start('authorization', { SESSION: 'jwt', JWT_SECRET: SECRET });
    const headersOf = async (user: string) => ({ authorization: `Bearer ${await jwt(user)}` });
    const ada = await headersOf('ada');
    const bob = await headersOf('bob');
    for (const { authorization } of [ada, bob]) api.known.add(authorization);
    expect(await statusOf(api, '1', ada)).toBe('fwd=uri-miss; stored');
    expect(await statusOf(api, '1', ada)).toMatch(/^hit/);
    expect(await statusOf(api, '1', bob)).toMatch(/^hit/);
    expect(api.calls).toBe(1);
    for (const headers of [{}, { authorization: 'Bearer made.up.token' }, { cookie: 'sid=1' }])
      expect(await statusOf(api, '1', headers)).toMatch(/^refused fwd=/);
    const forged = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('ada')
      .sign(new TextEncoder().encode(`${SECRET}?`));
    expect(await statusOf(api, '1', { authorization: `Bearer ${forged}` })).toMatch(/^refused fwd=/);
    // What is one session's, or declared by nobody, is not shared.
    const note = 'query ($id: ID!) { page(id: $id) { note } }';
    expect(await statusOf(api, '1', ada, note)).toBe('fwd=uri-miss; stored');
    expect(await statusOf(api, '1', bob, note)).toBe('fwd=uri-miss; stored');
    const plain = 'query ($id: ID!) { page(id: $id) { plain { text } } }';
    for (const user of [ada, bob, ada]) expect(await statusOf(api, '1', user, plain)).not.toMatch(/^hit/);
  });

  it('P32 takes a session that nobody here can check for one once upstream has let it in', async () => {
    const api = await start('x-key', { SESSION: 'header:x-key' });
    const [ada, bob, made] = ['ada', 'bob', 'made up'].map((key) => ({ 'x-key': key }));
    api.known.add('ada').add('bob');
    expect(await statusOf(api, '1', ada)).toBe('fwd=bypass; detail=credentials');
    expect(await statusOf(api, '1', ada)).toBe('fwd=uri-miss; stored');
    expect(await statusOf(api, '1', ada)).toMatch(/^hit/);
    // Upstream has said nothing of this one yet.
    expect(await statusOf(api, '1', bob)).toBe('fwd=bypass; detail=credentials');
    expect(await statusOf(api, '1', bob)).toMatch(/^hit/);
    for (let round = 0; round < 3; round++) {
      expect(await statusOf(api, '1', made)).toMatch(/^refused fwd=/);
      expect(await statusOf(api, '1')).toMatch(/^refused fwd=/);
    }
    // With two credentials it would not be known which of them let it in.
    const both = { 'x-key': 'ada', authorization: 'Bearer x' };
    expect(await statusOf(api, '2', { ...both, 'x-key': 'made up' })).toMatch(/^refused fwd=/);
    // Upstream refuses it from now on, at the latest when it is asked the next time.
    api.known.delete('ada');
    expect(await statusOf(api, '3', ada)).toMatch(/^refused fwd=/);
    expect(await statusOf(api, '1', ada)).toMatch(/^refused fwd=/);
  });

  it('P32 lets a session in only with the URL parameters that upstream did', async () => {
    const api = await start('x-key', { SESSION: 'header:x-key' });
    api.known.add('ada').add('bob');
    const ask = (key: string, search: string) =>
      api.gateway.send({
        path: `/graphql${search}`,
        headers: { 'content-type': 'application/json', 'x-key': key },
        body: JSON.stringify({ query: PAGE, variables: { id: '1' } }),
      });
    for (const key of ['ada', 'bob'])
      for (const search of key === 'ada' ? ['', '?tenant=a', '?tenant=a'] : ['', '']) await ask(key, search);
    expect((await ask('ada', '?tenant=a')).cacheStatus).toMatch(/^hit/);
    // Upstream has not said yet what this one may see of that tenant.
    expect((await ask('bob', '?tenant=a')).cacheStatus).toBe('fwd=bypass; detail=credentials');
    expect((await ask('bob', '?tenant=a')).cacheStatus).toMatch(/^hit/);
  });

  it.each([
    ['it logs out', { mutation: true, during: false }],
    ['it is purged', { mutation: false, during: false }],
    ['it logs out while upstream is still letting it in', { mutation: true, during: true }],
  ])(
    'P36 lets a session that upstream let in prove itself again once %s',
    async (_, { mutation, during }) => {
      const api = await start('x-key', { SESSION: 'header:x-key' });
      const [ada, bob] = ['ada', 'bob'].map((key) => ({ 'x-key': key }));
      api.known.add('ada').add('bob');
      const leave = async (): Promise<void> => {
        api.known.delete('ada');
        if (mutation) await api.gateway.query('mutation { leave }', { headers: ada! });
        else
          await fetch(`${api.gateway.adminUrl}/purge`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ sessions: ['ada'] }),
          });
      };
      for (let round = 0; round < 3; round++) await statusOf(api, '1', bob);
      if (during) api.beforeAnswer = leave;
      await statusOf(api, '1', ada);
      if (!during) {
        expect(await statusOf(api, '1', ada)).toMatch(/^hit/);
        await leave();
      }
      expect(await statusOf(api, '1', ada)).toMatch(/^refused fwd=/);
      expect(await statusOf(api, '1', bob)).toMatch(/^hit/);
    },
  );

  it('gives nobody what upstream said to another, also where they asked together', async () => {
    const api = await start('x-key', { SESSION: 'header:x-key' });
    api.known.add('ada').add('bob');
    for (const key of ['ada', 'bob'])
      expect(await statusOf(api, '1', { 'x-key': key })).toMatch(/credentials/);
    api.known.delete('ada');
    const answers = await Promise.all(
      ['ada', 'bob', 'bob'].map((key) => statusOf(api, '9', { 'x-key': key })),
    );
    expect(answers[0]).toMatch(/^refused fwd=/);
    for (const answer of answers.slice(1)) expect(answer).toMatch(/^fwd=/);
  });
});

describe('the sessions that upstream lets in', () => {
  const session = (id: string, isChecked = false): Session => ({
    kind: 'verified',
    id,
    isChecked,
    tags: [],
    forward: {},
  });

  const table = new PurgeTable();
  table.restart([{ position: positionAt(1, 0), purges: [] }]);

  it('are so for a minute, each with what it was let in with', () => {
    const members = new Members(table);
    members.admit(session('a'), ['+de'], { now: 0, asOf: table.position });
    expect(members.has(session('a'), ['+de'], 59_999)).toBe(true);
    expect(members.has(session('a'), ['+de'], 60_000)).toBe(false);
    expect(members.has(session('a'), ['+en'], 0)).toBe(false);
    expect(members.has(session('b'), ['+de'], 0)).toBe(false);
    members.dismiss(session('a'), ['+de']);
    expect(members.has(session('a'), ['+de'], 1)).toBe(false);
  });

  it('are those whose token is verified, always', () => {
    const members = new Members(table);
    expect(members.has(session('a', true), [], 0)).toBe(true);
    members.admit(NO_SESSION, [], { now: 0, asOf: table.position });
    expect(members.has(NO_SESSION, [], 0)).toBe(false);
  });
});
