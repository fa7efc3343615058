/** What the admin port does for this machine itself, in production and without a token, and where it listens. */
import { cleanupAfterAll } from '../../kit/cleanup';
import { startGateway, type GatewayProcess } from '../../kit/gateway';
import { startOrigin } from '../../kit/origin';

const cleanup = cleanupAfterAll();

/** Another address of this machine. */
const INSIDE = '127.0.0.2';
let gateway: GatewayProcess;
let inside: string;

beforeAll(async () => {
  const origin = cleanup.add(await startOrigin());
  const env = { UPSTREAM_URL: origin.url, NODE_ENV: 'production', ADMIN_HOST: INSIDE };
  gateway = cleanup.add(await startGateway(env, { awaitReady: false }));
  inside = `http://${INSIDE}:${gateway.served.adminPort}`;
});

it.each<[string, string, object | undefined]>([
  ['POST', '/purge', { tags: ['Product:1'] }],
  ['POST', '/reload', {}],
  ['POST', '/changes', { op: 'c' }],
  ['POST', '/cache', { serve: false }],
  ['POST', '/reached', { lsn: '0/1' }],
  ['GET', '/cache', undefined],
  ['GET', '/position', undefined],
  ['GET', '/schema.graphql', undefined],
  ['GET', '/events', undefined],
  ['GET', '/entries?tag=Product', undefined],
  ['GET', '/explain?operation=A', undefined],
])('P55 refuses %s %s', async (method, path, body) => {
  const response = await fetch(inside + path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  expect([response.status, await response.text()]).toEqual([401, expect.stringContaining('ADMIN_TOKEN')]);
});

it.each(['/health/live', '/health/ready', '/metrics'])('answers GET %s', async (path) => {
  expect([200, 503]).toContain((await fetch(inside + path)).status);
});

it('listens where ADMIN_HOST says, and there only', async () => {
  await expect(fetch(`${gateway.adminUrl}/health/live`)).rejects.toThrow();
  await expect(fetch(`http://${INSIDE}:${gateway.port}/graphql`)).rejects.toThrow();
  expect((await gateway.query('{ __typename }')).status).toBe(200);
});
