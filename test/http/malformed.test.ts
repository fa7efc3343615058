import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';

const cleanup = cleanupAfterAll();
let origin: Origin;
let gateway: GatewayProcess;
const PRODUCTS = '{ products { name } }';
const QUERY = JSON.stringify({ query: '{ serial }' });

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
});

// Whatever a test did to it, the gateway answers the next client.
afterEach(async () => {
  expect((await gateway.query(PRODUCTS)).data.products[0].name).toBe('Kettle');
});

describe('P51 a body that is no JSON in UTF-8', () => {
  const bodies: readonly (readonly [string, string | Buffer])[] = [
    ['nothing', ''],
    ['half of an object', '{"query":'],
    ['text', 'NONSENSE'],
    ['a trailing comma', '{"query":"{ serial }",}'],
    ['two objects', `${QUERY}${QUERY}`],
    ['single quotes', "{'query':'{ serial }'}"],
    ['a comment', `${QUERY} // serial`],
    ['NaN', '{"query":"{ serial }","variables":{"a":NaN}}'],
    ['a control character in a string', '{"query":"{ serial \u0001 }"}'],
    ['an unfinished escape', '{"query":"{ serial }","operationName":"\\u12"}'],
    ['Latin-1', Buffer.from('{"query":"{ product(id: \\"é\\") { id } }"}', 'latin1')],
    ['UTF-16', Buffer.from(QUERY, 'utf16le')],
    [
      'an overlong encoding',
      Buffer.concat([Buffer.from('{"query":"{ serial } # '), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    ],
    [
      'half of a character',
      Buffer.concat([Buffer.from('{"query":"{ serial } # '), Buffer.from([0xf0, 0x9f]), Buffer.from('"}')]),
    ],
    [
      'an encoded surrogate',
      Buffer.concat([
        Buffer.from('{"query":"{ serial } # '),
        Buffer.from([0xed, 0xa0, 0x80]),
        Buffer.from('"}'),
      ]),
    ],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ];

  it.each(bodies)('P51 is answered 400: %s', async (_, body) => {
    for (let times = 0; times < 2; times++) {
      const answer = await gateway.send({ headers: { 'content-type': 'application/json' }, body });
      expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([400, 'BAD_JSON']);
      // Nothing of the text, nor of the parser.
      expect(answer.errors?.[0]?.message).toBe('The body is not JSON in UTF-8.');
    }
  });

  it.each(['iso-8859-1', 'utf-16', 'utf-7', '"utf-16"', 'utf-8; charset=utf-7', 'x'.repeat(10_000), ''])(
    'P51 is answered 400: charset=%s',
    async (charset) => {
      const headers = { 'content-type': `application/json; charset=${charset}` };
      const answer = await gateway.send({ headers, body: QUERY });
      expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([400, 'BAD_JSON']);
    },
  );

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'Application/Json ; Charset=utf8',
    'application/json; odata=verbose',
    'application/json;;;',
    `application/json; a=${'b'.repeat(10_000)}`,
  ])('is taken as %s', async (type) => {
    expect((await gateway.send({ headers: { 'content-type': type }, body: QUERY })).status).toBe(200);
  });

  it('is taken with a byte order mark, and with any white space of JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await gateway.send({ headers, body: `\ufeff${QUERY}` })).status).toBe(200);
    expect((await gateway.send({ headers, body: ` \r\n\t${QUERY}\n` })).status).toBe(200);
  });
});

describe('parameters of the wrong kind', () => {
  it.each([
    '[]',
    '1',
    'null',
    '"text"',
    '{"query":["{ serial }"]}',
    '{"query":"{ serial }","variables":"{}"}',
    '{"query":"{ serial }","operationName":7}',
  ])('are answered 400: %s', async (body) => {
    const answer = await gateway.send({ headers: { 'content-type': 'application/json' }, body });
    expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([400, 'BAD_REQUEST']);
  });

  it.each([
    ['%', 'BAD_REQUEST'],
    ['query=%7B%20serial%20%7D%FF', 'BAD_REQUEST'],
    ['query=%C3', 'BAD_REQUEST'],
    ['query={serial}&variables={', 'BAD_JSON'],
    ['query={serial}&variables=[]', 'BAD_REQUEST'],
    ['query={serial}&variables=7', 'BAD_REQUEST'],
    ['query={serial}&extensions="x"', 'BAD_REQUEST'],
    ['variables={}', 'BAD_REQUEST'],
    ['', 'BAD_REQUEST'],
  ])('are answered 400 in a URL: ?%s', async (search, code) => {
    const answer = await gateway.send({ method: 'GET', path: `/graphql?${search}` });
    expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([400, code]);
  });

  it.each(['[', '{"a":'])('are answered 400 when they are nested beyond reason: %s', async (opening) => {
    const closing = opening === '[' ? ']' : '}';
    const nested = (levels: number): string => `${opening.repeat(levels)}1${closing.repeat(levels)}`;
    const headers = { 'content-type': 'application/json' };
    const query = 'query ($id: ID!) { product(id: $id) { name } }';
    for (const levels of [100, 5000, 40_000]) {
      for (const name of ['variables', 'extensions']) {
        const body = `{"query":"${query}","${name}":{"id":${nested(levels)}}}`;
        const answer = await gateway.send({ headers, body });
        expect([levels, answer.status, answer.errors?.[0]?.message]).toEqual([
          levels,
          400,
          '`variables` and `extensions` are at most 100 levels deep.',
        ]);
      }
    }
    const body = `{"query":"${query}","variables":{"id":${nested(99)}}}`;
    expect((await gateway.send({ headers, body })).status).toBe(200);
  });
});
