/** Who changes something under a session is not shown what that session saw before, and nobody else loses anything. */
import { SignJWT } from 'jose';
import { createSessions } from '../../src/gateway/session';
import { sessionTag } from '../../src/purge/tag';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';
import { SECRET, WAYS } from './ways';

const cleanup = cleanupAfterEach();

const VIEWER = '{ viewer { name } }';
const KETTLE = '{ product(id: "1") { name } }';
/** Nothing that it returns or declares says what it changes: a log-out may look like this. */
const NOTHING = 'mutation { touchNothing }';
const HIT = expect.stringMatching(/^hit/) as string;
const PURGED = expect.stringContaining('detail=purged') as string;

type Headers = Record<string, string>;

async function start(env: Record<string, string>, options: Parameters<typeof startGateway>[1] = {}) {
  const origin = cleanup.add(await startOrigin());
  return cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }, options));
}

const statuses = (gateway: GatewayProcess, all: readonly (readonly [string, Headers])[]) =>
  Promise.all(all.map(async ([query, headers]) => (await gateway.query(query, { headers })).cacheStatus));

async function purge(gateway: GatewayProcess, body: object): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${gateway.adminUrl}/purge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

const signed = (claims: Record<string, unknown>) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));

describe('P36 a mutation made under a session', () => {
  it.each(Object.keys(WAYS).filter((way) => way !== 'none'))(
    'P36 purges the private answers of that session, and of no other: %s',
    async (name) => {
      const { env, as } = WAYS[name]!;
      const gateway = await start(env);
      const [ada, bob] = await Promise.all(['ada', 'bob'].map(as));
      const all = [
        [VIEWER, ada!],
        [VIEWER, bob!],
        [KETTLE, {}],
      ] as const;
      await statuses(gateway, all);
      expect(await statuses(gateway, all)).toEqual([HIT, HIT, HIT]);
      const { token } = await gateway.query(NOTHING, { headers: ada! });
      expect(token).toMatch(/^\d+-\d+$/);
      expect(await statuses(gateway, all)).toEqual([PURGED, HIT, HIT]);
      // Without a session there is nothing to purge.
      expect((await gateway.query(NOTHING)).token).toBeUndefined();
      expect(await statuses(gateway, all)).toEqual([HIT, HIT, HIT]);
    },
  );

  it('P36 does so in every gateway', async () => {
    const redis = cleanup.add(await startPrimary());
    const { env, as } = WAYS['jwt']!;
    const [one, other] = await Promise.all([1, 2].map(() => start({ ...env, REDIS_URL: redis.url })));
    const ada = await as('ada');
    await statuses(other!, [[VIEWER, ada]]);
    expect(await statuses(other!, [[VIEWER, ada]])).toEqual([HIT]);
    await one!.query(NOTHING, { headers: ada });
    await until('the other refuses it', async () =>
      (await statuses(other!, [[VIEWER, ada]]))[0]!.includes('purged'),
    );
  });

  it('P36 leaves them alone where `@purges(session: false)` says so of all its fields', async () => {
    const schema = shopTypes.replace(
      'touchNothing: Boolean!',
      'touchNothing: Boolean! @purges(session: false)',
    );
    const { env, as } = WAYS['header']!;
    const gateway = await start(env, { schema });
    const ada = await as('ada');
    await statuses(gateway, [[VIEWER, ada]]);
    expect((await gateway.query(NOTHING, { headers: ada })).token).toBeUndefined();
    expect(await statuses(gateway, [[VIEWER, ada]])).toEqual([HIT]);
    await gateway.query('mutation { touchNothing likeProduct(id: "2") { id } }', { headers: ada });
    expect(await statuses(gateway, [[VIEWER, ada]])).toEqual([PURGED]);
  });

  it('P02 P36 lets nobody wait for a call that began before it', async () => {
    const origin = cleanup.add(await startOrigin());
    const { env, as } = WAYS['header']!;
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
    const headers = await as('ada');
    const held = origin.hold('viewer');
    const before = gateway.query(VIEWER, { headers });
    await held.arrived;
    await gateway.query(NOTHING, { headers });
    const after = gateway.query(VIEWER, { headers });
    await until('upstream is asked again', () => held.count === 2);
    held.release();
    expect((await Promise.all([before, after])).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('P21 P36 is still reported when it yields nothing else', async () => {
    const { log, lines } = takeDownLog();
    const { env, as } = WAYS['header']!;
    const gateway = await start(env, { log });
    await gateway.query(NOTHING, { headers: await as('ada') });
    expect(lines.map(({ msg }) => msg)).toContain('a mutation ran and yielded nothing to purge');
  });

  it.each(['500', 'destroy', 'errors'] as const)('P06 P36 purges them when it fails: %s', async (fault) => {
    const origin = cleanup.add(await startOrigin());
    const { env, as } = WAYS['header']!;
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
    const ada = await as('ada');
    await statuses(gateway, [[VIEWER, ada]]);
    origin.fail(fault, 1);
    await gateway.query(NOTHING, { headers: ada });
    expect(await statuses(gateway, [[VIEWER, ada]])).toEqual([PURGED]);
  });

  it('P36 purges them though its token has just expired, which upstream may see otherwise', async () => {
    const { env } = WAYS['jwt']!;
    const gateway = await start(env);
    const ada = { authorization: `Bearer ${await signed({ sub: 'ada' })}` };
    await statuses(gateway, [[VIEWER, ada]]);
    const expired = await new SignJWT({ sub: 'ada' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('-1s')
      .sign(new TextEncoder().encode(SECRET));
    await gateway.query(NOTHING, { headers: { authorization: `Bearer ${expired}` } });
    expect(await statuses(gateway, [[VIEWER, ada]])).toEqual([PURGED]);
    // What nobody signed is nobody's.
    const forged = expired.replace(/[^.]*$/, 'AAAA');
    await gateway.query(NOTHING, { headers: { authorization: `Bearer ${forged}` } });
    expect(await statuses(gateway, [[VIEWER, ada]])).toEqual([HIT]);
  });
});

describe('P36 a purge of sessions', () => {
  it.each([
    ['header', { 'x-user': 'user-7' }, { 'x-user': 'user-8' }, 'header:x-user'],
    ['cookie', { cookie: 'a=1; sid=user-7' }, { cookie: 'sid=user-8' }, 'cookie:sid'],
  ])('P36 takes the raw value: %s', async (_, seven, eight, session) => {
    const gateway = await start({ SESSION: session });
    const all = [
      [VIEWER, seven],
      [VIEWER, eight],
    ] as [string, Headers][];
    await statuses(gateway, all);
    const { status, json } = await purge(gateway, { sessions: ['user-7'] });
    expect([status, json]).toEqual([200, { position: expect.any(String) as string, tags: [], sessions: 1 }]);
    expect(await statuses(gateway, all)).toEqual([PURGED, HIT]);
  });

  it.each(['jwt', 'jwt:sub,scope'])(
    'P36 takes the first claim of tokens, whatever else is in them: %s',
    async (SESSION) => {
      const gateway = await start({ SESSION, JWT_SECRET: SECRET });
      const tokens = [
        { sub: 'user-7', scope: 'a' },
        { sub: 'user-7', scope: 'b', iss: 'x' },
        { sub: 'user-8', scope: 'a' },
      ];
      const all: [string, Headers][] = [];
      for (const claims of tokens) all.push([VIEWER, { authorization: `Bearer ${await signed(claims)}` }]);
      await statuses(gateway, all);
      await purge(gateway, { sessions: ['user-7'], tags: ['Product:1'] });
      expect(await statuses(gateway, all)).toEqual([PURGED, PURGED, HIT]);
    },
  );

  it('P36 takes bytes for what they are, also of a value that is not ASCII', async () => {
    const sessions = createSessions({ kind: 'header', name: 'x-user' }, Date.now);
    const session = await sessions.identify(Buffer.from('Zoë').toString('latin1'));
    expect(session).toMatchObject({ tags: [sessionTag('Zoë')] });
  });

  it.each([
    [{ sessions: [] }],
    [{ sessions: [''] }],
    [{ sessions: 'user-7' }],
    [{ sessions: ['user-7'], all: true }],
    [{ tags: ['Product:1'], sessions: ['user-7'], all: true }],
    [{ sessions: Array.from({ length: 1001 }, (_, at) => String(at)) }],
  ])('P55 refuses what is no such purge', async (body) => {
    const gateway = await start({ SESSION: 'header:x-user' });
    expect((await purge(gateway, body)).status).toBe(400);
  });
});

describe('the digest of a session', () => {
  it('P36 stands in full in no line of the log, and in no answer', async () => {
    const { log, lines } = takeDownLog('trace');
    const origin = cleanup.add(await startOrigin());
    const env = { UPSTREAM_URL: origin.url, SESSION: 'header:x-user', DEBUG_HEADERS: '1' };
    const gateway = cleanup.add(await startGateway(env, { log }));
    const headers = { 'x-user': 'user-7', 'lastmile-debug': '1', 'lastmile-extensions': '1' };
    const answers = [];
    for (const query of [VIEWER, VIEWER, NOTHING]) answers.push(await gateway.query(query, { headers }));
    origin.fail('destroy', 1);
    answers.push(await gateway.query(NOTHING, { headers }));
    const { json } = await purge(gateway, { sessions: ['user-7'] });
    const digest = sessionTag('user-7').slice(1);
    const said = JSON.stringify([lines, answers.map(({ text, headers: all }) => [text, all]), json]);
    expect(said).toContain(digest.slice(0, 6));
    expect(said).not.toContain(digest);
    expect(JSON.stringify(lines)).not.toContain('user-7');
  });
});
