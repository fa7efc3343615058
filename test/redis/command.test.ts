import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive, typescriptArgs } from '../kit/child';
import { startAuthority } from '../kit/authority';
import { cleanupAfterEach } from '../kit/cleanup';
import { temporaryFolder } from '../kit/folder';
import { freePort } from '../kit/free-port';
import { PATIENCE, until, within } from '../kit/until';
import { spawnGuarded, watch } from '../kit/guard';
import { clientAs, SECRET } from './our-redis';

const cleanup = cleanupAfterEach();

// Each of these processes compiles what it loads.
interface Line {
  readonly msg?: string;
  readonly pid?: number;
  readonly task?: string;
  readonly gateway?: string;
  readonly pong?: string;
  readonly secret?: string | null;
  readonly tls?: readonly boolean[];
}

async function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folder = temporaryFolder('command');
  const settings = {
    PRIMARY_REDIS_BIND: 'loopback',
    REDIS_PORT: String(await freePort()),
    PRIMARY_REDIS_PORT: String(await freePort()),
  };
  const command = [...typescriptArgs(join(__dirname, 'redis-process.ts')), ...args];
  const child = spawnGuarded(process.execPath, command, {
    env: { PATH: process.env['PATH'], REDIS_PASSWORD: SECRET, REDIS_DIR: folder.path, ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const unwatch: (() => void)[] = [];
  const lines: Line[] = [];
  let errors = '';
  createInterface(child.stdout!).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if (line.pid !== undefined) unwatch.push(watch(line.pid));
  });
  child.stderr!.on('data', (text: Buffer) => (errors += String(text)));
  const exited = once(child, 'exit').then(([code]) => code as number);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number> => {
    child.kill(signal);
    const code = await within(PATIENCE, 'it ends', exited);
    for (const each of unwatch) each();
    await folder.remove();
    return code;
  };
  cleanup.later(() => stop());
  const said = (wanted: Partial<Line>) =>
    until(`it says ${JSON.stringify(wanted)}; it said ${errors}`, () =>
      lines.findLast((line) =>
        Object.entries(wanted).every(([key, value]) => line[key as keyof Line] === value),
      ),
    );
  const signal = (name: NodeJS.Signals): boolean => child.kill(name);
  return { settings, lines, exited, stop, signal, said, errors: () => errors };
}

describe('lastmile redis', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends its servers on %s and exits with 0', async (signal) => {
    const redis = await start([]);
    const pids = [(await redis.said({ task: 'redis' })).pid!, (await redis.said({ task: 'primary' })).pid!];
    const client = clientAs('inspector', Number(redis.settings.REDIS_PORT));
    cleanup.later(() => client.disconnect());
    expect(await client.ping()).toBe('PONG');
    expect(await redis.stop(signal)).toBe(0);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('shows no password to whoever lists processes', async () => {
    const redis = await start([]);
    const { pid } = await redis.said({ task: 'primary' });
    for (const file of ['cmdline', 'environ']) {
      const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
      expect(text).not.toContain(SECRET);
      expect(text).not.toMatch(/[0-9a-f]{64}/);
    }
    expect(JSON.stringify(redis.lines)).not.toMatch(/[0-9a-f]{64}/);
  });

  it('names everything that is wrong with its configuration, and exits with 2', async () => {
    const redis = await start([], {
      REDIS_PASSWORD: 'short',
      REDIS_PORT: 'x',
      REGION: 'syd',
      PRIMARY_REGION: 'iad',
    });
    expect(await redis.exited).toBe(2);
    for (const name of ['REDIS_PASSWORD', 'REDIS_PORT', 'PRIMARY_REDIS_HOST'])
      expect(redis.errors()).toContain(name);
    expect(redis.errors()).not.toContain('short');
  });

  it('exits with 2 for arguments that it does not know', async () => {
    const redis = await start(['--server']);
    expect(await redis.exited).toBe(2);
    expect(redis.errors()).toContain('--serve');
  });
});

describe('lastmile redis --serve', () => {
  it('runs a gateway that reaches both, does without the secret, and is the first to stop', async () => {
    const redis = await start(['--serve']);
    expect(await redis.said({ gateway: 'serving' })).toMatchObject({ pong: 'PONG PONG', secret: null });
    expect(await redis.stop()).toBe(0);
    expect(await redis.said({ gateway: 'stopping' })).toMatchObject({ pong: 'PONG PONG' });
  });

  it.each([
    ['loopback', [false, true]],
    ['127.0.0.1', [true, true]],
  ] as const)('runs one that reaches both by TLS where they speak it, at %s', async (REDIS_BIND, tls) => {
    const redis = await start(['--serve'], { REDIS_TLS: '1', REDIS_BIND });
    expect(await redis.said({ gateway: 'serving' })).toMatchObject({ pong: 'PONG PONG', secret: null, tls });
  });

  it('runs one without the key of a certificate of its own', async () => {
    const authority = cleanup.add(await startAuthority());
    const { certificate, key } = await authority.issue({ name: 'redis.test' });
    const files = { REDIS_TLS_CA: authority.ca, REDIS_TLS_CERT: certificate, REDIS_TLS_KEY: key };
    const redis = await start(['--serve'], { REDIS_TLS: '1', REDIS_TLS_NAME: 'redis.test', ...files });
    expect(await redis.said({ gateway: 'serving' })).toMatchObject({ secret: null, tls: [false, true] });
  });

  it('passes SIGHUP on to the gateway, and goes on', async () => {
    const redis = await start(['--serve']);
    await redis.said({ gateway: 'serving' });
    redis.signal('SIGHUP');
    await redis.said({ gateway: 'reloading' });
    expect(await redis.stop()).toBe(0);
  });

  it('starts a gateway that dies again, beside the same Redis', async () => {
    const redis = await start(['--serve']);
    const { pid } = await redis.said({ gateway: 'serving' });
    const before = await redis.said({ task: 'redis' });
    process.kill(pid!, 'SIGKILL');
    await until('another serves', () => redis.lines.findLast(({ gateway }) => gateway)?.pid !== pid);
    expect(await redis.said({ task: 'redis' })).toEqual(before);
  });

  it('ends with the status of a gateway that cannot run as it is configured', async () => {
    const redis = await start(['--serve'], { GATEWAY_STATUS: '2' });
    const { pid } = await redis.said({ task: 'redis' });
    expect(await redis.exited).toBe(2);
    expect(isAlive(pid!)).toBe(false);
  });
});
