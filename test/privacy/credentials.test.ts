import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Cleanup } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startLocalServer } from '../kit/local-server';
import { CANARY_SDL, CanaryOrigin } from './canary-origin';
import { jwt } from './ways';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

const QUERY = '{ me { secret } }';
const BODY = JSON.stringify({ query: QUERY });

async function start(env: Record<string, string>, schema = CANARY_SDL) {
  const origin = cleanup.add(await new CanaryOrigin().start());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }, { schema }));
  return { origin, gateway };
}

/** Header lines as they are written, which no client library would let pass. @returns the whole answer */
async function raw({ port }: GatewayProcess, lines: readonly string[], body = BODY): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const head = [
    'POST /graphql HTTP/1.1',
    'Host: gateway',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...lines,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  return text(socket);
}

it('asks nobody for keys where it does not matter who is asking', async () => {
  let calls = 0;
  // It never answers.
  const { url: jwksUrl } = cleanup.add(await startLocalServer(() => calls++));
  const { gateway } = await start({ SESSION: 'jwt', JWKS_URL: jwksUrl });
  const headers = { authorization: `Bearer ${await jwt('ada')}` };
  const ask = () => gateway.query('{ page { title } }', { headers });
  expect((await ask()).cacheStatus).toBe('fwd=uri-miss; stored');
  expect((await ask()).cacheStatus).toMatch(/^hit/);
  expect((await gateway.query('{ undeclared }', { headers })).cacheStatus).toBe(
    'fwd=bypass; detail=no-policy',
  );
  expect(calls).toBe(0);
});

it('P30 P32 asks with the credentials of a request where upstream wants some, and keeps nothing of it', async () => {
  const { origin, gateway } = await start({ SESSION: 'header:authorization' });
  const ask = (user?: string) =>
    gateway.query('{ page { title } }', { headers: user ? { authorization: `Bearer ${user}` } : {} });
  origin.isClosed = true;
  for (const [user, calls] of [
    ['ada', 2],
    ['bob', 1],
    ['ada', 1],
  ] as const) {
    const before = origin.calls;
    const answer = await ask(user);
    expect(answer.data.page.title).toBe(`Home of ${origin.canary(user)}`);
    expect(answer.cacheStatus).toBe('fwd=bypass; detail=credentials');
    // Only the first is made to wait for what upstream refuses.
    expect(origin.calls - before).toBe(calls);
    const nobody = await ask();
    expect(nobody.errors?.[0]?.message).toBe('Sign in.');
    expect(nobody.cacheStatus).toBe('fwd=uri-miss; detail=error');
  }
  origin.isClosed = false;
  expect((await ask()).cacheStatus).toBe('fwd=uri-miss; stored');
  expect((await ask()).data.page.title).toBe('Home');
});

interface Case {
  readonly name: string;
  readonly session: string;
  readonly lines: readonly string[];
  /** whose secret the answer holds, when asked for twice */
  readonly owner?: string;
  /** it presents the very credential of the one who asked before */
  readonly isKept?: boolean;
}

describe('P30 credentials written in odd ways', () => {
  it.each<Case>([
    { name: 'another cookie', session: 'cookie:sid', lines: ['Cookie: sid=bob'], owner: 'bob' },
    {
      name: 'two Cookie headers',
      session: 'cookie:sid',
      lines: ['Cookie: theme=dark', 'Cookie: sid=bob'],
      owner: 'bob',
    },
    { name: 'two of the cookie', session: 'cookie:sid', lines: ['Cookie: sid=bob; sid=ada'], owner: 'bob' },
    {
      name: 'two of the cookie in two headers',
      session: 'cookie:sid',
      lines: ['Cookie: sid=bob', 'Cookie: sid=ada'],
      owner: 'bob',
    },
    { name: 'a cookie in quotes', session: 'cookie:sid', lines: ['Cookie: sid="ada"'], owner: '"ada"' },
    {
      name: 'a cookie in quotes with a semicolon',
      session: 'cookie:sid',
      lines: ['Cookie: sid="a; sid=ada"'],
      owner: '"a',
    },
    {
      name: 'a cookie with spaces',
      session: 'cookie:sid',
      lines: ['Cookie: sid = ada'],
      owner: 'ada',
      isKept: true,
    },
    { name: 'a cookie whose name differs in case', session: 'cookie:sid', lines: ['Cookie: SID=ada'] },
    { name: 'a cookie whose name ends so', session: 'cookie:sid', lines: ['Cookie: xsid=ada'] },
    { name: 'an empty cookie', session: 'cookie:sid', lines: ['Cookie: sid='] },
    // Upstream reads it otherwise than the gateway, and is asked each time.
    {
      name: 'an empty cookie before it',
      session: 'cookie:sid',
      lines: ['Cookie: sid=; sid=ada'],
      owner: 'ada',
    },
    {
      name: 'a cookie and a token of another',
      session: 'cookie:sid',
      lines: ['Cookie: sid=bob', 'Authorization: Bearer ada'],
      owner: 'bob',
    },
    {
      name: 'the cookie of our token',
      session: 'cookie:sid',
      lines: ['Cookie: lastmile-token=sid=ada; sid=bob'],
      owner: 'bob',
    },
    { name: 'a header of spaces', session: 'header:x-user', lines: ['X-User:   '], owner: '' },
    {
      name: 'two headers',
      session: 'header:x-user',
      lines: ['X-User: bob', 'x-user: ada'],
      owner: 'bob, ada',
    },
    {
      name: 'a header in other case',
      session: 'header:x-user',
      lines: ['X-USER: ada'],
      owner: 'ada',
      isKept: true,
    },
    {
      name: 'a header and a token of another',
      session: 'header:x-user',
      lines: ['X-User: bob', 'Authorization: Bearer ada'],
      owner: 'bob',
    },
    {
      name: 'a header and a cookie of another',
      session: 'header:x-user',
      lines: ['X-User: bob', 'Cookie: sid=ada'],
      owner: 'bob',
    },
    {
      name: 'a header that Connection takes away',
      session: 'header:x-user',
      lines: ['X-User: ada', 'Connection: x-user'],
    },
    {
      name: 'two tokens',
      session: 'header:authorization',
      lines: ['Authorization: Bearer bob', 'Authorization: Bearer ada'],
      owner: 'bob',
    },
    { name: 'a token in other case', session: 'header:authorization', lines: ['Authorization: bearer ada'] },
    {
      name: 'a token with a space',
      session: 'header:authorization',
      lines: ['Authorization: Bearer ada '],
      owner: 'ada',
      isKept: true,
    },
    {
      name: 'a token for a proxy',
      session: 'header:authorization',
      lines: ['Proxy-Authorization: Bearer ada'],
    },
  ])('$name', async ({ session, lines, owner, isKept = false }) => {
    const { origin, gateway } = await start({ SESSION: session });
    const adas = { 'cookie:sid': 'Cookie: sid=ada', 'header:x-user': 'X-User: ada' }[session];
    await raw(gateway, [adas ?? 'Authorization: Bearer ada']);
    for (const round of ['first', 'second']) {
      const answer = await raw(gateway, lines);
      expect({ round, of: origin.namesIn(answer) }).toEqual({
        round,
        of: owner === undefined ? [] : [owner],
      });
      // What is kept for ada is shown to who presents the same, and to nobody else.
      if (owner === 'ada') expect(/cache-status: [^\r]*; hit/i.test(answer)).toBe(isKept);
    }
  });

  it.each(['anonymous', 'none', 'null', 'undefined', '[]', '-', '+', '0', 'false'])(
    'a session called %s is no other than any other, and not the absence of one',
    async (name) => {
      const { origin, gateway } = await start({ SESSION: 'header:x-user', DEFAULT_MAX_AGE: '60' });
      const as = (headers: Record<string, string>) => gateway.query('{ undeclared }', { headers });
      const nobody = await as({});
      const named = await as({ 'x-user': name });
      expect(nobody.data.undeclared).toBeNull();
      expect(named.data.undeclared).toBe(origin.canary(name));
      expect((await as({})).data.undeclared).toBeNull();
      expect((await as({ 'x-user': name })).data.undeclared).toBe(origin.canary(name));
    },
  );

  it('a header of VARY keeps apart what is there and empty, what is not, and what another says', async () => {
    const { gateway } = await start({ VARY: 'x-user, x-tenant', SESSION: 'header:authorization' });
    const query = '{ echo(name: "x-user") t: echo(name: "x-tenant") }';
    const as = async (lines: string[]) => {
      const answer = await raw(gateway, lines, JSON.stringify({ query }));
      return JSON.parse(answer.slice(answer.indexOf('{"'), answer.lastIndexOf('}') + 1)).data;
    };
    const all = [
      [],
      ['X-User:'],
      ['X-User: a'],
      ['X-User: -'],
      ['X-Tenant: a'],
      ['X-User: a', 'X-Tenant: +a'],
    ];
    for (const lines of [...all, ...all]) {
      const of = (name: string) => lines.find((line) => line.startsWith(name))?.split(': ')[1] ?? '';
      expect(await as(lines)).toEqual({ echo: of('X-User'), t: of('X-Tenant') });
    }
  });
});
