import { cleanupAfterEach } from '../kit/cleanup';
import { CHANGE, SHOW, startRegions, type Regions } from '../kit/regions';
import { startServing, type ServingProcess } from '../kit/lastmile';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();
const TEN_MINUTES = 600_000;

interface Shown {
  readonly version: number;
  readonly cacheStatus: string;
  readonly age: number;
}

async function send(gateway: Pick<ServingProcess, 'url'>, query: string): Promise<Response> {
  return fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { id: '1' } }),
  });
}

async function show(gateway: Pick<ServingProcess, 'url'>): Promise<Shown> {
  const response = await send(gateway, SHOW);
  const { data } = (await response.json()) as { data: { product: { version: number } } };
  const { headers } = response;
  return {
    version: data.product.version,
    cacheStatus: headers.get('cache-status') ?? '',
    age: Number(headers.get('age') ?? 0),
  };
}

it('P15 ten minutes of skew between gateways, and between them and Redis, change nothing', async () => {
  const regions: Regions<'iad' | 'syd'> = await startRegions({ regions: ['iad', 'syd'] });
  const { iad, syd } = cleanup.add(regions);
  const serve = async (env: Readonly<Record<string, string>>, shiftMs: number) =>
    cleanup.add(
      await startServing(
        { ...env, CLOCK_SHIFT_MS: String(shiftMs) },
        { schema: shopTypes, flags: ['--require', require.resolve('./shift-clock.cjs')] },
      ),
    );
  // Three of one region, which share entries in one Redis, and one of another.
  const behind = await serve(syd.env, -TEN_MINUTES);
  const ahead = await serve(syd.env, TEN_MINUTES);
  const [right, elsewhere] = [syd.gateway, iad.gateway];
  const gateways: Pick<ServingProcess, 'url' | 'adminUrl'>[] = [behind, ahead, right, elsewhere];
  for (const writer of [behind, ahead, elsewhere, right]) {
    for (const gateway of gateways)
      await until('it has the entry', async () => (await show(gateway)).cacheStatus.includes('; hit'));
    for (const gateway of gateways) {
      const { cacheStatus, age } = await show(gateway);
      // Neither older than it is, nor from the future: maxAge is a minute.
      expect(age).toBeLessThan(30);
      expect(Number(/ttl=(-?\d+)/.exec(cacheStatus)?.[1])).toBeGreaterThan(30);
      expect(Number(/ttl=(-?\d+)/.exec(cacheStatus)?.[1])).toBeLessThanOrEqual(60);
    }
    const token = (await send(writer, CHANGE)).headers.get('lastmile-token');
    const current = (await iad.show('1')).data.product.version as number;
    for (const gateway of gateways) {
      await fetch(`${gateway.adminUrl}/position?reached=${token}&within=10000`);
      expect((await show(gateway)).version).toBeGreaterThanOrEqual(current);
    }
  }
});
