import type { Page } from 'playwright-core';
import { startBrowser, type OpenedPage, type TestBrowser } from '../kit/browser';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin } from '../kit/origin';
import { shopTypes } from '../kit/shop-schema';

const BROWSER = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };

const shared = cleanupAfterAll();
const cleanup = cleanupAfterEach();
let browser: TestBrowser;
let gateway: GatewayProcess;

beforeAll(async () => {
  browser = shared.add(await startBrowser());
  gateway = shared.add(await startGateway({ REGION: 'syd' }));
});

/** GraphiQL with a query in its editor, once that can be run. */
async function open(at: GatewayProcess, query?: string, colours?: 'light' | 'dark'): Promise<OpenedPage> {
  const hash = query === undefined ? '' : `#query=${encodeURIComponent(query)}`;
  const opened = await browser.open(`${at.url}${hash}`, colours && { colorScheme: colours });
  cleanup.later(() => opened.page.close());
  await opened.page.getByRole('button', { name: 'Execute query' }).waitFor();
  return opened;
}

/** Runs the query that the editor shows. @returns what the strip says of its answer */
async function run(page: Page): Promise<string> {
  const dots = page.locator('#strip .dot');
  const before = await dots.count();
  await page.getByRole('button', { name: 'Execute query' }).click();
  await dots.nth(before).waitFor();
  return page.locator('#strip').innerText();
}

const urlOf = (port: number): string => `http://127.0.0.1:${port}/`;

it.each(['light', 'dark'] as const)(
  'loads in %s colours from this machine alone, without a fault',
  async (colours) => {
    const { page, asked, faults } = await open(gateway, undefined, colours);
    await run(page);
    // The editor's workers are there once what is typed is completed.
    await page.locator('.graphiql-editor .view-lines').first().click();
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-widget').first().waitFor();
    expect(faults).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(urlOf(gateway.port)))).toEqual([]);
    expect(asked.some((url) => url.endsWith('graphql.worker.js'))).toBe(true);
  },
);

it('shows a miss, then a hit with its age and tags, and a miss after its purge', async () => {
  const { page, faults } = await open(gateway, '{ country(code: "NZ") { name capital } }');
  expect(await run(page)).toMatch(/^Miss\ncountry\nkept for 1 d, answered in \d.*fwd=uri-miss; stored/s);
  expect(await run(page)).toMatch(/^Hit\ncountry\nage \d+ s, .*left, .*Country:NZ/s);
  await page.getByRole('button', { name: 'Purge this answer' }).click();
  await page.getByText('Purged Country:NZ').waitFor();
  expect(await run(page)).toMatch(/^Miss\n.*Something it shows was purged\./s);
  // The answer is shown as any client is sent it.
  expect(await page.locator('.result-window').innerText()).toContain('Wellington');
  expect(await page.locator('.result-window').innerText()).not.toContain('explain');
  expect(faults).toEqual([]);
});

it('shows the line of SDL that has an answer kept', async () => {
  const origin = cleanup.add(await startOrigin());
  const schema = shopTypes.replace(
    'type Category implements Node @cacheControl(maxAge: 60)',
    'type Category implements Node',
  );
  const shop = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }, { schema }));
  const { page } = await open(shop, '{ products { name category { name } } }');
  const said = await run(page);
  expect(said).toContain('Product.category has no maxAge. In SCHEMA:');
  expect(said).toContain('extend type Category @cacheControl(maxAge: 60)');
});

it('purges with the token alone, where the admin port has one', async () => {
  const guarded = cleanup.add(await startGateway({ ADMIN_TOKEN: 'wine-dark-sea-of-tokens' }));
  const { page } = await open(guarded, '{ country(code: "NZ") { name } }');
  await run(page);
  const purge = page.getByRole('button', { name: 'Purge this answer' });
  for (const [token, said] of [
    ['guessed', 'Not purged: '],
    ['wine-dark-sea-of-tokens', 'Purged Country:NZ'],
  ] as const) {
    await purge.click();
    await page.getByLabel('ADMIN_TOKEN').fill(token);
    await page.keyboard.press('Enter');
    await page.getByText(said).waitFor();
  }
  expect(await run(page)).toContain('detail=purged');
});

it('offers no purge, and explains nothing, to another machine', async () => {
  // What a proxy says of itself tells that somebody else asks.
  const { text } = await gateway.send({ method: 'GET', headers: { ...BROWSER, via: '1.1 proxy' } });
  expect(text).toContain('"explained":false');
  expect(text).not.toContain('"purge"');
  const here = await gateway.send({ method: 'GET', headers: BROWSER });
  expect(here.text).toContain(`"explained":true,"purge":{"port":${gateway.served.adminPort},"token":false}`);
});

it('is not there in production, nor are its files', async () => {
  const env = { NODE_ENV: 'production', EXAMPLE: '1', ADMIN_TOKEN: 'wine-dark-sea-of-tokens' };
  const production = cleanup.add(await startGateway(env));
  for (const path of ['/graphql', '/graphql?graphiql=graphiql.js']) {
    const { status, text } = await production.send({ method: 'GET', path, headers: BROWSER });
    expect([status, text]).toEqual([404, expect.stringContaining('see GRAPHIQL')]);
  }
});

it('allows no script in the page, and none from elsewhere', async () => {
  const { headers, text } = await gateway.send({ method: 'GET', headers: BROWSER });
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; worker-src 'self';/,
  );
  expect(headers['content-security-policy']).not.toContain('unsafe-eval');
  expect([...text.matchAll(/<script(?![^>]*(?: src="\?|"application\/json"))[^>]*>/g)]).toEqual([]);
  expect(text).not.toMatch(/ on\w+=/);
});

it('sends its files once, and says that there is no other', async () => {
  const path = '/graphql?graphiql=strip.js';
  const { status, headers } = await gateway.send({ method: 'GET', path, headers: { accept: '*/*' } });
  expect([status, headers['content-type'], headers['content-encoding']]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'gzip',
  ]);
  const again = await gateway.send({
    method: 'GET',
    path,
    headers: { accept: '*/*', 'if-none-match': headers.etag! },
  });
  expect([again.status, again.text]).toEqual([304, '']);
  for (const name of ['constructor', '../page.ts', '%2e%2e%2fpage.ts', ''])
    expect((await gateway.send({ method: 'GET', path: `/graphql?graphiql=${name}` })).status).toBe(404);
});

it('answers a query in the URL also to a browser', async () => {
  const path = `/graphql?query=${encodeURIComponent('{ country(code: "NZ") { name } }')}`;
  expect((await gateway.send({ method: 'GET', path, headers: BROWSER })).data).toEqual({
    country: { name: 'New Zealand' },
  });
});
