/**
 * A rolling upgrade as it is: gateways of an earlier build and of this one on one purge log, both changed and read through.
 *
 *   EARLIER=<commit> npx jest --testMatch "$PWD/test/regions/upgrade.measure.ts"
 *
 * The earlier build is made in a temporary folder, with this project's node_modules.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { startPrimary } from '../kit/redis-region';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

const ROOT = join(__dirname, '../..');
const EARLIER = process.env['EARLIER'] ?? 'd08748e';
const ROUNDS = Number(process.env['ROUNDS'] ?? 400);

interface Gate {
  readonly name: 'earlier' | 'this';
  readonly url: string;
  readonly adminUrl: string;
}

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

/** The earlier version as a process of its own. */
async function startEarlier(env: Record<string, string>): Promise<Gate> {
  const folder = await mkdtemp(join(tmpdir(), 'lastmile-earlier-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, stdio: 'pipe' });
  const tree = join(folder, 'tree');
  git('worktree', 'add', '--detach', tree, EARLIER);
  cleanup.later(async () => {
    git('worktree', 'remove', '--force', tree);
    await rm(folder, { recursive: true, force: true });
  });
  await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json'], {
    cwd: tree,
  });
  const schema = join(folder, 'schema.graphql');
  await writeFile(schema, shopTypes);
  const [port, admin] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ['dist/main.js', 'serve'], {
    cwd: tree,
    env: {
      PATH: process.env['PATH'],
      ...env,
      SCHEMA: schema,
      PORT: `${port}`,
      ADMIN_PORT: `${admin}`,
      HOST: '127.0.0.1',
    },
    stdio: 'ignore',
  });
  cleanup.later(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  const adminUrl = `http://127.0.0.1:${admin}`;
  await until('the earlier gateway is ready', async () => (await fetch(`${adminUrl}/health/ready`)).ok, {
    within: 60_000,
  });
  return { name: 'earlier', url: `http://127.0.0.1:${port}/graphql`, adminUrl };
}

interface Told {
  readonly data: any; // eslint-disable-line -- answers of every shape
  readonly status: string;
  readonly token: string | null;
}

async function ask(url: string, query: string, user: string): Promise<Told> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${user}` },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data: unknown };
  return {
    data,
    status: (response.headers.get('cache-status') ?? '').replace(/^lastmile-[^;]*; /, ''),
    token: response.headers.get('lastmile-token'),
  };
}

const IDS = ['1', '2', '3', '4', '5', '6'];
const USERS = ['alice', 'bob'];
const READS = [
  ...IDS.map((id) => `{ product(id: "${id}") { name version category { name } } }`),
  '{ products { name version } }',
  '{ category(id: "tools") { products { name version } } }',
  '{ viewer { name basket { name version } } }',
];
const any = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!;
const anyMutation = (): string =>
  any([
    `mutation { likeProduct(id: "${any(IDS)}") { version } }`,
    `mutation { renameProduct(id: "${any(IDS)}", name: "n${Math.random()}") { id } }`,
    `mutation { moveProduct(id: "${any(IDS)}", category: "${any(['tools', 'kitchen'])}") { product { id } from { id } to { id } } }`,
  ]);

it('P92 shows nothing stale, whoever writes and whoever reads', async () => {
  const redis = cleanup.add(await startPrimary());
  const origin = cleanup.add(await startOrigin());
  const env = { UPSTREAM_URL: origin.url, REDIS_URL: redis.url, SESSION: 'header:authorization' };
  const earlier = await startEarlier(env);
  const { log, lines } = takeDownLog();
  const gateway = cleanup.add(await startGateway(env, { log }));
  const gates: Gate[] = [earlier, { name: 'this', url: gateway.url, adminUrl: gateway.adminUrl }];
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (let round = 0; round < ROUNDS; round++) {
    for (const gate of gates) for (const query of READS) await ask(gate.url, query, any(USERS));
    const writer = any(gates);
    const { token } = await ask(writer.url, anyMutation(), any(USERS));
    for (const { adminUrl } of gates) await fetch(`${adminUrl}/position?reached=${token}&within=10000`);
    for (const reader of gates)
      for (const query of READS)
        for (const user of USERS) {
          const told = await ask(reader.url, query, user);
          const truth = await ask(origin.url, query, user);
          const what = `${writer.name} writes, ${reader.name} reads`;
          count(`${what}: compared`);
          if (told.status.startsWith('hit')) count(`${what}: hits`);
          if (JSON.stringify(told.data) !== JSON.stringify(truth.data)) count(`${what}: STALE ${query}`);
        }
  }
  for (const [what, number] of [...counts].sort()) console.log(what.padEnd(70), number);
  console.log(
    lines
      .filter(({ code }) => String(code).startsWith('PURGE_LOG'))
      .map(({ code, msg }) => `${code}: ${msg}`),
  );
  expect([...counts.keys()].filter((what) => what.includes('STALE'))).toEqual([]);
}, 3_600_000);
