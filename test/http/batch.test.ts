import { Catalogue } from '../../src/operation/catalogue';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { shopTypes } from '../kit/shop-schema';

const cleanup = cleanupAfterAll();
const cleanupEach = cleanupAfterEach();
let origin: Origin;
let gateway: GatewayProcess;

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, VARY: 'x-tenant' }));
});

type Member = { readonly data?: Record<string, unknown>; readonly errors?: { message: string }[] };

async function send(
  batch: readonly unknown[],
  headers: Record<string, string> = {},
): Promise<{ answer: Answer; members: Member[]; statuses: string[] }> {
  const answer = await gateway.send({
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(batch),
  });
  const parsed = JSON.parse(answer.text) as Member[] | Member;
  const statuses = String(answer.headers['cache-status']).split(', ');
  return { answer, members: Array.isArray(parsed) ? parsed : [], statuses };
}

it('answers each member in its order, from cache where it can, whatever its characters', async () => {
  const name = 'Ä 漢字 😀 \u0000"';
  await gateway.query('mutation ($name: String!) { renameProduct(id: "6", name: $name) { id } }', {
    variables: { name },
  });
  const batch = [
    { query: '{ product(id: "6") { name } }' },
    { query: 'query ($id: ID!) { product(id: $id) { name } }', variables: { id: '2' } },
    { query: 'query A { serial } query B { products { id } }', operationName: 'B' },
  ];
  const cold = await send(batch);
  expect(cold.members).toEqual([
    { data: { product: { name } } },
    { data: { product: { name: 'Teapot' } } },
    { data: { products: origin.data.products.map(({ id }) => ({ id })) } },
  ]);
  const hot = await send(batch);
  expect(hot.answer.text).toBe(cold.answer.text);
  expect(hot.statuses.map((status) => status.split('; ')[1])).toEqual(['hit', 'hit', 'hit']);
  // Each is the entry that the same operation has alone.
  expect((await gateway.query('{ product(id: "6") { name } }')).cacheStatus).toMatch(/^hit/);
});

it('says the least that is true of all: no copy downstream, and what varies any', async () => {
  for (let times = 0; times < 2; times++) {
    const { answer } = await send([{ query: '{ products { name } }' }, { query: '{ categories { name } }' }]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers.vary).toBe('Accept, Accept-Encoding, x-tenant');
    expect([answer.headers.etag, answer.headers.age]).toEqual([undefined, undefined]);
  }
});

it.each([
  [undefined, 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/json;q=0.5, application/graphql-response+json', 'application/graphql-response+json'],
])('P62 is labelled for accept: %s, with status 200 whatever its members say', async (accept, type) => {
  const batch = [{ query: '{ serial }' }, { query: '{ nothing }' }, { query: '{' }];
  const { answer, members } = await send(batch, accept === undefined ? {} : { accept });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, `${type}; charset=utf-8`]);
  expect(members.map((member) => Object.keys(member))).toEqual([['data'], ['errors'], ['errors']]);
});

it('is not answered in a type the client does not take, and then nothing of it is done', async () => {
  const asked = origin.count('likeProduct');
  const { answer } = await send([{ query: 'mutation { likeProduct(id: "1") { likes } }' }], {
    accept: 'image/png',
  });
  expect(answer.status).toBe(406);
  expect(origin.count('likeProduct')).toBe(asked);
});

it('answers the members that are requests beside those that are none', async () => {
  const { answer, members } = await send([
    { query: '{ serial }' },
    { invalid: 1 },
    { query: 7 },
    { query: '{ serial }', variables: [] },
    { query: '{ serial }' },
  ]);
  expect(answer.status).toBe(200);
  expect(members.map(({ errors, data }) => errors?.[0]?.message ?? typeof data)).toEqual([
    'object',
    'There is no `query`.',
    '`query` is a string.',
    '`variables` is an object.',
    'object',
  ]);
});

it.each([
  ['nothing in it', '[]'],
  ['more than ten in it', JSON.stringify(Array.from({ length: 11 }, () => ({ query: '{ serial }' })))],
  ['a text in it', '[{"query":"{ serial }"},"{ serial }"]'],
  ['a list in it', '[[{"query":"{ serial }"}]]'],
  ['null in it', '[null]'],
])('is refused as a whole with %s', async (_, body) => {
  const asked = origin.count('serial');
  const answer = await gateway.send({ headers: { 'content-type': 'application/json' }, body });
  expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([400, 'BAD_REQUEST']);
  expect(origin.count('serial')).toBe(asked);
});

it('takes as many as the limit says', async () => {
  const { members } = await send(Array.from({ length: 10 }, () => ({ query: '{ serial }' })));
  expect(new Set(members.map(({ data }) => data?.['serial'])).size).toBe(10);
});

it('holds no answer that comes in parts', async () => {
  const schema = `${shopTypes} type Subscription { ticks: Int! }`;
  const other = cleanupEach.add(await startGateway({ UPSTREAM_URL: origin.url }, { schema }));
  const answer = await other.send({
    headers: { 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
    body: JSON.stringify([{ query: 'subscription { ticks }' }, { query: '{ serial }' }]),
  });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  const [refused, answered] = JSON.parse(answer.text) as Member[];
  expect(refused?.errors?.[0]?.message).toBe('A batch holds no answers that come in parts.');
  expect(answered?.data).toBeDefined();
});

it('asks upstream for queries side by side', async () => {
  const [first, second] = [origin.hold('bundle'), origin.hold('sellables')];
  cleanupEach.later(() => [first, second].forEach((held) => held.release()));
  const answer = send([{ query: '{ bundle(id: "tea") { id } }' }, { query: '{ sellables { id } }' }]);
  await Promise.all([first.arrived, second.arrived]);
  first.release();
  second.release();
  expect((await answer).members).toHaveLength(2);
});

it('makes changes one after another, and what comes after one sees it', async () => {
  const held = origin.hold('renameProduct');
  cleanupEach.later(() => held.release());
  await gateway.query('{ product(id: "4") { name } }');
  const batch = [
    { query: '{ product(id: "4") { name } }' },
    { query: 'mutation { renameProduct(id: "4", name: "First") { name } }' },
    { query: '{ product(id: "4") { name } }' },
    { query: 'mutation { renameProduct(id: "4", name: "Second") { name } }' },
    { query: '{ product(id: "4") { name } }' },
  ];
  const answer = send(batch);
  await held.arrived;
  // Had the second change not waited for the first, it would be here as well.
  await gateway.query('{ serial }');
  expect(held.count).toBe(1);
  held.release();
  const { members, statuses, answer: whole } = await answer;
  expect(members.map(({ data }) => Object.values(data!)[0])).toEqual(
    ['Hammer', 'First', 'First', 'Second', 'Second'].map((name) => ({ name })),
  );
  expect(statuses[0]).toMatch(/hit/);
  expect(statuses[2]).toMatch(/detail=purged$/);
  // One token, that of the last change: whoever presents it has seen both.
  const { token } = await gateway.query('mutation { renameProduct(id: "4", name: "Third") { name } }');
  const [run, place] = token!.split('-').map(Number);
  expect(whole.token).toBe(`${run}-${place! - 1}`);
});

it('P47 reads new documents one at a time, and others are answered between them', async () => {
  const batch = Array.from({ length: 10 }, (_, index) => ({
    query: `query New${index} { ${'products { id name price } '.repeat(40)} }`,
  }));
  let turn = 0;
  let running = true;
  const next = (): void => {
    turn++;
    if (running) setImmediate(next);
  };
  const { find } = Catalogue.prototype;
  const turns: number[] = [];
  const spy = jest.spyOn(Catalogue.prototype, 'find').mockImplementation(function (
    this: Catalogue,
    ...asked
  ) {
    if (!this.knows(...asked)) turns.push(turn);
    return find.apply(this, asked);
  });
  cleanupEach.later(() => spy.mockRestore());
  next();
  const { members } = await send(batch);
  running = false;
  expect(members.map(({ data }) => typeof data)).toEqual(batch.map(() => 'object'));
  expect(turns).toHaveLength(10);
  expect(new Set(turns).size).toBe(10);
});

it('changes nothing by GET', async () => {
  const search = encodeURIComponent(
    JSON.stringify([{ query: 'mutation { likeProduct(id: "1") { likes } }' }]),
  );
  for (const path of [`/graphql?query=${search}`, `/graphql?${search}`]) {
    expect((await gateway.send({ method: 'GET', path })).errors?.length).toBeGreaterThan(0);
  }
});
