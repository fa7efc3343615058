import { hash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import {
  buildClientSchema,
  buildSchema,
  graphql,
  type GraphQLObjectType,
  type IntrospectionQuery,
} from 'graphql';
import { INTROSPECTION_LIMITS, Introspector } from '../../src/schema/introspect';
import type { Upstream } from '../../src/upstream/upstream';
import { cleanupAfterEach } from '../kit/cleanup';
import { startLocalServer } from '../kit/local-server';
import { connect } from '../upstream/ask';
import { json, startOrigin } from '../upstream/origin';

const cleanup = cleanupAfterEach();

const introspect = async (upstream: Upstream, headers?: Readonly<Record<string, string>>) =>
  JSON.parse(await new Introspector(upstream, headers).read()) as IntrospectionQuery;

const schema = buildSchema(`
  type Query { a(old: Int @deprecated, new: Int): String }
  input Choice @oneOf { one: Int two: Int }
`);

/** A server that knows nothing of some fields of introspection, and says so as real ones do. */
async function serverWithout(...words: string[]) {
  const origin = cleanup.add(
    await startOrigin((response, { body }) => {
      const unknown = words.find((word) => body.query.includes(word));
      if (unknown) return json(response, { errors: [{ message: `Cannot query field "${unknown}".` }] }, 400);
      return graphql({ schema, source: body.query }).then((result) => json(response, result));
    }),
  );
  return {
    origin,
    upstream: connect(cleanup, origin.url, { ...INTROSPECTION_LIMITS, headers: { 'x-key': 'k' } }),
  };
}

describe('Introspector', () => {
  it('brings all that a server of today can tell, with the static headers and in one request', async () => {
    const { origin, upstream } = await serverWithout();
    const built = buildClientSchema(await introspect(upstream));
    const field = (built.getType('Query') as GraphQLObjectType).getFields()['a']!;
    expect(field.args.map((argument) => argument.name)).toEqual(['old', 'new']);
    expect(built.getType('Choice')).toMatchObject({ isOneOf: true });
    expect(origin.seen).toHaveLength(1);
    expect(origin.seen[0]!.headers['x-key']).toBe('k');
    expect(origin.seen[0]!.body.operationName).toBe('IntrospectionQuery');
  });

  it.each([
    ['isOneOf'],
    ['isOneOf', 'includeDeprecated: true) {\n        ...InputValue'],
    ['isOneOf', 'isRepeatable', 'specifiedByURL', 'inputFields(includeDeprecated'],
  ])('asks servers that do not know %s for less', async (...words) => {
    const { upstream } = await serverWithout(...words);
    expect(buildClientSchema(await introspect(upstream)).getType('Query')).toBeDefined();
  });

  it('says that upstream refuses, and to the log what it said', async () => {
    const { upstream } = await serverWithout('__schema');
    await expect(introspect(upstream)).rejects.toMatchObject({
      code: 'INTROSPECTION_REFUSED',
      detail: expect.stringMatching(/^(?:status \d+: )?Cannot query field "__schema"\.$/),
    });
  });

  it.each([
    [404, 'UPSTREAM_BAD_ANSWER', 'status 404: nothing here'],
    [405, 'UPSTREAM_BAD_ANSWER', 'status 405: nothing here'],
    [401, 'INTROSPECTION_REFUSED', 'status 401: nothing here'],
    [200, 'INTROSPECTION_REFUSED', 'nothing here'],
  ])('tells by status %d whether it asks the right place', async (status, code, detail) => {
    const answer = { errors: [{ message: 'nothing here' }] };
    const origin = cleanup.add(await startOrigin((response) => json(response, answer, status)));
    await expect(introspect(connect(cleanup, origin.url))).rejects.toMatchObject({ code, detail });
  });

  it('does not tell what it was sent with, where upstream says that again', async () => {
    const answer = { errors: [{ message: 'no such token: Bearer secret-4711, or secret-4711' }] };
    const origin = cleanup.add(await startOrigin((response) => json(response, answer, 401)));
    const headers = { authorization: 'Bearer secret-4711' };
    await expect(introspect(connect(cleanup, origin.url), headers)).rejects.toMatchObject({
      detail: 'status 401: no such token: ***, or ***',
    });
  });

  it('calls null a refusal', async () => {
    const origin = cleanup.add(await startOrigin((response) => json(response, { data: { __schema: null } })));
    const refused = introspect(connect(cleanup, origin.url));
    await expect(refused).rejects.toMatchObject({ code: 'INTROSPECTION_REFUSED' });
  });

  it('says that upstream cannot be reached, and does not ask again', async () => {
    const origin = cleanup.add(await startOrigin((response) => json(response, '<html>', 500)));
    const failed = introspect(connect(cleanup, origin.url));
    await expect(failed).rejects.toMatchObject({ code: 'UPSTREAM_BAD_ANSWER' });
    expect(origin.seen).toHaveLength(1);
  });
});

/** A server with entity tags, as far as a test wants it to know them. */
async function taggedServer(
  conditional: readonly ('GET' | 'POST')[],
  { status = 304, age }: { status?: number; age?: string } = {},
) {
  const state = { schema, seen: [] as string[] };
  const server = await startLocalServer((request, response) => {
    void text(request).then(async (body) => {
      const method = request.method as 'GET' | 'POST';
      const url = new URL(request.url!, 'http://localhost');
      if (method === 'GET' && !conditional.includes('GET')) return json(response, 'POST only', 405);
      const source =
        method === 'GET' ? url.searchParams.get('query')! : (JSON.parse(body) as { query: string }).query;
      const result = JSON.stringify(await graphql({ schema: state.schema, source }));
      const etag = `"${hash('sha256', result, 'base64url')}"`;
      const isSame = conditional.includes(method) && request.headers['if-none-match'] === etag;
      state.seen.push(`${method} ${isSame ? status : 200}`);
      const headers = { etag, ...(method === 'GET' && age !== undefined && { age }) };
      if (isSame) return void response.writeHead(status, headers).end();
      return json(response, result, 200, headers);
    });
  });
  cleanup.add(server);
  const upstream = connect(cleanup, `${server.url}?a=b`);
  return { state, introspector: new Introspector(upstream) };
}

describe('Introspector, again', () => {
  it('asks by GET, and has nothing sent that did not change', async () => {
    const { state, introspector } = await taggedServer(['GET']);
    const first = await introspector.read();
    expect(await introspector.read()).toBe(first);
    expect(await introspector.read()).toBe(first);
    expect(state.seen).toEqual(['POST 200', 'GET 304', 'GET 304']);
  });

  it('takes by GET what did change', async () => {
    const { state, introspector } = await taggedServer(['GET']);
    await introspector.read();
    state.schema = buildSchema('type Query { b: Int }');
    const changed = await introspector.read();
    expect(changed).toContain('"b"');
    expect(await introspector.read()).toBe(changed);
    expect(state.seen).toEqual(['POST 200', 'GET 200', 'GET 304']);
  });

  it.each([[304], [412]])('asks by POST where GET is not answered, and understands %s', async (status) => {
    const { state, introspector } = await taggedServer(['POST'], { status });
    const first = await introspector.read();
    expect(await introspector.read()).toBe(first);
    expect(await introspector.read()).toBe(first);
    expect(state.seen).toEqual(['POST 200', `POST ${status}`, `POST ${status}`]);
  });

  it('does not believe a cache in between', async () => {
    const { state, introspector } = await taggedServer(['GET'], { age: '10' });
    const first = await introspector.read();
    expect(await introspector.read()).toEqual(first);
    expect(await introspector.read()).toEqual(first);
    expect(state.seen).toEqual(['POST 200', 'GET 304', 'POST 200', 'POST 200']);
  });

  it('says that upstream is away instead of asking in another way', async () => {
    const { introspector } = await taggedServer(['GET']);
    await introspector.read();
    await cleanup.run();
    await expect(introspector.read()).rejects.toMatchObject({
      code: expect.stringMatching(/^UPSTREAM_|ABANDONED/),
    });
  });

  it('remembers what a server understands', async () => {
    const { origin, upstream } = await serverWithout('isOneOf');
    const introspector = new Introspector(upstream);
    await introspector.read();
    await introspector.read();
    expect(origin.seen).toHaveLength(3);
  });
});
