/**
 * Origins in processes of their own, made of other people's servers.
 *
 *   const origin = cleanup.add(await startApolloOrigin());
 *   const gateway = start({ UPSTREAM_URL: origin.url });
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ended, within } from './until';
import { watch } from './watchdog';

export interface OriginProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Apollo Server with the data of countries-list: see apollo-origin.cjs. */
export function startApolloOrigin(port = 0): Promise<OriginProcess> {
  return startProcess('apollo-origin.cjs', port);
}

/** GitHub's public schema, mocked: see github-origin.cjs. */
export function startGithubOrigin(port = 0): Promise<OriginProcess> {
  return startProcess('github-origin.cjs', port);
}

async function startProcess(file: string, port: number): Promise<OriginProcess> {
  const child = spawn(process.execPath, [join(__dirname, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: String(port) },
  });
  const unwatch = watch(child.pid!);
  const exited = once(child, 'exit').then(unwatch);
  try {
    const url = await within(30_000, `${file} listens`, firstUrl(child, file));
    return { url, stop: () => stop(child, exited) };
  } catch (error) {
    await stop(child, exited);
    throw error;
  }
}

/** The first line says where it listens; if there is none, it did not start. */
async function firstUrl(child: ChildProcess, file: string): Promise<string> {
  for await (const line of createInterface(child.stdout!)) return (JSON.parse(line) as { url: string }).url;
  throw new Error(`${file} ended before it listened`);
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await ended(`the origin of process ${child.pid}`, exited);
}
