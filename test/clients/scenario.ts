/** What every client does in the tests, each in its own way. */
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';

export const PRODUCT = /* GraphQL */ `
  query Product($id: ID!) {
    product(id: $id) {
      id
      name
    }
  }
`;
export const RENAME = /* GraphQL */ `
  mutation Rename($id: ID!, $name: String!) {
    renameProduct(id: $id, name: $name) {
      id
      name
    }
  }
`;
/** The schema has no such field. */
export const WRONG = /* GraphQL */ `
  query Wrong {
    nothing
  }
`;
/** The shop answers the one, and can be told to fail the other, which may be null. */
export const PARTIAL = /* GraphQL */ `
  query Partial {
    category(id: "garden") {
      name
    }
    serial
  }
`;

/** A client's own way to send and to report. Its own cache is left aside: the gateway's is what is looked at. */
export interface Client {
  /** @returns `data`. Rejects, or throws, when the client reports an error of any kind. */
  query(document: string, variables?: Record<string, unknown>): Promise<unknown>;
  mutate(document: string, variables?: Record<string, unknown>): Promise<unknown>;
}

/** What one request was answered with. */
export interface Seen {
  readonly method: string;
  readonly status: number;
  readonly type: string | null;
  /** without the cache's name */
  readonly cacheStatus: string;
  readonly token: string | null;
}

/**
 * Runs one client through miss, hit, mutation, miss and errors.
 * @param method how the client sends queries
 * @param type what it takes answers as
 * @param create the client as its documentation makes it; `fetch` is the platform's, and is listened to
 */
export function describeClient(
  name: string,
  method: 'GET' | 'POST',
  type: 'application/json' | 'application/graphql-response+json',
  create: (url: string, fetch: typeof globalThis.fetch) => Client,
): void {
  describe(name, () => {
    const cleanup = cleanupAfterAll();
    let origin: Origin;
    let gateway: GatewayProcess;
    let client: Client;
    let seen: Seen[] = [];

    beforeAll(async () => {
      origin = cleanup.add(await startOrigin());
      gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
      client = create(gateway.url, async (input, init) => {
        const response = await fetch(input, init);
        const { headers, status } = response;
        seen.push({
          method: init?.method ?? 'GET',
          status,
          type: headers.get('content-type'),
          cacheStatus: (headers.get('cache-status') ?? '').replace(/^lastmile-[^;]*; /, ''),
          token: headers.get('lastmile-token'),
        });
        return response;
      });
    });

    beforeEach(() => {
      seen = [];
    });

    const read = (id = '1') => client.query(PRODUCT, { id });

    it('P63 misses, hits, changes something, misses and hits again', async () => {
      expect(await read()).toMatchObject({ product: { id: '1', name: 'Kettle' } });
      expect(await read()).toMatchObject({ product: { name: 'Kettle' } });
      const renamed = await client.mutate(RENAME, { id: '1', name: 'Ä "quoted" 漢字 😀' });
      expect(renamed).toMatchObject({ renameProduct: { id: '1', name: 'Ä "quoted" 漢字 😀' } });
      expect(await read()).toMatchObject({ product: { name: 'Ä "quoted" 漢字 😀' } });
      expect(await read()).toMatchObject({ product: { name: 'Ä "quoted" 漢字 😀' } });
      expect(seen.map(({ cacheStatus }) => cacheStatus.replace(/ttl=\d+/, 'ttl'))).toEqual([
        'fwd=uri-miss; stored',
        'hit; ttl',
        'fwd=method; detail=mutation',
        'fwd=stale; stored; detail=purged',
        'hit; ttl',
      ]);
      expect(seen.map((each) => each.method)).toEqual([method, method, 'POST', method, method]);
      expect(new Set(seen.map((each) => each.type))).toEqual(new Set([`${type}; charset=utf-8`]));
      expect(seen.map(({ token }) => token !== null)).toEqual([false, false, true, false, false]);
      expect(origin.count('product')).toBe(2);
    });

    it('P63 has what it asks several times at once asked of upstream once', async () => {
      const held = origin.hold('product');
      const answers = Promise.all([read('2'), read('2'), read('2')]);
      await held.arrived;
      // Once this is answered, all three have been read.
      await gateway.query('{ serial }');
      held.release();
      expect(await answers).toMatchObject(Array.from({ length: 3 }, () => ({ product: { name: 'Teapot' } })));
      expect(held.count).toBe(1);
    });

    it('P63 is told what is wrong with an operation', async () => {
      for (let times = 0; times < 2; times++) {
        await expect(client.query(WRONG)).rejects.toThrow(/Cannot query field ("|\\")nothing/);
      }
      expect(seen.every(({ status }) => status === (type === 'application/json' ? 200 : 400))).toBe(true);
    });

    it('P63 is told what went wrong upstream, and asks again with success', async () => {
      origin.shop.failField('category', 'the shelf is broken');
      await expect(client.query(PARTIAL)).rejects.toThrow(/the shelf is broken/);
      origin.shop.failField('category', undefined);
      expect(await client.query(PARTIAL)).toMatchObject({ category: { name: 'Garden' } });
      origin.fail('500', 1);
      await expect(client.query(PARTIAL)).rejects.toThrow();
      expect(await client.query(PARTIAL)).toMatchObject({ category: { name: 'Garden' } });
    });
  });
}
