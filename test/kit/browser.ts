/**
 * Debian's Chromium, without a network: a page that asks anything beyond this machine is told at once that it cannot.
 *
 *   const browser = cleanup.add(await startBrowser());
 *   const page = await browser.open(`${gateway.url}`);
 */
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { chromiumBinary } from './chromium-binary';
import { PATIENCE } from './until';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // No name but this machine's is found, and no other address is tried.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** A page, and what went on behind it. */
export interface OpenedPage {
  readonly page: Page;
  /** every URL it asked for, but those that hold what they stand for */
  readonly asked: string[];
  /** what the console says in red, and what was thrown */
  readonly faults: string[];
}

export class TestBrowser {
  /** Use {@link startBrowser}. */
  constructor(readonly browser: Browser) {}

  /** Resolves once the page is there; one with a live stream never falls idle, so wait for what it shows. */
  async open(
    url: string,
    options: Pick<BrowserContextOptions, 'colorScheme' | 'viewport'> = {},
  ): Promise<OpenedPage> {
    const page = await this.browser.newPage(options);
    page.setDefaultTimeout(PATIENCE);
    const [asked, faults]: string[][] = [[], []];
    page.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url())) asked!.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error') faults!.push(message.text());
    });
    page.on('pageerror', (error) => faults!.push(error.message));
    await page.goto(url);
    return { page, asked: asked!, faults: faults! };
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

/** @throws Error that says what to install */
export async function startBrowser(): Promise<TestBrowser> {
  const { path, env } = await chromiumBinary();
  const options = {
    executablePath: path,
    args: ARGUMENTS,
    timeout: PATIENCE,
    env: { ...process.env, ...env },
  };
  return new TestBrowser(await chromium.launch(options));
}
