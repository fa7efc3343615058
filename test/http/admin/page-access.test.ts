import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { cleanupAfterAll } from '../../kit/cleanup';
import { startGateway, type GatewayProcess } from '../../kit/gateway';

const cleanup = cleanupAfterAll();
const PAGE = 'http://localhost:4000';
let open: GatewayProcess;
let guarded: GatewayProcess;

beforeAll(async () => {
  open = cleanup.add(await startGateway());
  guarded = cleanup.add(await startGateway({ ADMIN_TOKEN: 'wine-dark-sea-of-tokens' }));
});

async function ask(
  { served }: GatewayProcess,
  { method = 'POST', path = '/purge', ...headers }: Record<string, string>,
): Promise<{ status: number; allowed: string | undefined; headers: IncomingMessage['headers'] }> {
  const call = request({
    host: '127.0.0.1',
    port: served.adminPort,
    method,
    path,
    headers: { ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
  });
  call.end(method === 'POST' ? '{"tags":["Country:NZ"]}' : undefined);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  await text(response);
  const allowed = response.headers['access-control-allow-origin'];
  return { status: response.statusCode!, allowed, headers: response.headers };
}

it('lets a page of this machine ask, and read what comes of it', async () => {
  const preflight = await ask(open, {
    method: 'OPTIONS',
    origin: PAGE,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  });
  expect([preflight.status, preflight.allowed]).toEqual([204, PAGE]);
  expect(preflight.headers['access-control-allow-headers']).toBe('authorization, content-type');
  expect(preflight.headers['access-control-allow-credentials']).toBeUndefined();
  expect(await ask(open, { origin: PAGE })).toMatchObject({ status: 200, allowed: PAGE });
});

it('lets no page of elsewhere ask, whatever its name resolves to', async () => {
  for (const origin of ['https://evil.example', 'http://localhost.evil.example:4000', 'null']) {
    expect(await ask(open, { origin })).toMatchObject({ status: 401, allowed: undefined });
    const preflight = await ask(open, { method: 'OPTIONS', origin });
    expect([preflight.status, preflight.allowed]).toEqual([401, undefined]);
  }
});

it('gives a page no right to purge where there is a token', async () => {
  expect(await ask(guarded, { origin: PAGE })).toMatchObject({ status: 401, allowed: PAGE });
  const authorization = 'Bearer wine-dark-sea-of-tokens';
  expect(await ask(guarded, { origin: PAGE, authorization })).toMatchObject({ status: 200, allowed: PAGE });
});

it('says nothing of pages at other paths, nor where GraphiQL is off', async () => {
  for (const path of ['/reload', '/cache', '/metrics', '/position'])
    expect(await ask(open, { method: 'GET', path, origin: PAGE })).toMatchObject({ allowed: undefined });
  const off = await startGateway({ GRAPHIQL: '0' });
  cleanup.add(off);
  expect(await ask(off, { origin: PAGE })).toMatchObject({ allowed: undefined });
});
