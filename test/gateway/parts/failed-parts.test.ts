/** What upstream says instead of a part, when it fails: to whom it may be said. */
import { startApi } from '../../kit/api';
import { Cleanup } from '../../kit/cleanup';
import { startGateway } from '../../kit/gateway';

const SDL = `
  type Query { item(id: ID!): Item @cacheControl(maxAge: 100) }
  type Item @cacheControl(maxAge: 100) { id: ID! name: String stock: Int @cacheControl(maxAge: 0) }`;
const item = ({ id }: { id: string }) => ({ id, name: 'Kettle', stock: 7 });
const FORMS = { 'in parts': '{ id name stock }', whole: '{ id name }' } as const;
const NEW_TYPE = 'application/graphql-response+json';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

async function start(env: Record<string, string> = {}) {
  const api = cleanup.add(await startApi(SDL, { item }));
  const gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: api.url, SESSION: 'header:authorization', UPSTREAM_RETRIES: '0', ...env },
      { schema: SDL },
    ),
  );
  return { api, gateway };
}

/** Two requests, the second while upstream has still to answer the first; then it says 503 to each, and whom it speaks to. */
async function bothFail(
  { api, gateway }: Awaited<ReturnType<typeof start>>,
  query: string,
  headers: readonly Record<string, string>[],
) {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let arrived = (): void => {};
  const hasArrived = new Promise<void>((resolve) => (arrived = resolve));
  api.answerInstead = (text, response, { authorization: who }) => {
    if (text.includes('__typename }')) return false;
    arrived();
    void held.then(() =>
      response
        .writeHead(503, { 'content-type': 'application/json', 'www-authenticate': `Basic realm="${who}"` })
        .end(JSON.stringify({ errors: [{ message: `No, ${who}` }] })),
    );
    return true;
  };
  const first = gateway.query(query, { headers: headers[0]! });
  await hasArrived;
  const second = gateway.query(query, { headers: headers[1]! });
  // It has come by the time that another one is answered.
  await gateway.query('{ __typename }');
  release();
  return Promise.all([first, second]);
}

describe.each(Object.entries(FORMS))('an answer %s', (_, fields) => {
  it('P30 is not refused to one session with what upstream said to another', async () => {
    const { api, gateway } = await start({ SHARED_CREDENTIALS: 'session' });
    const [ann, bob] = ['Bearer ann', 'Bearer bob'].map((authorization) => ({ authorization }));
    // Both are known to be let in.
    api.answerInstead = (_text, response, headers) =>
      headers.authorization === undefined &&
      !!response.writeHead(401, { 'content-type': 'application/json' }).end('{"errors":[{"message":"No"}]}');
    for (const headers of [ann!, bob!])
      expect((await gateway.query(`{ item(id: "1") ${fields} }`, { headers })).data.item.name).toBe('Kettle');
    const answers = await bothFail({ api, gateway }, `{ item(id: "2") ${fields} }`, [ann!, bob!]);
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [503, '{"errors":[{"message":"No, Bearer ann"}]}'],
      [503, '{"errors":[{"message":"No, Bearer bob"}]}'],
    ]);
    expect(answers.map(({ headers }) => headers['www-authenticate'])).toEqual([
      'Basic realm="Bearer ann"',
      'Basic realm="Bearer bob"',
    ]);
  });

  it('P62 fails in the media type that each client asked for', async () => {
    const types = [NEW_TYPE, 'application/json'];
    const accepts = types.map((accept) => ({ accept }));
    const answers = await bothFail(await start(), `{ item(id: "1") ${fields} }`, accepts);
    for (const [at, { status, headers }] of answers.entries())
      expect([status, headers['content-type']]).toEqual([503, expect.stringContaining(types[at]!)]);
  });

  it.each([401, 500, 502, 503])(
    'P64 is what a client is given who signs in, where strangers get %i',
    async (status) => {
      const { api, gateway } = await start();
      api.answerInstead = (_text, response, headers) =>
        headers.authorization === undefined &&
        !!response
          .writeHead(status, { 'content-type': 'application/json' })
          .end('{"errors":[{"message":"No"}]}');
      const asked = { headers: { authorization: 'Bearer ann' } };
      const { data, status: said } = await gateway.query(`{ item(id: "1") ${fields} }`, asked);
      expect([said, data?.item.name]).toEqual([200, 'Kettle']);
    },
  );
});
