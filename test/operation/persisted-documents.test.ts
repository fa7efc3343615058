import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { startRedis } from '../kit/redis-server';

const cleanup = cleanupAfterEach();

const KETTLE = '{ product(id: "1") { name } }';
const OTHER = '{ product(id: "2") { name } }';
const sha256 = (text: string): string => hash('sha256', text, 'hex');
const persisted = (name: string): object => ({ persistedQuery: { version: 1, sha256Hash: name } });

async function start(env: Record<string, string> = {}): Promise<{ origin: Origin; gateway: GatewayProcess }> {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
  return { origin, gateway };
}

function post(gateway: GatewayProcess, body: unknown): Promise<Answer> {
  return gateway.send({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

function get(gateway: GatewayProcess, parameters: Record<string, string>): Promise<Answer> {
  const headers = { accept: 'application/json', 'apollo-require-preflight': '1' };
  return gateway.send({ method: 'GET', path: `/graphql?${new URLSearchParams(parameters)}`, headers });
}

async function trusted(list: unknown): Promise<string> {
  const folder = cleanup.folder();
  const file = join(folder, 'trusted.json');
  await writeFile(file, JSON.stringify(list));
  return file;
}

describe('automatic persisted queries', () => {
  it('are asked for once by text and from then on by hash, by POST and GET', async () => {
    const { gateway } = await start();
    const unknown = await post(gateway, { extensions: persisted(sha256(KETTLE)) });
    expect(unknown.status).toBe(200);
    expect(unknown.errors).toMatchObject([
      { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
    ]);
    await post(gateway, { query: KETTLE, extensions: persisted(sha256(KETTLE)) });
    for (let count = 0; count < 2; count++) {
      const known = await post(gateway, { extensions: persisted(sha256(KETTLE)) });
      expect([known.data.product.name, known.cacheStatus]).toEqual(['Kettle', expect.stringMatching(/^hit/)]);
    }
    const got = await get(gateway, { extensions: JSON.stringify(persisted(sha256(KETTLE))) });
    expect([got.data?.product.name, got.cacheStatus]).toEqual(['Kettle', expect.stringMatching(/^hit/)]);
  });

  it('are found by a URL whose `query` is empty, which says nothing', async () => {
    const { gateway } = await start();
    await post(gateway, { query: KETTLE, extensions: persisted(sha256(KETTLE)) });
    const extensions = JSON.stringify(persisted(sha256(KETTLE)));
    expect((await get(gateway, { query: '', extensions })).data?.product.name).toBe('Kettle');
    const unknown = await get(gateway, { query: '', extensions: JSON.stringify(persisted(sha256(OTHER))) });
    expect([unknown.status, unknown.errors?.[0]?.message]).toEqual([200, 'PersistedQueryNotFound']);
    const nothing = await get(gateway, { query: '' });
    expect([nothing.status, nothing.errors?.[0]?.extensions?.['code']]).toEqual([400, 'BAD_REQUEST']);
  });

  it('P34 are not taken at a client’s word: a text under another’s hash is refused and not remembered', async () => {
    const { gateway } = await start();
    const wrong = await post(gateway, { query: OTHER, extensions: persisted(sha256(KETTLE)) });
    expect([wrong.status, wrong.errors?.[0]?.extensions?.['code']]).toEqual([
      400,
      'PERSISTED_QUERY_HASH_MISMATCH',
    ]);
    const after = await post(gateway, { extensions: persisted(sha256(KETTLE)) });
    expect(after.errors?.[0]?.message).toBe('PersistedQueryNotFound');
  });

  it('P34 do not give a text with half a surrogate pair the name of the one that UTF-8 would make of it', async () => {
    const { gateway } = await start();
    const honest = '{ products(category: "\ufffd") { name } }';
    for (const half of ['\ud800', '\udfff']) {
      const query = honest.replace('\ufffd', half);
      const refused = await post(gateway, { query, extensions: persisted(sha256(query)) });
      expect([refused.status, refused.errors?.[0]?.extensions?.['code']]).toEqual([
        400,
        'PERSISTED_QUERY_HASH_MISMATCH',
      ]);
    }
    const before = await post(gateway, { extensions: persisted(sha256(honest)) });
    expect(before.errors?.[0]?.message).toBe('PersistedQueryNotFound');
    await post(gateway, { query: honest, extensions: persisted(sha256(honest)) });
    expect((await post(gateway, { extensions: persisted(sha256(honest)) })).data.products).toEqual([]);
  });

  it('are named by their own bytes, whole pairs of surrogates among them', async () => {
    const { gateway } = await start();
    const query = '{ products(category: "\u{1f375} \u00e9 \ufeff") { name } }';
    await post(gateway, { query, extensions: persisted(sha256(query)) });
    expect((await post(gateway, { extensions: persisted(sha256(query)) })).data.products).toEqual([]);
  });

  it.each([
    { version: 2, sha256Hash: sha256(KETTLE) },
    { version: 1, sha256Hash: 'x' },
    { version: 1 },
    'x',
    [],
  ])('of another form are not supported: %j', async (persistedQuery) => {
    const { gateway } = await start();
    const answer = await post(gateway, { extensions: { persistedQuery } });
    expect(answer.errors?.[0]?.message).toBe('PersistedQueryNotSupported');
  });

  it('are shared by the processes of a region through Redis, which is not believed either', async () => {
    const redis = cleanup.add(await startRedis());
    const { origin, gateway } = await start({ REDIS_URL: redis.url });
    const other = cleanup.add(await startGateway({ REDIS_URL: redis.url, UPSTREAM_URL: origin.url }));
    await post(gateway, { query: KETTLE, extensions: persisted(sha256(KETTLE)) });
    const known = await post(other, { extensions: persisted(sha256(KETTLE)) });
    expect(known.data.product.name).toBe('Kettle');
    const client = redis.client();
    expect(await client.ttl(`c:q:${sha256(KETTLE)}`)).toBeGreaterThan(80_000);
    await client.set(`c:q:${sha256(OTHER)}`, '{ secrets }', 'EX', 100);
    const forged = await post(other, { extensions: persisted(sha256(OTHER)) });
    expect(forged.errors?.[0]?.message).toBe('PersistedQueryNotFound');
  });

  it('work in batches, each member by itself', async () => {
    const { gateway } = await start();
    await post(gateway, { query: KETTLE, extensions: persisted(sha256(KETTLE)) });
    const answer = await post(gateway, [
      { extensions: persisted(sha256(KETTLE)) },
      { extensions: persisted(sha256(OTHER)) },
    ]);
    expect(JSON.parse(answer.text)).toMatchObject([
      { data: { product: { name: 'Kettle' } } },
      { errors: [{ message: 'PersistedQueryNotFound' }] },
    ]);
  });

  it.each([true, false])('P63 work with Apollo Client unmodified, hashes by GET: %s', async (byGet) => {
    const { gateway } = await start();
    const bodies: string[] = [];
    const client = (): ApolloClient =>
      new ApolloClient({
        cache: new InMemoryCache(),
        link: new PersistedQueryLink({ sha256, useGETForHashedQueries: byGet }).concat(
          new HttpLink({
            uri: gateway.url,
            fetch: (input, init) => {
              bodies.push(`${init?.method} ${String(init?.body ?? input)}`);
              return fetch(input, init);
            },
          }),
        ),
      });
    const query = gql`
      query Kettle {
        product(id: "1") {
          name
        }
      }
    `;
    for (const each of [client(), client()]) {
      const { data } = await each.query<{ product: { name: string } }>({ query });
      expect(data?.product.name).toBe('Kettle');
      each.stop();
    }
    // Hash, then hash and text; the second client gets by with the hash.
    expect(bodies).toHaveLength(3);
    expect(bodies[2]).not.toMatch(/query Kettle|query=/);
  });
});

describe('trusted documents', () => {
  it.each(['documentId', 'doc_id', 'id'])('are asked for by %s, by POST and GET', async (name) => {
    const { gateway } = await start({ TRUSTED_DOCUMENTS: await trusted({ kettle: KETTLE }) });
    expect((await post(gateway, { [name]: 'kettle' })).data.product.name).toBe('Kettle');
    expect((await post(gateway, { [name]: 'kettle' })).cacheStatus).toMatch(/^hit/);
    expect((await get(gateway, { [name]: 'kettle' })).cacheStatus).toMatch(/^hit/);
    const none = await post(gateway, { [name]: '__proto__' });
    expect([none.status, none.errors?.[0]?.extensions?.['code']]).toEqual([404, 'DOCUMENT_NOT_FOUND']);
    expect((await post(gateway, { query: OTHER })).data.product).toBeDefined();
  });

  it('are all that is answered with TRUSTED_ONLY, by text, id or hash', async () => {
    const list = { kettle: KETTLE, [sha256(OTHER)]: OTHER };
    const { origin, gateway } = await start({ TRUSTED_DOCUMENTS: await trusted(list), TRUSTED_ONLY: '1' });
    const codes: unknown[] = [];
    for (const body of [
      { query: '{ products { name } }' },
      { query: '{ serial }', extensions: persisted(sha256('{ serial }')) },
      { extensions: persisted(sha256('{ serial }')) },
    ])
      codes.push((await post(gateway, body)).errors?.[0]?.extensions?.['code']);
    expect(codes).toEqual(['DOCUMENT_NOT_TRUSTED', 'DOCUMENT_NOT_TRUSTED', 'PERSISTED_QUERY_NOT_FOUND']);
    expect(origin.count('products') + origin.count('serial')).toBe(0);
    for (const body of [
      { query: KETTLE },
      { documentId: 'kettle' },
      { extensions: persisted(sha256(OTHER)) },
    ])
      expect((await post(gateway, body)).data.product).toBeDefined();
  });

  it('are read at start, and what is wrong with the list is said', async () => {
    for (const list of [[], 'x', { a: 1 }])
      await expect(start({ TRUSTED_DOCUMENTS: await trusted(list) })).rejects.toThrow('TRUSTED_DOCUMENTS');
    await expect(start({ TRUSTED_ONLY: '1' })).rejects.toThrow('TRUSTED_ONLY');
  });
});
