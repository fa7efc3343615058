/**
 * The alert rules and the dashboard: each alert on series that were recorded while its fault was there, one scrape for each
 * minute of the rules' time.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { cleanupAfterAll } from '../kit/cleanup';
import { startCdn, type Cdn } from '../kit/cdn';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { findPromtool } from '../kit/promtool-binary';
import { startRegions, type Regions } from '../kit/regions';
import { pause, until } from '../kit/until';

const DEPLOY = join(__dirname, '../../src/observe');
const RULES = join(DEPLOY, 'prometheus-rules.yml');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations: { readonly summary: string; readonly description: string };
}

const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const run = promisify(execFile);
const cleanup = cleanupAfterAll();
const folder = cleanup.folder('alerts');

async function promtool(...args: string[]): Promise<string> {
  const { path, env } = await findPromtool();
  const { stdout } = await run(path, args, { env: { ...process.env, ...env } });
  return stdout;
}

let world: Regions<'iad' | 'syd'>;
let cdn: Cdn;
let origin: Origin;
/** has a CDN in front, compares its hits, and reads its schema from upstream */
let alone: GatewayProcess;

beforeAll(async () => {
  world = cleanup.add(
    await startRegions<'iad' | 'syd'>({
      regions: ['iad', 'syd'],
      separateCache: true,
      // A Redis that stands still is soon given up.
      env: { REDIS_TIMEOUT_MS: '300' },
    }),
  );
  origin = cleanup.add(await startOrigin());
  cdn = cleanup.add(await startCdn('surrogate-key', () => alone.port));
  const env = { UPSTREAM_URL: origin.url, VERIFY_SAMPLE: '1', DEFAULT_MAX_AGE: '60', ...cdn.env };
  alone = cleanup.add(await startGateway({ ...env, REGION: 'alone' }, { schema: null }));
});

const metricsOf = async (gateway: GatewayProcess): Promise<string> =>
  (await fetch(`${gateway.adminUrl}/metrics`)).text();

/** Post to the admin port, whatever comes of it. */
const post = (gateway: GatewayProcess, path: string, body: object = {}) =>
  fetch(`${gateway.adminUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** Values of series over time, as promtool takes them: a value for each scrape, and `_` where there was none. */
class Recording {
  readonly #values = new Map<string, string[]>();
  scrapes = 0;

  async scrape(gateways: readonly GatewayProcess[]): Promise<void> {
    for (const text of await Promise.all(gateways.map(metricsOf)))
      for (const [, series, value] of text.matchAll(/^(lastmile_\S*(?:\{.*\})?) (\S+)$/gm)) {
        const values = this.#values.get(series!) ?? Array.from({ length: this.scrapes }, () => '_');
        this.#values.set(series!, values);
        values.push(value!);
      }
    this.scrapes++;
    for (const values of this.#values.values()) if (values.length < this.scrapes) values.push('_');
  }

  get series(): { series: string; values: string }[] {
    return Array.from(this.#values, ([series, values]) => ({ series, values: values.join(' ') }));
  }
}

interface Fault {
  readonly region: string;
  /** whether the figures of the region show it */
  readonly shows?: (figures: string) => boolean;
  readonly begin: () => unknown;
  /** before each scrape while it lasts */
  readonly meanwhile?: () => unknown;
  readonly end?: () => unknown;
}

const show = 'query Show($id: ID!) { product(id: $id) { name } }';
let serial = 0;
const ask = (gateway: GatewayProcess) => gateway.query(show, { variables: { id: String(serial++) } });

/** How many purges took no longer. */
function arrivedIn(seconds: string, figures: string): number {
  const line = figures
    .split('\n')
    .find((each) => each.startsWith(`lastmile_purge_arrival_seconds_bucket{le="${seconds}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

const FAULTS: Readonly<Record<string, Fault>> = {
  LastmileWrongAnswer: {
    region: 'alone',
    begin: async () => {
      const query = '{ product(id: "1") { price } }';
      await until('it hits', async () => (await alone.query(query)).cacheStatus.startsWith('hit'));
      origin.change(({ products }) => (products.find(({ id }) => id === '1')!.price += 1));
      await alone.query(query);
    },
    shows: (figures) => /lastmile_verified_total\{result="different".*\} [1-9]/.test(figures),
  },
  LastmilePurgesNotAcknowledged: {
    region: 'iad',
    begin: () => {
      world.iad.probe.cut();
      return post(world.iad.gateway, '/purge', { tags: ['Product:1'] });
    },
    shows: (figures) => /lastmile_purges_unacknowledged\{.*\} [1-9]/.test(figures),
    end: () => world.iad.probe.restore(),
  },
  LastmileRegionNotProven: {
    region: 'syd',
    begin: () => world.syd.blackHole(),
    shows: (figures) => /lastmile_region_state\{state="unproven".*\} 1/.test(figures),
    end: () => world.syd.restore(),
  },
  LastmileUpstreamFailing: {
    region: 'iad',
    begin: () => world.origin.fail('500'),
    meanwhile: () => ask(world.iad.gateway),
    end: () => world.origin.recover(),
  },
  LastmileEntriesRedisUnusable: {
    region: 'syd',
    begin: () => world.syd.cache.pause(),
    meanwhile: () => ask(world.syd.gateway),
    shows: (figures) => /lastmile_redis_breaker_open\{call="read".*\} 1/.test(figures),
    end: () => world.syd.cache.resume(),
  },
  LastmilePurgesSlow: {
    region: 'syd',
    begin: () => world.syd.link.delay(3000),
    meanwhile: () => post(world.iad.gateway, '/purge', { tags: ['Product:2'] }),
    shows: (figures) => arrivedIn('+Inf', figures) > arrivedIn('2.5', figures),
    end: () => world.syd.link.delay(0),
  },
  LastmilePurgeLogGap: {
    region: 'syd',
    begin: async () => {
      const log = world.primary.client();
      const [last] = await log.xrevrange('purges', '+', '-', 'COUNT', 1);
      const [epoch, seq] = last![0].split('-');
      await log.xadd('purges', `${epoch}-${Number(seq) + 3}`, 'h', '=2', 'h', 'Product:3');
      log.disconnect();
    },
    shows: (figures) => /lastmile_purge_gaps_total\{.*\} [1-9]/.test(figures),
  },
  LastmileSchemaNotRead: {
    region: 'alone',
    begin: () => origin.fail('500'),
    meanwhile: () => post(alone, '/reload'),
    shows: (figures) => /lastmile_schema_looks_total\{cause="told",outcome="failed".*\} [1-9]/.test(figures),
    end: () => origin.recover(),
  },
  LastmileCacheOff: {
    region: 'iad',
    begin: () => post(world.iad.gateway, '/cache', { serve: false }),
    shows: (figures) => /lastmile_cache_off\{.*\} 1/.test(figures),
    end: () => post(world.iad.gateway, '/cache', { serve: true }),
  },
  LastmileCdnNotPurged: {
    region: 'alone',
    begin: () => {
      cdn.refusing = { status: 503 };
      return post(alone, '/purge', { tags: ['Product:4'] });
    },
    shows: (figures) => /lastmile_cdn_keys_waiting\{.*\} [1-9]/.test(figures),
    end: () => (cdn.refusing = undefined),
  },
};

const gatewayOf = (region: string): GatewayProcess =>
  region === 'alone' ? alone : world.all.find(({ name }) => name === region)!.gateway;

/** Minutes of the rules' time before a fault. */
const HEALTHY = 12;

describe('the alert rules', () => {
  it('are shown by a fault, each of them', () => {
    expect(Object.keys(FAULTS).toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  });

  it('are right for Prometheus, and name figures that there are', async () => {
    expect(await promtool('check', 'rules', RULES)).toMatch(/SUCCESS: 10 rules found/);
    expect(unknownIn(rules.map(({ expr }) => expr).join('\n'), await exported())).toEqual([]);
  });

  it.each(rules)(
    '$alert fires while its fault is there, and not before',
    async ({ alert, for: wait = '0m' }) => {
      const { region, begin, shows, meanwhile, end } = FAULTS[alert]!;
      const gateways = [...world.all.map(({ gateway }) => gateway), alone];
      const recording = new Recording();
      await Promise.all(world.all.map((each) => each.serves()));
      await until('the CDN has taken all', async () =>
        /cdn_keys_waiting\{.*\} 0$/m.test(await metricsOf(alone)),
      );
      for (let scrapes = 0; scrapes < HEALTHY; scrapes++) {
        await ask(world.iad.gateway);
        await recording.scrape(gateways);
      }
      await begin();
      try {
        if (shows)
          await until(`${alert} shows`, async () => {
            await meanwhile?.();
            return shows(await metricsOf(gatewayOf(region)));
          });
        for (let scrapes = 0; scrapes < Number.parseInt(wait) + 8; scrapes++) {
          await meanwhile?.();
          await pause(20);
          await recording.scrape(gateways);
        }
      } finally {
        await end?.();
      }
      const firing = `count by (region) (ALERTS{alertname="${alert}",alertstate="firing"})`;
      const file = join(folder, `${alert}.yml`);
      const sample = { labels: `{region="${region}"}`, value: 1 };
      await writeFile(
        file,
        stringify({
          rule_files: [RULES],
          evaluation_interval: '1m',
          tests: [
            {
              interval: '1m',
              input_series: recording.series,
              promql_expr_test: [
                { expr: firing, eval_time: `${HEALTHY - 1}m`, exp_samples: [] },
                {
                  expr: `${firing} * 0 + 1 and on (region) label_replace(vector(1), "region", "${region}", "", "")`,
                  eval_time: `${recording.scrapes - 1}m`,
                  exp_samples: [sample],
                },
              ],
            },
          ],
        }),
      );
      expect(await promtool('test', 'rules', file)).toMatch(/SUCCESS/);
    },
  );
});

/** Names of all figures that there are. */
async function exported(): Promise<ReadonlySet<string>> {
  const text = await metricsOf(world.iad.gateway);
  return new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!));
}

/** Names of figures in an expression that there are not. */
function unknownIn(expression: string, known: ReadonlySet<string>): string[] {
  const names = [...expression.matchAll(/\blastmile_\w+/g)].map(([name]) => name);
  return [...new Set(names)].filter(
    (name) => !known.has(name) && !known.has(name.replace(/_(?:bucket|sum|count)$/, '')),
  );
}

describe('the dashboard', () => {
  interface Panel {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string }[];
  }
  const dashboard = JSON.parse(readFileSync(join(DEPLOY, 'grafana-dashboard.json'), 'utf8')) as {
    panels: Panel[];
  };
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

  it('asks for figures that there are, in expressions that Prometheus can read', async () => {
    const asked = expressions.map((expr) =>
      expr.replaceAll('$region', '.*').replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1h'),
    );
    expect(asked.join('')).not.toContain('$');
    const file = join(folder, 'dashboard.yml');
    const recorded = asked.map((expr, at) => ({ record: `panel:${at}`, expr }));
    await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    expect(await promtool('check', 'rules', file)).toMatch(/SUCCESS/);
    expect(unknownIn(asked.join('\n'), await exported())).toEqual([]);
    expect(unknownIn('rate(lastmile_nothing_total[5m])', await exported())).toEqual([
      'lastmile_nothing_total',
    ]);
  });

  it('has no two panels in one place', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});
