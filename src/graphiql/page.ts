import type { Client } from '../gateway/client';
import type { Page } from '../gateway/deps';
import type { Reply } from '../gateway/request';
import type { Knowledge } from '../operation/operation';
import { pageFile, type PageFile } from './files';

export interface GraphiqlOptions {
  readonly region: string;
  /** a query for the editor, of the schema that is in use; undefined: there is none that the cache would answer */
  readonly sample: (knowledge: Pick<Knowledge, 'schema' | 'rules'>) => string | undefined;
  /** what a purge takes on the admin port; undefined: the page is not to offer any */
  readonly purging: 'nothing' | 'token' | undefined;
}

/** What the page's script is told. */
interface Settings {
  readonly region: string;
  readonly query?: string;
  /** whether answers are explained to who looks at it: see `Client.mayDebug` */
  readonly explained: boolean;
  /** undefined: it cannot purge */
  readonly purge?: { readonly port: number; readonly token: boolean };
}

/** Which file of the page is meant, in the URL of the page itself: so it gets through wherever the page does. */
const FILE = /^graphiql=([^&]*)/;

/**
 * GraphiQL, with a strip that shows what the cache made of each answer. All of it comes from files of this package, nothing
 * from elsewhere, and no script or handler stands in the page.
 *
 * It purges nothing by itself: its button asks the admin port, as `lastmile purge` does, and that decides who may.
 */
export class GraphiqlPage implements Page {
  /** undefined: not known yet */
  adminPort: number | undefined;

  constructor(readonly options: GraphiqlOptions) {}

  async answer(client: Client, knowledge: Pick<Knowledge, 'schema' | 'rules'>): Promise<Reply> {
    const name = FILE.exec(client.request.search)?.[1];
    if (name === undefined) return this.#page(client, knowledge);
    const file = await pageFile(name);
    return file ? sendFile(client, file) : MISSING;
  }

  #page(client: Client, knowledge: Pick<Knowledge, 'schema' | 'rules'>): Reply {
    const { region, sample, purging } = this.options;
    const query = sample(knowledge);
    const port = client.request.isLocal && purging !== undefined ? this.adminPort : undefined;
    const settings: Settings = {
      region,
      ...(query !== undefined && { query }),
      explained: client.mayDebug,
      ...(port !== undefined && { purge: { port, token: purging === 'token' } }),
    };
    return {
      status: 200,
      headers: [
        'Content-Type',
        'text/html; charset=utf-8',
        'Cache-Control',
        'no-store',
        'Content-Security-Policy',
        policy(port),
        ...ALWAYS,
      ],
      body: html(settings),
    };
  }
}

const ALWAYS = ['X-Content-Type-Options', 'nosniff', 'Referrer-Policy', 'no-referrer'];

const MISSING: Reply = {
  status: 404,
  headers: ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', 'no-store', ...ALWAYS],
  body: 'GraphiQL has no such file.\n',
};

/** A browser asks each time whether it has changed, which costs next to nothing: it is another one after an update. */
function sendFile(client: Client, { type, body, etag }: PageFile): Reply {
  const headers = ['Cache-Control', 'no-cache', 'ETag', etag, ...ALWAYS];
  if (client.ifNoneMatch === etag) return { status: 304, headers, body: '' };
  return { status: 200, headers: ['Content-Type', type, 'Content-Encoding', 'gzip', ...headers], body };
}

/**
 * https://www.w3.org/TR/CSP3/. The editor writes styles into the page; scripts are those of the files alone, and the page talks
 * to this gateway only.
 * @param adminPort undefined: nor to its admin port
 */
function policy(adminPort: number | undefined): string {
  const admin = adminPort === undefined ? '' : ` http://localhost:${adminPort} http://127.0.0.1:${adminPort}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self'${admin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** A bolt in a circle. */
const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="#0f766e"/><path d="M18 4 8 18h7l-1 10 10-14h-7z" fill="#fff"/></svg>',
  );

function html(settings: Settings): string {
  // Within an element for data only `<` could begin anything else.
  const data = JSON.stringify(settings).replaceAll('<', String.raw`\u003c`);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>GraphiQL: Lastmile, ${escapeHtml(settings.region)}</title>
    <link rel="icon" href="${ICON}">
    <link rel="stylesheet" href="?graphiql=graphiql.css">
    <link rel="stylesheet" href="?graphiql=strip.css">
    <script id="settings" type="application/json">${data}</script>
    <script defer src="?graphiql=graphiql.js"></script>
    <script type="module" src="?graphiql=strip.js"></script>
  </head>
  <body>
    <main id="graphiql"><p class="loading">GraphiQL is loading...</p></main>
    <aside id="strip" aria-label="What the cache made of the answer"></aside>
    <noscript>GraphiQL needs JavaScript.</noscript>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
