import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

const PRODUCTS = '{ products { name } }';

it.each(['9999999999999-1', '1-9999999999999', '9007199254740991-5+abcdef.9'])(
  'P48 has a forged token %s ask upstream no oftener, and others hit',
  async (token) => {
    const origin = cleanup.add(await startOrigin());
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
    await gateway.query(PRODUCTS);
    origin.resetCounts();
    const began = performance.now();
    const forged = Array.from({ length: 50 }, () =>
      gateway.query(PRODUCTS, { headers: { 'lastmile-token': token } }),
    );
    expect((await gateway.query(PRODUCTS)).cacheStatus).toMatch(/^hit/);
    for (const { status } of await Promise.all(forged)) expect(status).toBe(200);
    // At most two begin in 50 ms.
    expect(origin.count('products')).toBeLessThanOrEqual(2 + (2 * (performance.now() - began)) / 50);
    expect((await gateway.query(PRODUCTS)).cacheStatus).toMatch(/^hit/);
  },
);
