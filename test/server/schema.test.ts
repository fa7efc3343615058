import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cleanupAfterAll } from '../kit/cleanup';
import { startChangingOrigin, type ChangingOrigin } from '../kit/changing-origin';
import { freePort } from '../kit/free-port';
import { startRedis } from '../kit/redis-server';
import { until } from '../kit/until';
import { watch } from '../kit/watchdog';

const cleanup = cleanupAfterAll();
const WORKERS = 3;

let origin: ChangingOrigin;
let url: string;
let adminUrl: string;

/** The root fields that upstream has by now. */
function deploy(...fields: string[]): void {
  const resolvers = Object.fromEntries(fields.map((field) => [field, () => 1]));
  origin.deploy(`type Query { ${fields.map((field) => `${field}: Int`).join(' ')} }`, { Query: resolvers });
}

beforeAll(async () => {
  origin = cleanup.add(await startChangingOrigin('type Query { a: Int }', { Query: { a: () => 1 } }));
  const redis = cleanup.add(await startRedis());
  const [port, adminPort] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${port}/graphql`;
  adminUrl = `http://127.0.0.1:${adminPort}`;
  const main = spawn(
    process.execPath,
    ['--require', require.resolve('../kit/typescript-hook.cjs'), require.resolve('../../src/main.ts')],
    {
      stdio: 'inherit',
      env: {
        PATH: process.env['PATH'],
        HOST: '127.0.0.1',
        PORT: `${port}`,
        ADMIN_PORT: `${adminPort}`,
        WORKERS: `${WORKERS}`,
        REDIS_URL: redis.url,
        REDIS_TIMEOUT_MS: '2000',
        UPSTREAM_URL: origin.url,
        SCHEMA_REFRESH_MS: '0',
        LOG_LEVEL: 'fatal',
      },
    },
  );
  const unwatch = watch(main.pid!);
  const exited = once(main, 'exit').finally(unwatch);
  cleanup.later(async () => {
    main.kill('SIGTERM');
    await exited;
  });
  const isReady = () => fetch(`${adminUrl}/health/ready`).then(({ status }) => status === 200);
  await until('all processes are ready', isReady, { within: 45_000, every: 50 });
});

/** Each on a connection of its own, so that they are spread over the processes. */
async function query(text: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query: text }),
  });
  return response.text();
}

async function known(field: string): Promise<void> {
  await until(`all processes know ${field}`, async () => {
    const answers = await Promise.all(Array.from({ length: 5 * WORKERS }, () => query(`{ ${field} }`)));
    return answers.every((answer) => answer === `{"data":{"${field}":1}}`);
  });
}

it('asks upstream for its schema in one process, whatever the number of the others', async () => {
  await known('a');
  expect(origin.introspections).toBe(1);
});

it('P28 answers in each process what one of them was asked for and upstream has by now', async () => {
  deploy('a', 'b');
  await known('b');
});
