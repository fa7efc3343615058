import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface AdminOptions {
  readonly live: () => boolean;
  readonly ready: () => boolean;
  /** where the region stands, for a person who looks at /health/ready */
  readonly standing: () => string;
  readonly metrics: () => Promise<string>;
  readonly metricsType: string;
}

/** Health and figures, on a port of their own. */
export function createAdmin(options: AdminOptions): Server {
  return createServer(
    { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 10_000 },
    (message, response) => {
      route(options, message, response).catch(() => send(response, 500, 'text/plain', 'internal\n'));
    },
  );
}

async function route(
  options: AdminOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (message.url ?? '').split('?')[0];
  message.resume();
  if (message.method !== 'GET' && message.method !== 'HEAD')
    return send(response, 405, 'text/plain', 'GET only\n', { allow: 'GET, HEAD' });
  if (path === '/health/live')
    return send(response, options.live() ? 200 : 503, 'text/plain', options.live() ? 'live\n' : 'stopping\n');
  if (path === '/health/ready') {
    const ready = options.ready();
    return send(
      response,
      ready ? 200 : 503,
      'text/plain',
      `${ready ? 'ready' : 'not ready'}: ${options.standing()}\n`,
    );
  }
  if (path === '/metrics') return send(response, 200, options.metricsType, await options.metrics());
  return send(response, 404, 'text/plain', 'not found\n');
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': `${type}`, 'cache-control': 'no-store', ...headers });
  response.end(body);
}
