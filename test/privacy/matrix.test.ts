import { SignJWT } from 'jose';
import { Cleanup } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { until } from '../kit/until';
import { CANARY_SDL, CanaryOrigin } from './canary-origin';
import { jwt, SECRET, USERS, WAYS, type User } from './ways';

/** Every way to ask for something private that hides it from a look at the answer's keys. */
const PRIVATE = [
  '{ me { secret } }',
  '{ x: me { y: secret } }',
  '{ me { ...F } } fragment F on Me { secret }',
  '{ me { __typename @skip(if: true) s: secret } }',
  '{ mine { ... on Me { s: secret } } }',
  '{ thing { ... on Me { secret } } }',
  '{ page { title n: note } }',
  'query ($no: Boolean = false) { page { title } me @skip(if: $no) { secret } }',
];

describe.each(Object.entries(WAYS))('two users who say who they are by: %s', (way, { env, as }) => {
  const cleanup = new Cleanup();
  let origin: CanaryOrigin;
  let gateway: GatewayProcess;
  const headers = {} as Record<User, Record<string, string>>;

  beforeAll(async () => {
    origin = cleanup.add(await new CanaryOrigin().start());
    gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }, { schema: CANARY_SDL }));
    for (const user of USERS) headers[user] = { ...(await as(user)) };
  });
  afterAll(() => cleanup.run());

  const ask = (user: User | undefined, query: string, more: object = {}) =>
    gateway.query(query, { headers: user ? headers[user] : {}, ...more });

  function expectOnly(user: User | undefined, answer: Answer) {
    for (const other of USERS) if (other !== user) expect(answer.text).not.toContain(origin.canary(other));
  }

  it.each(PRIVATE)("P30 P31 shows nobody another's answer, cold and hot: %s", async (query) => {
    for (let round = 0; round < 3; round++) {
      for (const user of [...USERS, undefined]) {
        const answer = await ask(user, query);
        expectOnly(user, answer);
        if (user) expect(answer.text).toContain(origin.canary(user));
        if (user && round > 0 && way !== 'none') expect(answer.cacheStatus).toMatch(/^hit/);
        // Without credentials it is a page, which nobody else has to know.
        if (!user && query.includes('thing')) expect(answer.cacheStatus).toMatch(/^hit|stored$/);
        else if (way === 'none' || !user) expect(answer.cacheStatus).toMatch(/detail=private/);
      }
    }
  });

  it("P30 shows nobody another's answer when all ask at once", async () => {
    const release = origin.hold();
    const all = Array.from({ length: 60 }, (_, index) => ({
      user: USERS[index % 2]!,
      query: `{ me { secret } a${index % 3}: __typename }`,
    }));
    const answers = all.map(({ user, query }) => ask(user, query));
    release();
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      expectOnly(all[index]!.user, answer);
      expect(answer.text).toContain(origin.canary(all[index]!.user));
    }
  });

  it("P30 answers 304 to nobody for another's ETag", async () => {
    const query = '{ me { id secret } }';
    const mine = await ask('ada', query, { method: 'GET' });
    const etag = (await ask('ada', query, { method: 'GET' })).headers.etag ?? mine.headers.etag;
    const answer = await gateway.query(query, {
      method: 'GET',
      headers: { ...headers.bob, 'if-none-match': etag ?? '"x"' },
    });
    expect(answer.status).toBe(200);
    expectOnly('bob', answer);
  });

  it("P30 shows nobody another's error", async () => {
    for (const user of USERS) {
      const answer = await ask(user, '{ fail { title } }');
      expectOnly(user, answer);
      expect(answer.errors?.length).toBe(1);
      expect(answer.cacheStatus).not.toMatch(/stored|hit/);
    }
  });

  it('P32 does not share an answer made with credentials unless all of it is declared', async () => {
    for (const user of USERS) {
      const answer = await ask(user, '{ undeclared }');
      expectOnly(user, answer);
      expect(answer.cacheStatus).not.toMatch(/stored|hit/);
    }
  });

  it("shares what is public with those who are signed in, and asks for it in nobody's name", async () => {
    const query =
      '{ echo(name: "authorization") c: echo(name: "cookie") u: echo(name: "x-user") page { title } }';
    const first = await ask('ada', query);
    expect(first.data).toEqual({ echo: '', c: '', u: '', page: { title: 'Home' } });
    expect((await ask('bob', query)).cacheStatus).toMatch(/^hit/);
    expect((await ask(undefined, query)).cacheStatus).toMatch(/^hit/);
  });

  it("P30 keeps each user's answer its own while a change of one refreshes both", async () => {
    const query = '{ me { secret id } page { id } }';
    for (const user of USERS) await ask(user, query);
    await ask('ada', 'mutation { touch { id } }');
    await until('both have been asked for again', async () => {
      for (const user of USERS) {
        const answer = await ask(user, query);
        expectOnly(user, answer);
        expect(answer.text).toContain(origin.canary(user));
      }
      return true;
    });
  });
});

describe('a token that proves nothing', () => {
  const cleanup = new Cleanup();
  afterAll(() => cleanup.run());

  it("P30 is nobody's session: unsigned, badly signed, expired, without the claim", async () => {
    const origin = cleanup.add(await new CanaryOrigin().start());
    const gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url, ...WAYS['jwt']!.env }, { schema: CANARY_SDL }),
    );
    const good = `Bearer ${await jwt('ada')}`;
    await gateway.query('{ me { secret } }', { headers: { authorization: good } });
    expect(
      (await gateway.query('{ me { secret } }', { headers: { authorization: good } })).cacheStatus,
    ).toMatch(/^hit/);
    const other = new TextEncoder().encode('another secret of thirty-two bytes...');
    const head = Buffer.from('{"alg":"none"}').toString('base64url');
    const body = Buffer.from('{"sub":"ada"}').toString('base64url');
    const bad = [
      `${head}.${body}.`,
      await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject('ada').sign(other),
      await new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('ada')
        .setExpirationTime(1)
        .sign(new TextEncoder().encode(SECRET)),
      await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET)),
      'not.a.token',
      '',
    ];
    for (const token of bad) {
      const answer = await gateway.query('{ me { secret } }', {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.cacheStatus).toMatch(/^fwd=bypass; detail=private/);
    }
  });
});
