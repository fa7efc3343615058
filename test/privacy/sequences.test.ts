import * as fc from 'fast-check';
import { Cleanup } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { hashOf } from '../../src/operation/persisted-documents';
import { until } from '../kit/until';
import { CANARY_SDL, CanaryOrigin } from './canary-origin';
import { USERS, WAYS, type User } from './ways';

const QUERIES = [
  '{ me { secret } }',
  '{ x: me { y: secret } page { title } }',
  '{ mine { ... on Me { s: secret } ... on Page { note } } }',
  '{ thing { ... on Me { secret } } }',
  '{ page { n: note } }',
  'query ($no: Boolean = false) { page { title } me @skip(if: $no) { secret } }',
  '{ undeclared }',
  '{ undeclared page { title } }',
  '{ fail { title } }',
  '{ echo(name: "x-user") a: echo(name: "cookie") t: echo(name: "authorization") }',
] as const;

type Transport = 'post' | 'get' | 'hash' | 'batch' | 'head';

interface Step {
  readonly user: User | undefined;
  readonly query: string;
  readonly transport: Transport;
  readonly debug: boolean;
  readonly token: boolean;
  /** presents the newest ETag that anybody was given for the same query */
  readonly ifNoneMatch: boolean;
  readonly cacheControl: 'no-store' | 'only-if-cached' | undefined;
}

const step: fc.Arbitrary<Step> = fc.record({
  user: fc.constantFrom(...USERS, undefined),
  query: fc.constantFrom(...QUERIES),
  transport: fc.constantFrom<Transport>('post', 'get', 'hash', 'batch', 'head'),
  debug: fc.boolean(),
  token: fc.boolean(),
  ifNoneMatch: fc.boolean(),
  cacheControl: fc.option(fc.constantFrom('no-store', 'only-if-cached'), { nil: undefined, freq: 4 }),
});

/** What happens before some requests that are all on their way at once. */
const event = fc.constantFrom('nothing', 'nothing', 'soft purge', 'purge', 'mutation', 'renewal', 'down');

const rounds = fc.array(fc.record({ event, steps: fc.array(step, { minLength: 1, maxLength: 6 }) }), {
  minLength: 3,
  maxLength: 10,
});

describe.each(Object.entries(WAYS))('users who say who they are by: %s', (way, { env, as }) => {
  const cleanup = new Cleanup();
  let origin: CanaryOrigin;
  let gateway: GatewayProcess;
  let token = '';
  const etags = new Map<string, string>();
  const seen = new Map<string, number>();
  const credentials = {} as Record<User, Record<string, string>>;

  beforeAll(async () => {
    origin = cleanup.add(await new CanaryOrigin().start());
    const settings = {
      DEFAULT_MAX_AGE: '60',
      STALE_IF_ERROR: '60',
      DEBUG_HEADERS: '1',
      UPSTREAM_RETRIES: '0',
    };
    gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url, ...settings, ...env }, { schema: CANARY_SDL }),
    );
    for (const user of USERS) credentials[user] = await as(user);
  });
  afterAll(() => cleanup.run());

  function count(what: string): void {
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }

  async function ask({ user, query, transport, ...more }: Step): Promise<Answer> {
    const headers = {
      ...(user && credentials[user]),
      ...(more.debug && { 'lastmile-debug': '1' }),
      ...(more.token && token && { 'lastmile-token': token }),
      ...(more.ifNoneMatch && { 'if-none-match': etags.get(query) ?? '"none"' }),
      ...(more.cacheControl && { 'cache-control': more.cacheControl }),
    };
    const json = { ...headers, 'content-type': 'application/json' };
    const post = (body: unknown) => gateway.send({ headers: json, body: JSON.stringify(body) });
    if (transport === 'get') return gateway.query(query, { method: 'GET', headers });
    if (transport === 'head') return gateway.query(query, { method: 'HEAD', headers });
    if (transport === 'batch') return post([{ query }, { query: '{ page { title } }' }, { query }]);
    if (transport === 'hash') {
      const extensions = { persistedQuery: { version: 1, sha256Hash: hashOf(query) } };
      const answer = await post({ extensions });
      return answer.text.includes('PERSISTED_QUERY_NOT_FOUND') ? post({ query, extensions }) : answer;
    }
    return gateway.query(query, { headers });
  }

  async function purge(soft: boolean): Promise<void> {
    await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tags: ['Me', 'Page'], soft }),
    });
  }

  function expectOwn({ user, query, transport }: Step, answer: Answer): void {
    const everything = answer.text + JSON.stringify(answer.headers);
    const others = origin.namesIn(everything).filter((name) => name !== user);
    expect({ user, query, transport, others }).toEqual({ user, query, transport, others: [] });
    // Nor is anybody told what another presents, or what it is kept under. An ETag is a digest, which may spell a short name by chance.
    const told = answer.text + JSON.stringify({ ...answer.headers, etag: undefined });
    for (const other of USERS) {
      if (other === user) continue;
      for (const value of Object.values(credentials[other])) expect(told).not.toContain(value);
    }
    count(answer.status === 304 ? '304' : answer.cacheStatus.replace(/ttl=[\d-]+/, 'ttl'));
    if (answer.errors) count('errors');
  }

  it('P30 P32 shows nobody what is another’s, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        for (const { event: what, steps } of all) {
          origin.isDown = what === 'down';
          if (what === 'purge' || what === 'soft purge') await purge(what === 'soft purge');
          if (what === 'renewal') for (const user of USERS) origin.renew(user);
          if (what === 'mutation') {
            const changed = await gateway.query('mutation { touch { id secret } }', {
              headers: credentials.ada,
            });
            token = changed.token ?? token;
          }
          const answers = await Promise.all(steps.map(ask));
          for (const [index, answer] of answers.entries()) {
            expectOwn(steps[index]!, answer);
            if (answer.headers.etag) etags.set(steps[index]!.query, answer.headers.etag);
          }
        }
      }),
      { numRuns: 40 },
    );
    origin.isDown = false;
    // A sequence in which nothing is ever kept shows nothing.
    const kinds = [...seen.keys()].join('\n');
    expect(kinds).toMatch(/^hit; ttl$/m);
    expect(kinds).toMatch(/collapsed/);
    expect(kinds).toMatch(/hit; ttl[^;]*; detail=purged/);
    expect(seen.get('errors')).toBeGreaterThan(10);
    expect(seen.get('304')).toBeGreaterThan(0);
    expect(seen.get('hit; ttl')).toBeGreaterThan(way === 'none' ? 5 : 20);
  });

  it('P32 keeps what is not declared for the session it was made with, or not at all', async () => {
    for (const round of ['cold', 'hot']) {
      for (const user of USERS) {
        const answer = await ask({ ...PLAIN, user, query: `{ undeclared ${round}: __typename }` });
        expect(answer.data.undeclared).toBe(origin.canary(user));
      }
      const nobody = await ask({ ...PLAIN, user: undefined, query: `{ undeclared ${round}: __typename }` });
      expect(nobody.data.undeclared).toBeNull();
    }
  });
});

it('notices what one user is shown of another, where an operator makes it so', async () => {
  const cleanup = new Cleanup();
  const origin = cleanup.add(await new CanaryOrigin().start());
  const env = { UPSTREAM_URL: origin.url, UPSTREAM_HEADERS: 'x-user: ada', ...WAYS['cookie']!.env };
  const schema = CANARY_SDL.replace('scope: PRIVATE, swr: 60', 'scope: PUBLIC');
  const gateway = cleanup.add(await startGateway(env, { schema }));
  const { text } = await gateway.query('{ me { secret } }', { headers: await WAYS['cookie']!.as('bob') });
  expect(origin.namesIn(text)).toEqual(['ada']);
  await cleanup.run();
});

describe('when upstream fails', () => {
  const cleanup = new Cleanup();
  afterAll(() => cleanup.run());

  it.each(Object.keys(WAYS).filter((way) => way !== 'none'))(
    'P30 lets an older answer stand in for the same user only: %s',
    async (way) => {
      const { env, as } = WAYS[way]!;
      const origin = cleanup.add(await new CanaryOrigin().start());
      const gateway = cleanup.add(
        await startGateway(
          { UPSTREAM_URL: origin.url, STALE_IF_ERROR: '600', UPSTREAM_RETRIES: '0', ...env },
          { schema: CANARY_SDL.replace('maxAge: 60, scope: PRIVATE, swr: 60', 'maxAge: 1, scope: PRIVATE') },
        ),
      );
      const ask = async (user: User | undefined) =>
        gateway.query('{ me { secret } }', { headers: user ? await as(user) : {} });
      await ask('ada');
      origin.isDown = true;
      await until('it has expired', async () => /detail=error/.test((await ask('ada')).cacheStatus));
      expect((await ask('ada')).text).toContain(origin.canary('ada'));
      for (const user of ['bob', undefined] as const) {
        const answer = await ask(user);
        expect(answer.errors).toHaveLength(1);
        expect(origin.namesIn(answer.text)).toEqual([]);
      }
    },
  );
});

const PLAIN: Omit<Step, 'user' | 'query'> = {
  transport: 'post',
  debug: false,
  token: false,
  ifNoneMatch: false,
  cacheControl: undefined,
};
