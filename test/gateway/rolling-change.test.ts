import { cleanupAfterEach } from '../kit/cleanup';
import { startChangingOrigin } from '../kit/changing-origin';
import { startGateway, type Answer } from '../kit/gateway';
import { pause, until } from '../kit/until';

const cleanup = cleanupAfterEach();

/** Two deploys of an API. From `WAS` to `IS` one type loses its key, another gets one, and a value has another type. */
const sdl = (product: string, shelf: string, query: string) => `
  type Query { product(id: ID!): Product products: [Product!]! shelf: Shelf ${query} }
  interface Named { name: String! }
  type Product implements Named { id: ID! name: String! shelf: Shelf ${product} }
  type Shelf implements Named { name: String! ${shelf} }
  type Mutation { rename(id: ID!, name: String!): Product }
`;
const WAS = sdl('price: Int! owner: Owner', '', '') + 'type Owner { id: ID! name: String! }';
const IS =
  sdl('price: String! weight: Float owner: Owner', 'id: ID!', 'weights: [Float!]!') +
  'type Owner { name: String! }';

const NAMES = new Map([
  ['1', 0],
  ['2', 0],
]);

function resolvers(isNew: boolean) {
  const shelf = { __typename: 'Shelf', id: 'S', name: 'shelf' };
  const product = (id: string) => ({
    __typename: 'Product',
    id,
    name: `${NAMES.get(id)}`,
    price: isNew ? '1 EUR' : 1,
    shelf,
    owner: { id: 'O', name: 'owner' },
  });
  return {
    Query: {
      product: (_: unknown, { id }: { id: string }) => product(id),
      products: () => [...NAMES.keys()].map(product),
      shelf: () => shelf,
      ...(isNew && { weights: () => [1.5] }),
    },
    Mutation: {
      rename(_: unknown, { id, name }: { id: string; name: string }) {
        NAMES.set(id, Number(name));
        return product(id);
      },
    },
  };
}

/** What clients ask all along: valid under both. */
const QUERIES = [
  '{ product(id: 1) { name } }',
  '{ product(id: 1) { id shelf { name } price: name } }',
  '{ products { name owner { name } } }',
  '{ shelf { ... on Named { name } } product(id: 1) { ...P } } fragment P on Product { owner { name } name }',
];

/** The names of products in an answer: each is the number of the mutation that gave it. */
function namesIn({ data }: Answer): number[] {
  const found: number[] = [];
  JSON.stringify(data, (_, value: unknown) => {
    if (typeof value === 'string' && /^\d+$/.test(value)) found.push(Number(value));
    return value;
  });
  return found;
}

it('P28 fails nothing and answers nothing wrong while upstream is replaced under load, there and back', async () => {
  const origin = cleanup.add(await startChangingOrigin(WAS, resolvers(false), 3));
  const gateway = cleanup.add(
    await startGateway(
      {
        UPSTREAM_URL: origin.url,
        SCHEMA_REFRESH_MS: '100',
        DEFAULT_MAX_AGE: '60',
        UPSTREAM_CACHE_CONTROL: 'ignore',
      },
      { schema: null },
    ),
  );
  const failed: unknown[] = [];
  const wrong: unknown[] = [];
  const counts = { reads: 0, hits: 0, writes: 0 };
  let acknowledged = 0;
  const over = new AbortController();

  const read = async (turn: number): Promise<void> => {
    for (let index = turn; !over.signal.aborted; index++) {
      const query = QUERIES[index % QUERIES.length]!;
      const least = acknowledged;
      const answer = await gateway.query(query);
      counts.reads++;
      if (answer.cacheStatus.startsWith('hit')) counts.hits++;
      if (answer.status !== 200 || answer.errors || !answer.data) failed.push([query, answer.text]);
      else if (!namesIn(answer).some((name) => name >= least)) wrong.push([query, least, answer.text]);
    }
  };
  const write = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const name = acknowledged + 1;
      const answer = await gateway.query(`mutation { rename(id: 1, name: "${name}") { name } }`);
      counts.writes++;
      if (answer.errors) failed.push([answer.text]);
      acknowledged = name;
      await pause(150);
    }
  };
  const load = Promise.all([write(), ...[0, 1, 2, 3, 4, 5].map(read)]);

  const changes = async () => {
    const figures = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    const lines = figures.match(/lastmile_schema_looks_total\{[^}]*outcome="changed"[^}]*\} \d+/g) ?? [];
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const roll = async (isNew: boolean): Promise<void> => {
    for (const at of [0, 1, 2]) {
      origin.deploy(isNew ? IS : WAS, resolvers(isNew), at);
      // Between two instances the schema is one thing and the other by turns.
      const before = await changes();
      await until(
        'the gateway has seen it change',
        async () => (await changes()) >= before + (at < 2 ? 2 : 0),
      );
    }
    const wanted = isNew ? '1 EUR' : 1;
    await until('the gateway is where upstream is', async () => {
      const { data } = await gateway.query('{ product(id: 2) { price } }');
      return (
        data?.product.price === wanted && ((await gateway.query('{ weights }')).data !== undefined) === isNew
      );
    });
    // From now on nothing of the other schema may come.
    const { data, cacheStatus } = await gateway.query('{ product(id: 2) { price } }');
    expect(data).toEqual({ product: { price: wanted } });
    expect(cacheStatus).toBe('fwd=bypass; detail=schema-changed');
  };
  for (const isNew of [true, false, true]) await roll(isNew);
  // Without any of these the load would show nothing.
  await until('the load has met all', () => counts.hits > 5 && counts.writes > 10);
  over.abort();
  await load;
  expect({ failed: failed.slice(0, 3), wrong: wrong.slice(0, 3) }).toEqual({ failed: [], wrong: [] });
});
