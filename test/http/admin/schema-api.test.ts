import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startChangingOrigin } from '../../kit/changing-origin';
import { startGateway, type GatewayProcess } from '../../kit/gateway';

const cleanup = cleanupAfterEach();

const OVERLAY = 'extend type Query { a: Int @cacheControl(maxAge: 60) }';

async function start(env: Record<string, string> = {}) {
  const origin = cleanup.add(await startChangingOrigin('type Query { a: Int }', {}));
  const gateway = cleanup.add(
    await startGateway({ UPSTREAM_URL: origin.url, SCHEMA_REFRESH_MS: '0', ...env }, { schema: OVERLAY }),
  );
  return { origin, gateway };
}

async function call(gateway: GatewayProcess, path: string, init: RequestInit = {}) {
  const response = await fetch(`${gateway.adminUrl}${path}`, init);
  const body = await response.text();
  return { status: response.status, headers: response.headers, body };
}

const reload = async (gateway: GatewayProcess) => {
  const { status, body } = await call(gateway, '/reload', { method: 'POST' });
  return { status, ...(JSON.parse(body) as { schema?: string; version?: string; error?: object }) };
};

describe('POST /reload', () => {
  it('says whether the schema is another, once it is in use', async () => {
    const { origin, gateway } = await start();
    const before = await reload(gateway);
    expect(before).toMatchObject({ status: 200, schema: 'unchanged' });
    origin.deploy('type Query { a: Int b: Int }', { Query: { b: () => 2 } });
    const after = await reload(gateway);
    expect(after).toMatchObject({ status: 200, schema: 'changed' });
    expect(after.version).not.toBe(before.version);
    expect((await gateway.query('{ b }')).data).toEqual({ b: 2 });
  });

  it('refuses what does not fit, says where and what to do, and keeps what was in use', async () => {
    const { origin, gateway } = await start();
    await gateway.query('{ a }');
    origin.deploy('type Query { b: Int }', {});
    const refused = await reload(gateway);
    expect(refused).toMatchObject({
      status: 409,
      error: {
        code: 'SCHEMA_REFUSED',
        message: expect.stringMatching(/schema\.graphql:1:21 Query has no field a in the schema\..* Correct/),
      },
    });
    expect((await gateway.query('{ a }')).cacheStatus).toMatch(/^hit/);
    await writeFile(join(gateway.folder, 'schema.graphql'), '');
    expect(await reload(gateway)).toMatchObject({ status: 200, schema: 'changed' });
  });

  it('says that upstream could not be asked', async () => {
    const { origin, gateway } = await start();
    await origin.close();
    expect(await reload(gateway)).toMatchObject({ status: 502, error: { code: 'UPSTREAM_UNREACHABLE' } });
    await origin.listen();
  });
});

describe('GET /schema.graphql', () => {
  it('is the schema in use, with the directives of the overlay in their places', async () => {
    const { gateway } = await start();
    const { status, headers, body } = await call(gateway, '/schema.graphql');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(body).toContain('type Query {\n  a: Int @cacheControl(maxAge: 60)\n}');
  });

  it('answers that there is none yet', async () => {
    const gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: 'http://127.0.0.1:9/graphql' }, { schema: null, awaitReady: false }),
    );
    expect(await call(gateway, '/schema.graphql')).toMatchObject({ status: 503 });
  });
});

it.each([
  ['/reload', 'POST'],
  ['/schema.graphql', 'GET'],
])('P55 %s is for those who have the token, by %s', async (path, method) => {
  const { gateway } = await start({ ADMIN_TOKEN: 'correct-horse-battery-staple' });
  const authorization = 'Bearer correct-horse-battery-staple';
  expect((await call(gateway, path, { method })).status).toBe(401);
  expect(
    (await call(gateway, path, { method, headers: { authorization: `${authorization}x` } })).status,
  ).toBe(401);
  expect((await call(gateway, path, { method: 'DELETE', headers: { authorization } })).status).toBe(405);
  expect((await call(gateway, path, { method, headers: { authorization } })).status).toBe(200);
});
