import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

const start = async () => {
  const origin = cleanup.add(await startOrigin());
  return { origin, gateway: cleanup.add(await startGateway({ UPSTREAM_URL: origin.url })) };
};

const MAYBE = `query ($products: Boolean!, $categories: Boolean!) {
  products @include(if: $products) { name }
  categories @include(if: $categories) { name }
}`;

describe('the limit of an answer', () => {
  it('is that nothing is stored when everything in it was skipped', async () => {
    const { gateway } = await start();
    const variables = { products: false, categories: false };
    const first = await gateway.query(MAYBE, { variables });
    expect(first.data).toEqual({});
    expect(first.cacheStatus).toBe('fwd=uri-miss; detail=no-policy');
    expect((await gateway.query(MAYBE, { variables })).cacheStatus).toBe('fwd=uri-miss; detail=no-policy');
  });

  it('is that of the fields in it, and no other', async () => {
    const { gateway } = await start();
    const variables = { products: true, categories: false };
    expect((await gateway.query(MAYBE, { variables })).cacheStatus).toBe('fwd=uri-miss; stored');
    expect((await gateway.query(MAYBE, { variables })).cacheStatus).toMatch(/^hit; ttl=(59|60)$/);
  });
});
