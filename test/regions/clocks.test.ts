import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
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

describe('a machine that comes back from a suspension', () => {
  /** Its wall clock has gone on, its monotonic clock has not. */
  const suspend = (): void => {
    const realNow = Date.now;
    const shifted = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + TEN_MINUTES);
    cleanup.later(() => shifted.mockRestore());
  };

  it('P09 is unproven until it has asked the primary', async () => {
    const regions: Regions<'iad' | 'syd'> = await startRegions({ regions: ['iad', 'syd'] });
    const { syd } = cleanup.add(regions);
    await syd.warm(['1']);
    // Its proof would hold for a second and a half.
    syd.probe.blackHole();
    expect((await syd.show('1')).cacheStatus).toMatch(/^hit/);
    suspend();
    expect((await syd.show('1')).cacheStatus).toMatch(/detail=unproven$/);
    await syd.restore();
    await until('it serves again', async () => (await syd.show('1')).cacheStatus.startsWith('hit'));
  });

  it('counts the time for what it holds in memory, and says what happened', async () => {
    const origin = cleanup.add(await startOrigin());
    const { log, lines } = takeDownLog();
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }, { log }));
    const ask = async () => (await gateway.query('{ product(id: "1") { name } }')).cacheStatus;
    expect([await ask(), await ask()]).toEqual(['fwd=uri-miss; stored', expect.stringMatching(/^hit/)]);
    suspend();
    // Its minute is over.
    expect([await ask(), await ask()]).toEqual(['fwd=uri-miss; stored', expect.stringMatching(/^hit/)]);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('was suspended') }),
    );
  });
});
