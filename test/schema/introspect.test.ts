import { buildClientSchema, buildSchema, graphql, type GraphQLObjectType } from 'graphql';
import { introspect, INTROSPECTION_LIMITS } from '../../src/schema/introspect';
import { cleanupAfterEach } from '../kit/cleanup';
import { connect } from '../upstream/ask';
import { json, startOrigin } from '../upstream/origin';

const cleanup = cleanupAfterEach();

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

describe('introspect', () => {
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
      detail: 'Cannot query field "__schema".',
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
