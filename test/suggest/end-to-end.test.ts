import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Suggestion } from '../../src/suggest/suggest';
import { runCommand } from '../kit/command';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { seededRandom } from '../kit/random';

const cleanup = cleanupAfterEach();

const PRODUCT = 'query Product($id: ID!) { product(id: $id) { name category { name } } }';
const SHELF = 'query Shelf($category: ID) { products(category: $category) { name price } }';
const PAGE =
  'query Page { productConnection(first: 2) { edges { node { name } } pageInfo { hasNextPage } } }';
const BASKET = 'query Basket { viewer { name basket { name } } }';
const SERIAL = 'query Serial { serial }';
const RENAME = 'mutation Rename($id: ID!, $name: String!) { renameProduct(id: $id, name: $name) { id } }';

/** What customers do in a shop, one after another. @returns the hits among the queries, and how many queries there were */
async function shopping(gateway: GatewayProcess): Promise<{ hits: number; queries: number }> {
  const random = seededRandom(5);
  let hits = 0;
  let queries = 0;
  for (let step = 0; step < 240; step++) {
    const id = String(1 + random.below(1 + random.below(6)));
    if (step % 30 === 29) {
      await gateway.query(RENAME, { variables: { id, name: `Name ${step}` } });
      continue;
    }
    const who = random.pick(['alice', 'bob']);
    const headers = { authorization: `Bearer ${who}` };
    const { cacheStatus, errors } = await random.pick([
      () => gateway.query(PRODUCT, { variables: { id } }),
      () => gateway.query(SHELF, { variables: { category: random.pick(['kitchen', 'tools']) }, headers }),
      () => gateway.query(PAGE),
      () => gateway.query(BASKET, { headers }),
      () => gateway.query(SERIAL),
    ])();
    expect(errors).toBeUndefined();
    queries++;
    if (cacheStatus.startsWith('hit')) hits++;
  }
  return { hits, queries };
}

describe('lastmile suggest, on what a gateway wrote', () => {
  it('proposes directives that, pasted, bring the hit rate it said', async () => {
    const folder = cleanup.folder('suggest');
    const file = join(folder, 'operations.jsonl');
    const env = { SESSION: 'header:authorization' };

    const origin = cleanup.add(await startOrigin());
    const writing = { OPERATION_LOG: file, OPERATION_LOG_SAMPLE: '1' };
    const before = await startGateway({ UPSTREAM_URL: origin.url, ...env, ...writing }, { schema: null });
    const without = await shopping(before);
    await before.stop();
    expect(without.hits).toBe(0);

    const log = await readFile(file, 'utf8');
    // As words of their own: a hash may hold three letters of a name by chance.
    expect(log).not.toMatch(/(?<![\w-])(alice|bob|kitchen)(?![\w-])|Name \d/);

    const asked = { UPSTREAM_URL: origin.url, ...env };
    const { status, output } = await runCommand(['suggest', file], asked);
    expect(status).toBe(0);
    expect(output).toMatch(/^extend type Product @cacheControl\(maxAge: \d+\)$/m);
    expect(output).toMatch(/^extend type PageInfo @cacheControl\(inheritMaxAge: true\)$/m);
    expect(output).toMatch(/^ {2}viewer: Viewer @cacheControl\(scope: PRIVATE\)$/m);
    expect(output).toMatch(/^# - Serial .*change within seconds/m);
    const json = await runCommand(['suggest', file, '--json'], asked);
    const { proposed } = JSON.parse(json.output) as Suggestion;

    const overlay = join(folder, 'overlay.graphql');
    await writeFile(overlay, output);
    const fresh = cleanup.add(await startOrigin());
    const checked = await runCommand(['check', '--json'], { ...asked, SCHEMA: overlay });
    expect(checked.status).toBe(0);
    const { findings } = JSON.parse(checked.output) as {
      findings: { severity: string; coordinate: string }[];
    };
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const after = cleanup.add(
      await startGateway({ UPSTREAM_URL: fresh.url, SCHEMA: overlay, ...env }, { schema: null }),
    );
    const withThem = await shopping(after);
    expect(withThem.queries).toBe(proposed.queries);
    // To the query, unless this machine takes longer over it than the shortest maxAge that was proposed.
    expect(Math.abs(withThem.hits / withThem.queries - proposed.hitRate)).toBeLessThan(0.05);
    // It is worth something: of all but the serials, far more than half.
    expect(proposed.hitRate).toBeGreaterThan(0.5);
  });
});
