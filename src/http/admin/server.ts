import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { PurgeApi } from './purge-api';
import type { CacheApi } from './cache-api';
import type { ChangesApi } from './changes-api';
import type { ReachedApi } from './reached-api';
import type { SchemaApi } from './schema-api';
import { pageHeaders, PREFLIGHT } from './page-access';
import type { DashboardApi } from './dashboard-api';
import { pageAt } from './pages';
import { Readable } from 'node:stream';

export interface AdminOptions {
  readonly live: () => boolean;
  readonly ready: () => boolean;
  /** where the region stands, for a person who looks at /health/ready */
  readonly describeState: () => string;
  /** @param accept the media types that are wanted */
  readonly metrics: (accept: string | undefined) => Promise<{ readonly type: string; readonly body: string }>;
  readonly purgeApi: PurgeApi;
  readonly schemaApi: SchemaApi;
  readonly cacheApi: CacheApi;
  readonly dashboardApi: DashboardApi;
  readonly reachedApi: ReachedApi;
  readonly changesApi: ChangesApi;
  readonly fault: (error: unknown) => void;
  /** whether GraphiQL is on, whose page may ask for purges; default no */
  readonly graphiql?: boolean;
}

/** Health, figures, the dashboard and purging, on a port of their own. */
export function createAdmin(options: AdminOptions): Server {
  return createServer(
    {
      maxHeaderSize: 8192,
      headersTimeout: 5000,
      requestTimeout: 10_000,
      // Longer than the time between two looks of a scraper, which would else meet a connection that is just closing.
      keepAliveTimeout: 65_000,
    },
    (message, response) => {
      route(options, message, response).catch((error: unknown) => {
        // If a client goes away while it is sending, that is no fault, and it waits for no answer.
        if (message.destroyed && !message.complete) return;
        options.fault(error);
        if (!response.headersSent) send(response, 500, { type: 'text/plain', body: 'internal\n' });
      });
    },
  );
}

async function route(
  options: AdminOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', ...queries] = (message.url ?? '').split('?');
  const search = queries.join('?');
  const { purgeApi, schemaApi, cacheApi, dashboardApi, reachedApi, changesApi } = options;
  const ofPage = options.graphiql ? pageHeaders(message, path) : undefined;
  if (ofPage && message.method === 'OPTIONS') {
    message.resume();
    response.writeHead(204, { ...ofPage, ...PREFLIGHT }).end();
    return;
  }
  const acting =
    purgeApi.answer(path, search, message) ??
    schemaApi.answer(path, message) ??
    cacheApi.answer(path, message) ??
    dashboardApi.answer(path, search, message) ??
    reachedApi.answer(path, message) ??
    changesApi.answer(path, message);
  if (acting) {
    const { status, headers, body } = await acting;
    if (body instanceof Readable) return stream(response, body);
    // What was not read of the request's body is not worth reading: the connection ends with the answer.
    const last = message.complete ? headers : { ...headers, connection: 'close' };
    return send(response, status, {
      type: typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { ...last, ...ofPage },
    });
  }
  message.resume();
  if (message.method !== 'GET' && message.method !== 'HEAD')
    return send(response, 405, { type: 'text/plain', body: 'GET only\n', headers: { allow: 'GET, HEAD' } });
  if (path === '/health/live')
    return send(response, options.live() ? 200 : 503, {
      type: 'text/plain',
      body: options.live() ? 'live\n' : 'stopping\n',
    });
  if (path === '/health/ready') {
    const ready = options.ready();
    return send(response, ready ? 200 : 503, {
      type: 'text/plain',
      body: `${ready ? 'ready' : 'not ready'}: ${options.describeState()}\n`,
    });
  }
  if (path === '/metrics') return send(response, 200, await options.metrics(message.headers.accept));
  const page = pageAt(path);
  if (page) {
    const isKnown = message.headers['if-none-match'] === page.headers['etag'];
    return send(response, isKnown ? 304 : 200, { ...page, body: isKnown ? '' : page.body });
  }
  return send(response, 404, { type: 'text/plain', body: 'not found\n' });
}

/** Server-sent events, until they end or their reader goes away. */
function stream(response: ServerResponse, events: Readable): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // A proxy that collects an answer before it passes it on would show nothing.
    'x-accel-buffering': 'no',
  });
  response.on('close', () => events.destroy());
  // Ended for being too far behind.
  events.on('error', () => response.destroy());
  events.on('close', () => response.end());
  events.pipe(response);
}

/** What the admin port answers. */
interface AdminReply {
  readonly type: string;
  readonly body: string;
  readonly headers?: Record<string, string> | undefined;
}

function send(response: ServerResponse, status: number, { type, body, headers = {} }: AdminReply): void {
  response.writeHead(status, { 'content-type': `${type}`, 'cache-control': 'no-store', ...headers });
  response.end(body);
}
