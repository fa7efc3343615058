/** The page at the admin port, in a real browser, of two regions that run. */
import type { Locator, Page } from 'playwright-core';
import { startBrowser, type OpenedPage, type TestBrowser } from '../kit/browser';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startRegions, type Regions } from '../kit/regions';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
const TOKEN = 'token-of-tests';
const PAGE = 'query Page { product(id: "1") { name } }';
const RENAME = 'mutation Rename { renameProduct(id: "1", name: "Renamed") { id } }';

let browser: TestBrowser;
let world: Regions<'iad' | 'syd'>;

beforeAll(async () => {
  browser = cleanup.add(await startBrowser());
  world = cleanup.add(await startRegions({ regions: ['iad', 'syd'] }));
});

async function open(options: Parameters<TestBrowser['open']>[1] = {}): Promise<OpenedPage> {
  const opened = await browser.open(world.iad.gateway.adminUrl, options);
  cleanup.later(() => opened.page.close());
  await opened.page.getByRole('status').getByText('live').waitFor();
  return opened;
}

/** What was asked for that is not on this machine's admin port. */
function beyond(asked: readonly string[]): string[] {
  return asked.filter((url) => !url.startsWith(world.iad.gateway.adminUrl));
}

function row(page: Page, table: string, name: string): Locator {
  return page
    .getByRole('table', { name: table })
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name }) });
}

it('shows an operation, its hits and why it was none, while it happens', async () => {
  const { page, faults, asked } = await open();
  await world.iad.query('query Fresh { product(id: "3") { name price version } }');
  await world.iad.query('query Fresh { product(id: "3") { name price version } }');
  const operation = row(page, 'Operations', 'Fresh');
  await operation.getByText('absent').waitFor();
  await operation.getByText('50.0 %').waitFor();
  await page.getByText('No entry for this request yet.').waitFor();
  expect(beyond(asked)).toEqual([]);
  expect(faults).toEqual([]);
});

it('explains an operation at a click', async () => {
  const { page } = await open();
  await world.iad.query(PAGE);
  await page.getByRole('button', { name: 'Page', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Page' });
  await dialog.getByText('query Page: kept for all clients').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

it('shows both regions on the map and in the table, and the way of a purge with its milliseconds', async () => {
  world.syd.distance(40);
  const { page, faults, asked } = await open();
  await page.getByRole('img', { name: /^Region iad \(primary, this gateway\): proven/ }).waitFor();
  await page.getByRole('img', { name: /^Region syd: proven/ }).waitFor();
  await row(page, 'Regions', 'syd').getByText('proven').waitFor();
  const arrived = page.getByText(/^iad 0(\.0)? ms · syd \d+(\.\d)? ms$/);
  // Of one purge alone it may be said too little: on a busy machine the primary's own gateway is late as well.
  await until(
    'a purge was seen to take its way',
    async () => {
      await world.iad.query(RENAME);
      const said = await arrived.allTextContents();
      return said.some((text) => Number(/syd ([\d.]+) ms/.exec(text)![1]) > 20);
    },
    { every: 300 },
  );
  await page.locator('path.arc').first().waitFor({ state: 'attached' });
  await page.getByText('Mutation.renameProduct').first().waitFor();
  world.syd.distance(0);
  expect(beyond(asked)).toEqual([]);
  expect(faults).toEqual([]);
});

it('says of a region that cannot be proven what it is', async () => {
  const { page } = await open();
  await page.getByRole('img', { name: /^Region syd: proven/ }).waitFor();
  world.syd.blackHole();
  await page.getByRole('img', { name: /^Region syd: silent/ }).waitFor();
  await world.syd.restore();
  await page.getByRole('img', { name: /^Region syd: proven/ }).waitFor();
});

it('shows what a purge would refuse, purges it, and shows that it does', async () => {
  const { page, faults, asked } = await open();
  await world.iad.query('query Second { product(id: "2") { name } }');
  await page.keyboard.press('/');
  await page.keyboard.type('Product:2');
  await page.keyboard.press('Enter');
  const entries = page.getByRole('table', { name: 'Entries in this machine' });
  await entries.getByText('fresh').first().waitFor();
  await page
    .getByText(/carr(y|ies) Product:2; [1-9]\d* may be served now, and a purge would refuse/)
    .waitFor();
  await page.getByRole('button', { name: 'Purge' }).click();
  await page.getByText(/^Purged Product:2 at \d+-\d+\.$/).waitFor();
  await entries.getByText('purged').first().waitFor();
  await page.getByText('purge API').first().waitFor();
  expect((await world.iad.query('query Second { product(id: "2") { name } }')).cacheStatus).toContain(
    'purged',
  );
  expect(beyond(asked)).toEqual([]);
  expect(faults).toEqual([]);
});

it('asks for the token once, keeps it for the tab, and says what is wrong with another', async () => {
  const guarded = cleanup.add(await startGateway({ UPSTREAM_URL: world.origin.url, ADMIN_TOKEN: TOKEN }));
  const { page } = await browser.open(guarded.adminUrl);
  const dialog = page.getByRole('dialog', { name: 'This gateway asks for its token' });
  await dialog.getByText("Enter this gateway's ADMIN_TOKEN.").waitFor();
  expect(await page.getByText("Enter this gateway's ADMIN_TOKEN.").count()).toBe(1);
  await dialog.getByLabel('ADMIN_TOKEN').fill('another');
  await page.keyboard.press('Enter');
  await dialog.getByText("That is not this gateway's ADMIN_TOKEN.").waitFor();
  await dialog.getByLabel('ADMIN_TOKEN').fill(TOKEN);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('live').waitFor();
  await page.reload();
  await page.getByText('live').waitFor();
  expect(await page.context().cookies()).toEqual([]);
  expect(page.url()).not.toContain(TOKEN);
  await page.close();
});

it('has names for all that can be used, and can be used without a mouse', async () => {
  const { page } = await open();
  await world.iad.query(PAGE);
  await page.getByRole('button', { name: 'Page', exact: true }).waitFor();
  const snapshot = await page.locator('body').ariaSnapshot();
  for (const name of [
    'heading "Lastmile"',
    'button "Pause"',
    'button "Token"',
    'group "Map of the regions"',
    'textbox "Type or tag"',
    'button "Show"',
    'checkbox "soft"',
    'table "Operations"',
    'img "Latencies on a logarithmic axis.',
    'img "Answers in each second of the last minute"',
  ])
    expect(snapshot).toContain(name);
  expect(snapshot).not.toMatch(/- (button|textbox|checkbox|link|img)( \[|:|$)/m);
  await page.keyboard.press('p');
  expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('aria-pressed')).toBe('true');
});

it('fits a phone, and the dark, without scrolling sideways', async () => {
  for (const options of [
    { viewport: { width: 390, height: 844 } },
    { viewport: { width: 820, height: 1100 }, colorScheme: 'dark' as const },
  ]) {
    const { page, faults, asked } = await open(options);
    await world.iad.query(PAGE);
    await page.getByRole('button', { name: 'Page', exact: true }).waitFor();
    const { inner, scroll } = await page.evaluate(() => ({
      inner: window.innerWidth,
      scroll: document.documentElement.scrollWidth,
    }));
    expect(scroll).toBeLessThanOrEqual(inner);
    expect(beyond(asked)).toEqual([]);
    expect(faults).toEqual([]);
  }
});

it('finds its stream again after the gateway was away', async () => {
  const first = await startGateway({ UPSTREAM_URL: world.origin.url });
  const { adminPort, port } = first.served;
  const { page } = await browser.open(first.adminUrl);
  await page.getByText('live').waitFor();
  await first.stop();
  await page.getByText('The gateway cannot be reached.').waitFor();
  cleanup.add(
    await startGateway({ UPSTREAM_URL: world.origin.url, ADMIN_PORT: String(adminPort), PORT: String(port) }),
  );
  await page.getByText('live').waitFor();
  await page.close();
});
