import { cleanupAfterAll } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { startLocalServer } from '../kit/local-server';
import { startRegions, type Regions } from '../kit/regions';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
const ADMIN_TOKEN = 'correct-horse-battery-staple';

let regions: Regions<'iad' | 'syd'>;
beforeAll(async () => {
  regions = cleanup.add(await startRegions({ regions: ['iad', 'syd'] }));
});

const urls = () => regions.all.map(({ name, gateway }) => `${name}=${gateway.adminUrl}`);

describe('lastmile purge', () => {
  it('purges, prints the position, and with --wait when each region has it', async () => {
    const { iad, syd } = regions;
    await syd.warm(['1']);
    const args = ['purge', 'Product:1', '--url', iad.gateway.adminUrl];
    const plain = await runCommand(args);
    expect([plain.status, plain.output]).toEqual([0, expect.stringMatching(/^\d+-\d+\n$/)]);
    await syd.reaches(plain.output.trim());
    expect((await syd.show('1')).cacheStatus).toMatch(/purged/);

    const alone = await runCommand([...args, '--wait']);
    expect(alone.output).toMatch(/\n +iad +[\d.]+ ms\n$/);
    expect(alone.errors).toContain('No other region is waited for: name each with --region');

    syd.link.delay(150);
    const waited = await runCommand([...args, '--wait', '--json'], { REGION_URLS: urls().join(',') });
    syd.link.delay(0);
    const { arrivals } = JSON.parse(waited.output) as {
      arrivals: { region: string; ms: number; reached: boolean }[];
    };
    expect(arrivals.map(({ region, reached }) => [region, reached])).toEqual([
      ['iad', true],
      ['syd', true],
    ]);
    expect(arrivals[1]!.ms).toBeGreaterThan(100);
    expect([waited.status, waited.errors]).toEqual([0, '']);
  });

  it('purges all softly, as after a deploy: what has swr is served once more, stale', async () => {
    const { gateway } = regions.iad;
    const ask = async () =>
      (await gateway.query('{ products(category: "kitchen") { version } }')).cacheStatus;
    await until('it is kept', async () => (await ask()).startsWith('hit'));
    const args = ['purge', '--all', '--url', gateway.adminUrl];
    expect((await runCommand([...args, '--soft'])).status).toBe(0);
    expect(await ask()).toMatch(/^hit; ttl=-?\d+; detail=purged$/);
    await until('it was fetched again', async () => /^hit; ttl=\d+$/.test(await ask()));
    expect((await runCommand(args)).status).toBe(0);
    expect(await ask()).toMatch(/^fwd=stale.*; detail=purged$/);
  });

  it('says on a terminal what was purged, and anywhere that there is no such type', async () => {
    const { isTTY } = process.stdout;
    const args = ['purge', 'Prodct:1', '--session', 'a', '--url', regions.iad.gateway.adminUrl];
    try {
      process.stdout.isTTY = true;
      const { status, output, errors } = await runCommand(args);
      expect([status, output]).toEqual([
        0,
        expect.stringMatching(/^purged Prodct:1, 1 session at \d+-\d+\n$/),
      ]);
      expect(errors).toContain('The schema has no type Prodct. Did you mean "Product"?');
    } finally {
      process.stdout.isTTY = isTTY;
    }
  });

  it('ends with 1 when a region does not have it in time, and says which', async () => {
    const { iad, syd } = regions;
    syd.link.blackHole();
    const { status, output } = await runCommand([
      'purge',
      '[Product]',
      '--soft',
      `--url=${iad.gateway.adminUrl}`,
      '--wait',
      '--within=200',
      ...urls().flatMap((url) => ['--region', url]),
      '--region=lhr=http://127.0.0.1:9',
    ]);
    await syd.restore();
    expect(status).toBe(1);
    expect(output).toMatch(/iad +\d+\.\d ms\n +syd +not within 200 ms\n +lhr +not within 200 ms: \w+/);
  });

  it('ends with 1 and a remedy when it is refused or nobody answers, and tells the token to nobody', async () => {
    const refusing = await startLocalServer((_, response) =>
      response.writeHead(302, { location: regions.iad.gateway.adminUrl }).end(),
    );
    const redirect = new URL(cleanup.add(refusing).url).origin;
    for (const url of ['http://127.0.0.1:9', redirect, regions.iad.gateway.url.replace('/graphql', '')]) {
      const { status, errors, output } = await runCommand(['purge', '--all', '--url', url], { ADMIN_TOKEN });
      expect([status, output]).toEqual([1, '']);
      expect(errors).toMatch(/admin port/);
      expect(errors).not.toContain(ADMIN_TOKEN);
    }
  });

  it.each([
    [[], /Name tags/],
    [['--all', 'Product:1'], /Name tags/],
    [['Product:1', '--sfot'], /sfot/],
    [['Product:1', '--url', 'localhost'], /not an http/],
    [['Product:1', '--within', '1e9'], /--within/],
    [['Product:1', '--region', 'syd'], /name=URL/],
  ])('ends with 2 on wrong usage: %j', async (args, wanted) => {
    const { status, errors } = await runCommand(['purge', ...args]);
    expect([status, errors]).toEqual([2, expect.stringMatching(wanted)]);
  });
});
