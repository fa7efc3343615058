/** What upstream answers with another status than 200 may hold data, and is no answer to keep. */
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startLocalServer } from '../kit/local-server';
import { startOrigin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const KETTLE = '{ product(id: "1") { name } }';

async function start(env: Record<string, string> = {}, schema = shopTypes) {
  const origin = cleanup.add(await startOrigin());
  const begin = async () =>
    cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, UPSTREAM_RETRIES: '0', ...env }, { schema }));
  return { origin, begin, gateway: await begin() };
}

describe('an answer with data', () => {
  it.each([201, 203, 206, 226, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504, 599])(
    'is passed on and not stored where its status is %i',
    async (status) => {
      const { origin, gateway } = await start();
      origin.answerStatus = status;
      for (let calls = 1; calls <= 2; calls++) {
        const answer = await gateway.query(KETTLE);
        expect(answer.data.product.name).toBe('Kettle');
        expect(answer.cacheStatus).toBe('fwd=uri-miss; detail=status');
        expect(origin.count('product')).toBe(calls);
      }
      origin.answerStatus = undefined;
      expect((await gateway.query(KETTLE)).cacheStatus).toBe('fwd=uri-miss; stored');
    },
  );

  it('does not take the place of an entry that is being refreshed', async () => {
    const schema = shopTypes.replaceAll(', swr: 30', '').replaceAll('maxAge: 60', 'maxAge: 1, swr: 60');
    const { origin, gateway } = await start({}, schema);
    await gateway.query(KETTLE);
    origin.answerStatus = 404;
    origin.change((data) => void (data.products[0]!.name = 'Nothing'));
    await until('it is refreshed in vain', async () => {
      expect((await gateway.query(KETTLE)).data.product.name).toBe('Kettle');
      return origin.count('product') > 3;
    });
  });

  it("is nobody's to keep for those who wait for it, in this process or another", async () => {
    const redis = cleanup.add(await startPrimary());
    const { origin, begin, gateway } = await start({ REDIS_URL: redis.url });
    const other = await begin();
    origin.answerStatus = 503;
    const held = origin.hold('product');
    const all = [gateway, gateway, other].map((each) => each.query(KETTLE));
    await held.arrived;
    held.release();
    for (const answer of await Promise.all(all)) {
      expect(answer.data.product.name).toBe('Kettle');
      expect(answer.cacheStatus).toMatch(/^fwd=uri-miss; (collapsed; )?detail=status$/);
    }
    origin.answerStatus = undefined;
    expect((await other.query(KETTLE)).cacheStatus).toBe('fwd=uri-miss; stored');
  });

  it('is asked for again with the credentials of the client, as any other refusal is', async () => {
    const { origin, gateway } = await start();
    origin.answerStatus = 401;
    const answer = await gateway.query(KETTLE, { headers: { authorization: 'Bearer alice' } });
    expect(answer.cacheStatus).toBe('fwd=bypass; detail=credentials');
    expect(origin.received.at(-1)!.headers.authorization).toBe('Bearer alice');
  });
});

describe('a status of upstream that tells its client what to do', () => {
  it.each([401, 403, 404, 413, 429, 503])(
    '%i reaches it with its headers, whatever the body is',
    async (status) => {
      const said = { 'retry-after': '7', 'www-authenticate': 'Bearer realm="shop"' };
      for (const body of ['<h1>No</h1>', '{"errors":[{"message":"No"}]}']) {
        const { url } = cleanup.add(
          await startLocalServer((_, response) => response.writeHead(status, said).end(body)),
        );
        const gateway = cleanup.add(
          await startGateway({ UPSTREAM_URL: url, UPSTREAM_RETRIES: '0' }, { schema: shopTypes }),
        );
        for (const document of [KETTLE, 'mutation { renameProduct(id: "1", name: "Renamed") { id } }']) {
          const answer = await gateway.query(document);
          expect(answer.status).toBe(status);
          expect(answer.headers).toMatchObject(said);
          expect(answer.errors).toHaveLength(1);
        }
      }
    },
  );
});
