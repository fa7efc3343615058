import { accepted } from '../../src/gateway/media-type';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';

const JSON_TYPE = 'application/json';
const RESPONSE_TYPE = 'application/graphql-response+json';

/** What clients send, and how a whole answer is labelled for them; undefined: not at all. */
const ACCEPTS: readonly (readonly [string | undefined, string | undefined])[] = [
  [undefined, JSON_TYPE],
  ['', JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  [JSON_TYPE, JSON_TYPE],
  [RESPONSE_TYPE, RESPONSE_TYPE],
  ['APPLICATION/GraphQL-Response+JSON', RESPONSE_TYPE],
  // Apollo Client, urql, graphql-request, and what the specification recommends.
  ['application/graphql-response+json,application/json;q=0.9', RESPONSE_TYPE],
  [
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    RESPONSE_TYPE,
  ],
  ['application/graphql-response+json, application/json', RESPONSE_TYPE],
  ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', RESPONSE_TYPE],
  // RFC 9110 12.5.1: weight before order, and the most specific range speaks for a type, also when it says no.
  ['application/json;q=0.5, application/graphql-response+json;q=0.8', RESPONSE_TYPE],
  ['application/json, application/graphql-response+json', JSON_TYPE],
  ['application/json;q=0, */*', RESPONSE_TYPE],
  ['*/*;q=0.1, application/graphql-response+json;q=0.2', RESPONSE_TYPE],
  ['application/*;q=0.9, application/json;q=0.1', RESPONSE_TYPE],
  ['application/json; Q=0.5, */*;q=0.6', RESPONSE_TYPE],
  ['text/html, */*;q=0.8', JSON_TYPE],
  ['text/html', undefined],
  ['application/xml, text/*', undefined],
  ['application/json;q=0', undefined],
  ['application/json;q=nonsense', undefined],
  ['application/jsonp', undefined],
  // Of a list that goes on and on a hundred are looked at.
  [`${'text/html,'.repeat(99)}application/json`, JSON_TYPE],
  [`${'text/html,'.repeat(100)}application/json`, undefined],
  [`application/json${';a=1'.repeat(3700)}`, JSON_TYPE],
];

it.each(ACCEPTS)('P62 labels an answer for accept: %s as %s', (accept, type) => {
  expect(accepted(accept).json).toBe(type);
  // The second reading is from memory.
  expect(accepted(accept).json).toBe(type);
});

it('remembers headers seen, and not all that ever were', () => {
  for (let index = 0; index < 3000; index++)
    expect(accepted(`application/x${index}, */*`).json).toBe(JSON_TYPE);
  expect(accepted(RESPONSE_TYPE).json).toBe(RESPONSE_TYPE);
});

describe('over HTTP', () => {
  const cleanup = cleanupAfterAll();
  const cleanupEach = cleanupAfterEach();
  let origin: Origin;
  let gateway: GatewayProcess;
  const PRODUCTS = '{ products { name } }';

  beforeAll(async () => {
    origin = cleanup.add(await startOrigin());
    gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
  });

  const typeOf = (answer: { headers: Record<string, unknown> }): string =>
    String(answer.headers['content-type']);

  it.each(ACCEPTS)(
    'P62 answers accept: %s with %s, cold and hot, by POST, GET and HEAD',
    async (accept, type) => {
      const headers: Record<string, string> = accept === undefined ? {} : { accept };
      const cold = await gateway.query(`{ product(id: "1") { name } } # ${accept}`, { headers });
      await gateway.query(PRODUCTS);
      for (const method of ['POST', 'GET', 'HEAD'] as const) {
        const hot = await gateway.query(PRODUCTS, { headers, method });
        if (type === undefined) {
          expect([hot.status, typeOf(hot)]).toEqual([406, `${JSON_TYPE}; charset=utf-8`]);
          continue;
        }
        expect(hot.cacheStatus).toMatch(/^hit/);
        expect([hot.status, typeOf(hot)]).toEqual([200, `${type}; charset=utf-8`]);
        expect(hot.headers['vary']).toMatch(/^Accept\b/);
      }
      expect([cold.status, typeOf(cold)]).toEqual(
        type === undefined ? [406, `${JSON_TYPE}; charset=utf-8`] : [200, `${type}; charset=utf-8`],
      );
    },
  );

  it('P62 gives each of those who wait for one answer its own type', async () => {
    const held = origin.hold('categories');
    cleanupEach.later(() => held.release());
    const accepts = [undefined, '*/*', JSON_TYPE, RESPONSE_TYPE, `${RESPONSE_TYPE}, ${JSON_TYPE};q=0.9`];
    const waiting = accepts.map((accept) =>
      gateway.query('{ categories { name } }', { headers: accept === undefined ? {} : { accept } }),
    );
    await held.arrived;
    await gateway.query('{ serial }');
    held.release();
    const answers = await Promise.all(waiting);
    expect(answers.map(typeOf)).toEqual(
      [JSON_TYPE, JSON_TYPE, JSON_TYPE, RESPONSE_TYPE, RESPONSE_TYPE].map((type) => `${type}; charset=utf-8`),
    );
    expect(answers.filter(({ cacheStatus }) => cacheStatus.includes('collapsed'))).toHaveLength(4);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  /** What is wrong, and the status in each type. GraphQL over HTTP 6.4. */
  const ERRORS: readonly (readonly [string, string, number, number])[] = [
    ['a text that is no GraphQL', JSON.stringify({ query: '{' }), 200, 400],
    ['a field that does not exist', JSON.stringify({ query: '{ nothing }' }), 200, 400],
    [
      'no operation of that name',
      JSON.stringify({ query: 'query A { serial }', operationName: 'B' }),
      200,
      400,
    ],
    [
      'a variable of the wrong type',
      JSON.stringify({ query: 'query ($id: ID!) { product(id: $id) { name } }', variables: { id: {} } }),
      200,
      400,
    ],
    ['no query', JSON.stringify({}), 400, 400],
    ['a body that is no JSON', '{"query"', 400, 400],
  ];

  it.each(ERRORS)('P62 says in each type what is wrong: %s', async (_, body, plain, modern) => {
    for (const [accept, status] of [
      [JSON_TYPE, plain],
      [RESPONSE_TYPE, modern],
      [JSON_TYPE, plain],
    ] as const) {
      const answer = await gateway.send({ headers: { 'content-type': JSON_TYPE, accept }, body });
      expect([answer.status, typeOf(answer)]).toEqual([status, `${accept}; charset=utf-8`]);
      expect(answer.errors?.length).toBeGreaterThan(0);
      expect(answer.data).toBeUndefined();
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  it('P62 says in each type that upstream failed, also to those who waited for it together', async () => {
    const query = '{ bundle(id: "tea") { name } }';
    const held = origin.hold('bundle');
    cleanupEach.later(() => held.release());
    origin.fail('errors');
    cleanupEach.later(() => origin.recover());
    const waiting = [JSON_TYPE, RESPONSE_TYPE, JSON_TYPE].map((accept) =>
      gateway.query(query, { headers: { accept } }),
    );
    await held.arrived;
    await gateway.query('{ serial }').catch(() => undefined);
    held.release();
    const answers = await Promise.all(waiting);
    expect(answers.map((answer) => typeOf(answer).split(';')[0])).toEqual([
      JSON_TYPE,
      RESPONSE_TYPE,
      JSON_TYPE,
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200]);
    for (const { errors } of answers) expect(errors?.[0]?.message).toBe('the shop is closed');
    origin.recover();
    expect((await gateway.query(query)).data.bundle.name).toBe('Tea set');
  });
});
