import { cleanupAfterAll } from '../kit/cleanup';
import { startChangingOrigin, type ChangingOrigin } from '../kit/changing-origin';
import { startRedis } from '../kit/redis-server';
import { startServing, type ServingProcess } from '../kit/lastmile';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
const WORKERS = 3;

let origin: ChangingOrigin;
let gateway: ServingProcess;

/** The root fields that upstream has by now. */
function deploy(...fields: string[]): void {
  const resolvers = Object.fromEntries(fields.map((field) => [field, () => 1]));
  origin.deploy(`type Query { ${fields.map((field) => `${field}: Int`).join(' ')} }`, { Query: resolvers });
}

beforeAll(async () => {
  origin = cleanup.add(await startChangingOrigin('type Query { a: Int }', { Query: { a: () => 1 } }));
  const redis = cleanup.add(await startRedis());
  gateway = cleanup.add(
    await startServing({
      WORKERS: `${WORKERS}`,
      REDIS_URL: redis.url,
      REDIS_TIMEOUT_MS: '2000',
      UPSTREAM_URL: origin.url,
      SCHEMA_REFRESH_MS: '0',
      LOG_LEVEL: 'fatal',
    }),
  );
});

/** Each on a connection of its own, so that they are spread over the processes. */
async function query(text: string): Promise<string> {
  const response = await fetch(gateway.url, {
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
