import { cleanupAfterEach } from './cleanup';
import { startOrigin, type Origin } from './origin';

const cleanup = cleanupAfterEach();
let origin: Origin;

beforeEach(async () => {
  origin = cleanup.add(await startOrigin());
});

async function send(query: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(origin.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
}

async function ask(query: string, headers?: Record<string, string>): Promise<unknown> {
  return (await send(query, headers)).json();
}

const NAME = '{ product(id: 1) { name version } }';

describe('the origin', () => {
  it('counts operations and root fields by their names in the schema', async () => {
    await ask('{ a: product(id: 1) { id } b: product(id: 2) { id } categories { id } }');
    expect([origin.count(), origin.count('product'), origin.count('categories')]).toEqual([1, 2, 1]);
    origin.resetCounts();
    expect(origin.count('product')).toBe(0);
  });

  it('holds an answer with the data it had read, while others pass', async () => {
    const held = origin.hold('product');
    let answered = false;
    const slow = ask(NAME).finally(() => (answered = true));
    await held.arrived;
    await ask('mutation { renameProduct(id: 1, name: "Jug") { id } }');
    expect(await ask('{ category(id: "kitchen") { products { name } } }')).toMatchObject({
      data: { category: { products: [{ name: 'Jug' }, { name: 'Teapot' }, { name: 'Cup' }] } },
    });
    expect([held.count, answered]).toEqual([1, false]);
    held.release();
    expect(await slow).toEqual({ data: { product: { name: 'Kettle', version: 1 } } });
    expect(await ask(NAME)).toEqual({ data: { product: { name: 'Jug', version: 2 } } });
  });

  it('holds before reading when told so', async () => {
    const held = origin.hold('product', { at: 'before' });
    const slow = ask(NAME);
    await held.arrived;
    origin.change((data) => (data.products[0]!.name = 'Jug'));
    held.release();
    expect(await slow).toMatchObject({ data: { product: { name: 'Jug' } } });
  });

  it('holds a mutation after its change was made', async () => {
    const held = origin.hold('renameProduct');
    const slow = ask('mutation { renameProduct(id: 1, name: "Jug") { name } }');
    await held.arrived;
    expect(origin.data.products[0]).toMatchObject({ name: 'Jug', version: 2 });
    held.release();
    expect(await slow).toEqual({ data: { renameProduct: { name: 'Jug' } } });
  });

  it('answers from old data when it lags', async () => {
    for (const name of ['Jug', 'Pot']) origin.change((data) => (data.products[0]!.name = name));
    origin.lag(1);
    expect(await ask(NAME)).toMatchObject({ data: { product: { name: 'Jug' } } });
    origin.lag(0);
    expect(await ask(NAME)).toMatchObject({ data: { product: { name: 'Pot' } } });
  });

  it('fails in each of its ways, and has executed all the same', async () => {
    const rename = 'mutation { renameProduct(id: 1, name: "Jug") { name } }';
    origin.fail('500', 1);
    expect((await send(rename)).status).toBe(500);
    origin.fail('html', 1);
    expect(await (await send(rename)).text()).toMatch(/^<h1>/);
    origin.fail('truncated', 1);
    await expect(ask(rename)).rejects.toThrow('JSON');
    origin.fail('destroy', 1);
    await expect(ask(rename)).rejects.toThrow('fetch failed');
    origin.fail('errors', 1);
    expect(await ask(rename)).toEqual({ errors: [{ message: 'the shop is closed' }] });
    expect(origin.data.products[0]?.version).toBe(6);
    expect(await ask(rename)).toEqual({ data: { renameProduct: { name: 'Jug' } } });
  });

  it('hangs until it recovers', async () => {
    origin.fail('hang');
    await expect(
      fetch(`${origin.url}?query={serial}`, { signal: AbortSignal.timeout(50) }),
    ).rejects.toThrow();
    const waiting = ask('{ serial }');
    origin.recover();
    expect(await waiting).toMatchObject({ data: { serial: expect.any(Number) } });
  });

  it('fails one field and answers the rest', async () => {
    origin.shop.failField('product', 'no products today');
    expect(await ask('{ product(id: 1) { id } categories { id } }')).toMatchObject({
      data: { product: null, categories: [{ id: 'kitchen' }, { id: 'tools' }, { id: 'garden' }] },
      errors: [{ message: 'no products today' }],
    });
  });

  it('lies, adds headers, and shows the request headers it got', async () => {
    origin.answerHeaders = { 'set-cookie': ['a=1', 'b=2'], 'cache-control': 'no-store' };
    const response = await send('{ header(name: "X-Colour") }', { 'x-colour': 'red' });
    expect(await response.json()).toEqual({ data: { header: 'red' } });
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    origin.lie(() => ({ data: { product: null } }));
    expect(await ask(NAME)).toEqual({ data: { product: null } });
  });

  it('knows interfaces, unions, connections, nested lists and its viewer', async () => {
    const query = `{
      sellables { __typename id } search(text: "t") { __typename ... on Category { name } }
      productConnection(first: 2) { edges { node { id } } pageInfo { hasNextPage } }
      category(id: "kitchen") { shelves { id } } viewer { name basket { id } }
    }`;
    expect(await ask(query, { authorization: 'Bearer alice' })).toMatchObject({
      data: {
        sellables: expect.arrayContaining([{ __typename: 'Bundle', id: 'tea' }]),
        search: expect.arrayContaining([{ __typename: 'Category', name: 'Tools' }]),
        productConnection: {
          edges: [{ node: { id: '1' } }, { node: { id: '2' } }],
          pageInfo: { hasNextPage: true },
        },
        category: { shelves: [[{ id: '1' }, { id: '2' }], [{ id: '3' }]] },
        viewer: { name: 'alice', basket: [{ id: '1' }, { id: '4' }] },
      },
    });
    expect(await ask('{ viewer { name } }')).toEqual({ data: { viewer: null } });
  });

  it('creates, moves, likes and deletes', async () => {
    await ask(
      'mutation { createProduct(name: "Rake", category: "garden") { id } moveProduct(id: 1, category: "garden") { to { id } } likeProduct(id: 2) { likes } deleteProduct(id: 3) }',
    );
    expect(
      await ask(
        '{ category(id: "garden") { products { id name } } product(id: 3) { id } two: product(id: 2) { likes } }',
      ),
    ).toEqual({
      data: {
        category: {
          products: [
            { id: '1', name: 'Kettle' },
            { id: '7', name: 'Rake' },
          ],
        },
        product: null,
        two: { likes: 1 },
      },
    });
  });
});
