/** An answer that would hold up others to be parsed is passed on as upstream wrote it, and nothing of it is kept. */
import { readLongResult } from '../../src/upstream/graphql-result';
import { startAnswering, type AskedText } from '../kit/answering';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { Hold } from '../kit/hold';

const cleanup = cleanupAfterEach();

const SCHEMA = `
  scalar JSON
  type Query {
    items(first: Int): [Item!]! @cacheControl(maxAge: 60)
    live: [Item!]! @cacheControl(maxAge: 0)
  }
  type Mutation { sort: [Item!]! }
  type Item @cacheControl(maxAge: 60) { id: ID!  price: Float  json: JSON  parts: [Item!] }
`;

/** More than the longest answer that is looked into. */
const MANY = 20_000;
const items = (count: number, more = ''): string =>
  Array.from(
    { length: count },
    (_, index) =>
      `{"price":1.10,"json":{"__lm_type":"theirs"},"parts":[{"price": 2e0${more}}]${more},"id":"${index}"}`,
  ).join(',');
/** As upstream writes it, and as its client is to have it. */
const listOf = ({ query }: AskedText, count = MANY): string =>
  items(count, query.includes('__lm_') ? ',"__lm_type":"Item","__lm_key_4_Item_id":"7"' : '');

const ASK = '{ items { price json parts { price } id } }';

async function start(
  answer: (asked: AskedText) => string | Promise<string>,
  env: Record<string, string> = {},
) {
  const upstream = cleanup.add(await startAnswering(answer));
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: upstream.url, ...env }, { schema: SCHEMA }));
  return { upstream, gateway };
}

describe('an answer that is too long to be looked into', () => {
  it.each([
    ['of a cacheable query', ASK, 'fwd=uri-miss; detail=too-large', 'items'],
    ['of a query that is never cached', ASK.replace('items', 'live'), 'fwd=bypass; detail=no-policy', 'live'],
    ['of a mutation', `mutation ${ASK.replace('items', 'sort')}`, 'fwd=method; detail=mutation', 'sort'],
  ])(
    'is as upstream wrote it, without what the gateway had asked for: %s',
    async (_, query, status, field) => {
      const { gateway, upstream } = await start((asked) => `{"data":{"${field}":[${listOf(asked)}]}}`);
      for (let calls = 1; calls <= 2; calls++) {
        const answer = await gateway.query(query);
        expect([answer.status, answer.cacheStatus]).toEqual([200, status]);
        expect(answer.text === `{"data":{"${field}":[${items(MANY)}]}}`).toBe(true);
        expect(upstream.asked).toHaveLength(calls);
      }
    },
  );

  it('purges, of a mutation, all of the types that it may show', async () => {
    const { gateway } = await start((asked) =>
      asked.query.includes('sort')
        ? `{"data":{"sort":[${listOf(asked)}]}}`
        : `{"data":{"items":[${listOf(asked, 2)}]}}`,
    );
    await gateway.query(ASK);
    expect((await gateway.query(ASK)).cacheStatus).toMatch(/^hit/);
    const { token } = await gateway.query('mutation { sort { price } }');
    expect(token).toMatch(/-/);
    expect((await gateway.query(ASK)).cacheStatus).toBe('fwd=stale; stored; detail=purged');
  });

  it("has upstream's extensions for the client that caused the call, and not for those who joined it", async () => {
    const hold = new Hold();
    cleanup.later(() => hold.release());
    const { gateway } = await start(async (asked) => {
      await hold.pass();
      return `{"extensions":{"cost":1.0},"data":{"items":[${listOf(asked)}]}}`;
    });
    const first = gateway.query(ASK);
    await hold.arrived;
    const second = gateway.query(ASK);
    // It is read after the one before, which waits.
    await gateway.query('{ __typename }');
    hold.release();
    expect((await first).text).toMatch(/^\{"extensions":\{"cost":1\.0\},"data":/);
    const joined = await second;
    expect(joined.cacheStatus).toMatch(/collapsed/);
    expect(joined.text === `{"data":{"items":[${items(MANY)}]}}`).toBe(true);
  });

  it('tells the first thousand of its errors, and that there are more', async () => {
    const error = (index: number) =>
      `{"message":"no ${index}","path":["items"],"locations":[{"line":1,"column":1}],"extensions":{"left":1.10}}`;
    const errors = Array.from({ length: 30_000 }, (_, index) => error(index)).join(',');
    const { gateway } = await start(() => `{"errors":[${errors}],"data":null}`);
    const answer = await gateway.query(ASK);
    expect(answer.data).toBeNull();
    expect(answer.errors!.length).toBeLessThan(1002);
    expect(answer.errors![0]).toEqual({ message: 'no 0', path: ['items'], extensions: { left: 1.1 } });
    expect(answer.errors!.at(-1)!.message).toBe('There are more errors than the gateway passes on.');
    expect(answer.text).toContain('"left":1.10');
  });

  it('is one line of an event', async () => {
    const { gateway } = await start((asked) => `{\n  "data": {\r\n"live": [${listOf(asked)}\n]\n}}\n`);
    const answer = await gateway.query('{ live { price json parts { price } id } }', {
      headers: { accept: 'text/event-stream' },
    });
    expect(answer.text.includes(`data: {"data":{"live": [${items(MANY)}]}}\n`)).toBe(true);
  });

  it.each([
    ['that breaks off', (text: string) => text.slice(0, -10)],
    ['that is a list', (text: string) => `[${text}]`],
    ['without data and errors', (text: string) => text.replace('"data"', '"date"')],
    ['whose data is none', (text: string) => `{"data":"${text.replaceAll('"', '')}"}`],
  ])('is no answer when it is JSON %s', async (_, spoil) => {
    const { gateway } = await start((asked) => spoil(`{"data":{"items":[${listOf(asked)}]}}`));
    const answer = await gateway.query(ASK);
    expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([502, 'UPSTREAM_BAD_ANSWER']);
  });

  it('is refused beyond MAX_ANSWER_BYTES', async () => {
    const { gateway } = await start((asked) => `{"data":{"items":[${listOf(asked, 100)}]}}`, {
      MAX_ANSWER_BYTES: '4KiB',
    });
    const answer = await gateway.query(ASK);
    expect(answer.errors?.[0]?.extensions?.['code']).toBe('UPSTREAM_ANSWER_TOO_LARGE');
  });

  it('P47 is read in as many turns of the event loop as it is long', async () => {
    const text = `{"data":{"items":[${items(10 * MANY)}]}}`;
    let turns = 0;
    let isOver = false;
    setImmediate(function next() {
      turns++;
      if (!isOver) setImmediate(next);
    });
    const { text: read } = await readLongResult(text, undefined);
    isOver = true;
    expect(read === text).toBe(true);
    expect(turns).toBeGreaterThan(text.length / 2 ** 18);
  });
});

it('P47 makes no more than a thousand errors of those of an answer', async () => {
  const errors = Array.from({ length: 3000 }, () => '{"message":"no"}').join(',');
  const { gateway } = await start(() => `{"errors":[${errors}],"data":{"items":[]}}`);
  const answer = await gateway.query(ASK);
  expect(answer.errors).toHaveLength(1001);
  expect(answer.errors!.at(-1)!.message).toBe('There are more errors than the gateway passes on.');
});
