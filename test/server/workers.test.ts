import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { cleanupAfterAll } from '../kit/cleanup';
import { startOrigin, type Origin } from '../kit/origin';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { openSocket, type OpenSocket } from '../kit/socket';
import { startServing, type ServingProcess } from '../kit/lastmile';
import { shopTypes } from '../kit/shop-schema';
import { PATIENCE, pause, until, within } from '../kit/until';

const cleanup = cleanupAfterAll();
const KETTLE = '{ product(id: "1") { name } }';
const RENAME = 'mutation { renameProduct(id: "1", name: "Renamed") { id } }';

let origin: Origin;
let redis: RedisServer;
let gateway: ServingProcess;

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  redis = cleanup.add(await startRedis());
  gateway = cleanup.add(
    await startServing(
      {
        WORKERS: '4',
        REDIS_URL: redis.url,
        REDIS_TIMEOUT_MS: '2000',
        LEASE_MS: '30000',
        UPSTREAM_URL: origin.url,
        LOG_LEVEL: 'fatal',
        DRAIN_MS: '30000',
        DRAIN_DELAY_MS: '1500',
      },
      { schema: shopTypes },
    ),
  );
});

it('P45 is ready only once all of its processes are, and shows the figures of each', async () => {
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  for (const worker of ['first', '1', '2', '3', '4'])
    expect(metrics).toMatch(new RegExp(`lastmile_purge_position_seq\\{[^}]*worker="${worker}"`));
  expect(metrics.match(/# TYPE lastmile_requests_total/g)).toHaveLength(1);
});

it('P42 makes one call upstream for concurrent misses of one key over four processes', async () => {
  const before = origin.count('product');
  const answers = await Promise.all(Array.from({ length: 400 }, () => query(KETTLE)));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(new Set((await busyWorkers()).filter((count) => count > 0)).size).toBeGreaterThan(0);
  expect((await busyWorkers()).length).toBe(4);
  expect(origin.count('product') - before).toBe(1);
});

it('follows the log in each process: after a mutation none of them serves what was true before', async () => {
  const { token } = await query(RENAME);
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => query(KETTLE, { 'lastmile-token': token! })),
  );
  for (const { text } of answers) expect(text).toContain('Renamed');
});

it('replaces a process that was killed, and goes on serving meanwhile', async () => {
  const [victim] = await workerPids();
  process.kill(victim!, 'SIGKILL');
  await until('it is seen to be gone', async () => !(await workerPids()).includes(victim!));
  expect((await query(KETTLE)).status).toBe(200);
  await until('another took its place', async () => (await workerPids()).length === 4);
  await gateway.ready();
});

it('reads the schema again in each process on SIGHUP, which a terminal sends to all of them', async () => {
  expect((await query('{ __type(name: "Added") { name } }')).text).toContain('null');
  await writeFile(
    gateway.schemaFile,
    `${shopTypes} type Added { a: Int } extend type Product { added: Added }`,
  );
  for (const pid of [...(await workerPids()), gateway.child.pid]) process.kill(pid, 'SIGHUP');
  await until('all of them know the new type', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => query('{ __type(name: "Added") { name } }')),
    );
    return answers.every(({ text }) => text.includes('"Added"'));
  });
  expect(await workerPids()).toHaveLength(4);
});

it('P91 switches all of its processes off, also while the primary is silent, and on again', async () => {
  const order = async (serve: boolean) => {
    const body = JSON.stringify({ serve });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${gateway.adminUrl}/cache`, { method: 'POST', headers, body })).status;
  };
  const statuses = async () =>
    Promise.all(Array.from({ length: 20 }, async () => (await query(KETTLE)).cacheStatus));
  await until('all of them serve', async () => (await statuses()).every((each) => each?.includes('; hit')));
  redis.pause();
  try {
    expect(await order(false)).toBe(503);
    expect((await statuses()).every((each) => each?.includes('detail=off'))).toBe(true);
  } finally {
    redis.resume();
  }
  await until('the primary has it', async () => (await order(false)) === 200);
  expect(await order(true)).toBe(200);
  await until('all of them serve', async () => (await statuses()).every((each) => each?.includes('; hit')));
});

it('P44 answers all that a process had accepted which ends alone', async () => {
  const [victim] = await workerPids();
  const visits: Promise<Visit>[] = [];
  const coming = keepComing(visits);
  await until('they come', () => visits.length > 100);
  process.kill(victim!, 'SIGTERM');
  await until('it is seen to be gone', async () => !(await workerPids()).includes(victim!));
  clearInterval(coming);
  const ends = await within(3 * PATIENCE, 'each connection came to its end', Promise.all(visits));
  expect(ends.filter((end) => end !== 'answered')).toEqual([]);
  await until('another took its place', async () => (await workerPids()).length === 4);
  await gateway.ready();
});

const sockets: OpenSocket[] = [];

it('has WebSockets in each of its processes, which see what one of them changed', async () => {
  sockets.push(...(await Promise.all(Array.from({ length: 12 }, () => openSocket(gateway)))));
  await Promise.all(sockets.map((socket) => socket.init()));
  const names = async () =>
    (await Promise.all(sockets.map((socket) => socket.ask(KETTLE)))).map(({ data }) => data.product.name);
  await names();
  const text = 'mutation { renameProduct(id: "1", name: "By socket") { id } }';
  expect(await sockets[0]!.ask(text)).toMatchObject({ data: {} });
  await until('all see it', async () => (await names()).every((name) => name === 'By socket'));
});

it('P44 lets all of its processes finish and ends with them', async () => {
  const pids = await workerPids();
  // On a connection that was answered before, which the server of node:http takes for idle.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await queryOn(agent, KETTLE)).toBe(200);
  const held = origin.hold('serial');
  const slow = query('{ serial }');
  await held.arrived;
  const alsoHeld = origin.hold('product');
  const slowToo = queryOn(agent, '{ product(id: "2") { id name } }');
  await alsoHeld.arrived;
  // All along there are connections that come in the very moment of closing.
  const visits: Promise<Visit>[] = [];
  const coming = keepComing(visits);
  await pause(100);
  gateway.child.process.kill('SIGTERM');
  await until(
    'it is not ready',
    async () => (await fetch(`${gateway.adminUrl}/health/ready`)).status === 503,
  );
  // What stands in front sends nothing more from now on, and has lost nothing until then.
  const before = await within(3 * PATIENCE, 'each connection came to its end', Promise.all(visits.splice(0)));
  expect(new Set(before)).toEqual(new Set(['answered']));
  await until('it refuses new connections', async () => {
    const last = visits.slice(-50);
    return (await Promise.race([Promise.all(last), pause(1000)]))?.every((end) => end === 'refused');
  });
  clearInterval(coming);
  // The processes live as long as the slow request: no other connection may. One whose request was not read yet is closed.
  await within(3 * PATIENCE, 'each connection was answered, closed or refused', Promise.all(visits));
  held.release();
  alsoHeld.release();
  expect((await slow).status).toBe(200);
  expect(await slowToo).toBe(200);
  await gateway.child.exited;
  expect(gateway.child.process.exitCode).toBe(0);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  for (const socket of sockets) expect(await socket.closed).toMatchObject({ code: 1001 });
});

/** @returns the status */
async function queryOn(agent: Agent, text: string): Promise<number | undefined> {
  const headers = { 'content-type': 'application/json' };
  const request = httpRequest(gateway.url, { agent, method: 'POST', headers });
  request.end(JSON.stringify({ query: text }));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

type Visit = 'answered' | 'closed' | 'refused';

/** Visits as fast as they can be made, but that no more wait than are answered in a moment, on a busy machine as well. */
function keepComing(visits: Promise<Visit>[]): NodeJS.Timeout {
  let underWay = 0;
  return setInterval(() => {
    for (let count = 0; count < 4 && underWay < 200; count++) {
      underWay++;
      visits.push(visit().finally(() => underWay--));
    }
  }, 1);
}

/** One request on a connection of its own. @returns how the connection ended */
function visit(): Promise<Visit> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port: gateway.port, host: '127.0.0.1' });
    socket.end(`GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-P: 1\r\n\r\n`);
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNREFUSED' ? 'refused' : 'closed'),
    );
    socket.on('close', () => resolve(answer.startsWith('HTTP/1.1 ') ? 'answered' : 'closed'));
  });
}

/** Each on a connection of its own, so that they are spread over the processes. */
async function query(
  text: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; token: string | null; cacheStatus: string | null }> {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
    body: JSON.stringify({ query: text }),
  });
  const { headers: got } = answer;
  return {
    status: answer.status,
    text: await answer.text(),
    token: got.get('lastmile-token'),
    cacheStatus: got.get('cache-status'),
  };
}

/** Requests each worker has answered. */
async function busyWorkers(): Promise<number[]> {
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  const counts = new Map<string, number>();
  for (const [, worker, count] of metrics.matchAll(/lastmile_requests_total\{.*worker="(\d)".*\} (\d+)/g))
    counts.set(worker!, (counts.get(worker!) ?? 0) + Number(count));
  return [...counts.values()];
}

async function workerPids(): Promise<number[]> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(`/proc/${gateway.child.pid}/task/${gateway.child.pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}
