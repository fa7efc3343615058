import { Cleanup } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { CANARY_SDL, CanaryOrigin } from './canary-origin';

const cleanup = new Cleanup();
let origin: CanaryOrigin;
let gateway: GatewayProcess;

beforeAll(async () => {
  origin = cleanup.add(await new CanaryOrigin().start());
  const env = { UPSTREAM_URL: origin.url, VARY: 'x-tenant', FORWARD_HEADERS: 'x-trace' };
  gateway = cleanup.add(await startGateway(env, { schema: CANARY_SDL }));
});
afterAll(() => cleanup.run());

const NAMES = [
  'authorization',
  'cookie',
  'x-tenant',
  'x-trace',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
  'accept-language',
  'user-agent',
  'x-original-url',
  'x-rewrite-url',
  'x-http-method-override',
  'origin',
  'referer',
  'x-unknown',
  'via',
  'te',
  'range',
  'if-match',
  'x-user',
  'lastmile-debug',
  'lastmile-extensions',
  'lastmile-forwarded',
];

describe('P34 an input outside the key does not change a stored answer', () => {
  it.each(NAMES)('as the header %s', async (name) => {
    const query = `{ echo(name: "${name}") page { title } a_${name.replaceAll('-', '_')}: __typename }`;
    const poisoned = await gateway.query(query, { headers: { [name]: 'poison' } });
    const clean = await gateway.query(query);
    expect(clean.text).not.toContain('poison');
    if (name === 'x-tenant') {
      expect(poisoned.data.echo).toBe('poison');
      expect((await gateway.query(query, { headers: { [name]: 'poison' } })).cacheStatus).toMatch(/^hit/);
    } else if (name === 'x-trace') {
      expect(poisoned.cacheStatus).toBe('fwd=bypass; detail=unkeyed-header');
    } else {
      expect(poisoned.data.echo).not.toBe('poison');
    }
  });

  it.each([
    ['extensions', { query: '{ page { id } }', extensions: { persistedQuery: undefined, poison: 'poison' } }],
    ['an unknown member', { query: '{ page { id } }', poison: 'poison' }],
    ['a variable nobody declared', { query: '{ page { id } }', variables: { poison: 'poison' } }],
  ])('as %s', async (_, body) => {
    const send = (value: object) =>
      gateway.send({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
    await send(body);
    const clean = await send({ query: '{ page { id } }' });
    expect(clean.data).toEqual({ page: { id: 'home' } });
    // The same question has the same key, whatever else was said.
    expect(clean.cacheStatus).toMatch(/^hit/);
  });

  it('as a JSON key that is there twice', async () => {
    const body = '{"query":"{ page { title } }","query":"{ echo(name: \\"host\\") }"}';
    const twice = await gateway.send({ headers: { 'content-type': 'application/json' }, body });
    expect(Object.keys(twice.data)).toEqual(['echo']);
    expect((await gateway.query('{ page { title } }')).data).toEqual({ page: { title: 'Home' } });
  });

  it.each([
    ['GraphQL’s own', 'variables=%7B%22poison%22%3A1%7D&operationName=&query=%7Bundeclared%7D', 'hit'],
    ['one that is ignored', 'utm_source=poison', 'hit'],
    ['any other', 'poison=1', 'fwd=uri-miss'],
  ])('as a parameter of the URL: %s', async (name, more, status) => {
    const query = `{ page { title id a_${name.length}: __typename } }`;
    const search = `query=${encodeURIComponent(query)}`;
    const read = (path: string) => gateway.send({ method: 'GET', path });
    expect((await read(`/graphql?${search}&${more}`)).status).toBe(200);
    const clean = await read(`/graphql?${search}`);
    expect(clean.data).toMatchObject({ page: { title: 'Home', id: 'home' } });
    expect(clean.cacheStatus.split(';')[0]).toBe(status);
  });
});
