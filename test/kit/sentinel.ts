/**
 * A real Sentinel that watches one primary, decides by itself, and fails over within a second or two.
 *
 *   const sentinel = cleanup.add(await startSentinel({ name: 'entries', primary }));
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Redis from 'ioredis';
import { startChild } from './child';
import { temporaryFolder } from './folder';
import { freePort } from './free-port';
import { findRedis } from './redis-binary';
import { until } from './until';

export interface SentinelOptions {
  readonly name: string;
  /** its port where Sentinel is to find it */
  readonly primary: { readonly port: number };
  /** what it asks its own clients for */
  readonly password?: string;
  /** further lines of its configuration */
  readonly lines?: readonly string[];
}

export interface Sentinel {
  readonly port: number;
  /** the port at which the primary is at present, as it says itself */
  primaryPort(): Promise<number>;
  /** has it promote a replica while the primary lives on */
  failover(): Promise<void>;
  /** replicas that it has seen */
  replicas(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSentinel({
  name,
  primary,
  password,
  lines = [],
}: SentinelOptions): Promise<Sentinel> {
  const { path: program, env } = await findRedis();
  const folder = temporaryFolder('sentinel');
  const port = await freePort();
  const file = join(folder.path, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder.path}`,
    `sentinel monitor ${name} 127.0.0.1 ${primary.port} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
    ...(password === undefined ? [] : [`requirepass "${password}"`]),
    ...lines,
  ];
  await writeFile(file, `${settings.join('\n')}\n`);
  const child = startChild({
    name: 'a Sentinel',
    program,
    args: [file, '--sentinel'],
    env: { ...process.env, ...env },
  });
  const client = new Redis({
    port,
    protocol: 2,
    ...(password !== undefined && { password }),
    retryStrategy: () => 20,
    disconnectTimeout: 20,
  });
  client.on('error', () => {});
  const ask = (...parts: string[]) => client.call('SENTINEL', ...parts);
  const stop = async (): Promise<void> => {
    client.disconnect();
    await child.stop();
    await folder.remove();
  };
  try {
    await until('the Sentinel answers', () => ask('MYID'));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    primaryPort: async () => Number(((await ask('GET-MASTER-ADDR-BY-NAME', name)) as string[])[1]),
    failover: async () => void (await ask('FAILOVER', name)),
    replicas: async () => ((await ask('REPLICAS', name)) as unknown[]).length,
    stop,
  };
}
