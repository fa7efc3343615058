import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();
const PRODUCTS = '{ products { name } }';

async function start(env: Record<string, string> = {}, atStart: Record<string, string> = {}) {
  const origin = cleanup.add(await startOrigin());
  origin.answerHeaders = atStart;
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
  return { origin, gateway };
}

describe("what upstream says of an answer's storage", () => {
  it.each([
    [{ 'cache-control': 'no-store' }],
    [{ 'cache-control': 'private' }],
    [{ 'cache-control': 'max-age=0' }],
    [{ vary: 'Accept-Encoding, *' }],
    [{ expires: '0' }],
    [{ expires: 'Thu, 19 Nov 1981 08:52:00 GMT' }],
    [{ pragma: 'no-cache' }],
  ])('forbids: %j', async (said) => {
    const { origin, gateway } = await start();
    origin.answerHeaders = said;
    expect((await gateway.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; detail=upstream');
    expect((await gateway.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; detail=upstream');
  });

  it('shortens, and never lengthens', async () => {
    const { origin, gateway } = await start();
    origin.answerHeaders = { 'cache-control': 'max-age=7' };
    await gateway.query(PRODUCTS);
    expect((await gateway.query(PRODUCTS)).cacheStatus).toMatch(/^hit; ttl=[67]$/);
    origin.answerHeaders = { 'cache-control': 'max-age=99999999999' };
    await gateway.query('{ categories { name } }');
    expect((await gateway.query('{ categories { name } }')).cacheStatus).toMatch(/^hit; ttl=(59|60)$/);
  });

  it('counts the time an answer was kept on its way here', async () => {
    const { origin, gateway } = await start();
    origin.answerHeaders = { age: '20' };
    await gateway.query(PRODUCTS);
    const hit = await gateway.query(PRODUCTS);
    expect(hit.cacheStatus).toMatch(/^hit; ttl=(39|40)$/);
    expect(Number(hit.headers.age)).toBeGreaterThanOrEqual(20);
  });

  it('is passed over where it says the same of every answer, and obeyed where it is told to be', async () => {
    const habit = { 'cache-control': 'no-cache, no-store', pragma: 'no-cache', expires: '0' };
    const { origin, gateway } = await start({}, habit);
    expect((await gateway.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; stored');
    origin.answerHeaders = { 'cache-control': 'no-store' };
    expect((await gateway.query('{ categories { name } }')).cacheStatus).toBe(
      'fwd=uri-miss; detail=upstream',
    );
    const strict = await start({ UPSTREAM_CACHE_CONTROL: 'obey' }, habit);
    expect((await strict.gateway.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; detail=upstream');
    const free = await start({ UPSTREAM_CACHE_CONTROL: 'ignore' });
    free.origin.answerHeaders = habit;
    expect((await free.gateway.query(PRODUCTS)).cacheStatus).toBe('fwd=uri-miss; stored');
  });
});
