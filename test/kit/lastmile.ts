/**
 * `lastmile` as a process of its own: a gateway, which can be killed, or a command that runs to its end.
 *
 *   const gateway = cleanup.add(await startServing({ UPSTREAM_URL: origin.url }, { schema: shopTypes }));
 *   await fetch(gateway.url, ...);
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { startChild, typescriptArgs, type Child, type Start } from './child';
import { temporaryFolder, type Folder } from './folder';
import { freePort } from './free-port';
import { spawnGuarded } from './guard';
import { ended, PATIENCE, until } from './until';

const ROOT = resolve(__dirname, '../..');
const READY_MS = 2 * PATIENCE;

/** What `npm run build` made, as users run it. */
export const BUILT = join(ROOT, 'dist');

export interface ServingOptions {
  /** for messages */
  readonly name?: string;
  /** folder of a built gateway; left out: straight from src/, for tests, which build nothing */
  readonly built?: string | undefined;
  /** of Node */
  readonly flags?: readonly string[];
  /** SDL, for a file that SCHEMA names */
  readonly schema?: string;
  /** false: resolves as soon as it has begun */
  readonly awaitReady?: boolean;
  readonly start?: Start;
}

export class ServingProcess {
  readonly port: number;
  readonly adminPort: number;
  readonly url: string;
  readonly adminUrl: string;

  /** Use {@link startServing}. */
  constructor(
    readonly child: Child,
    { port, adminPort }: { readonly port: number; readonly adminPort: number },
    readonly folder: Folder | undefined,
  ) {
    this.port = port;
    this.adminPort = adminPort;
    this.url = `http://127.0.0.1:${port}/graphql`;
    this.adminUrl = `http://127.0.0.1:${adminPort}`;
  }

  /** The file of SCHEMA, where it was given an SDL. */
  get schemaFile(): string {
    return fileIn(this.folder!);
  }

  /** Resolves once it says that it is ready. @throws Error with what it printed when it ends instead */
  async ready(): Promise<void> {
    const isReady = async (): Promise<boolean> =>
      !this.child.running || (await fetch(`${this.adminUrl}/health/ready`)).status === 200;
    await until(`${this.child.name} is ready`, isReady, { within: READY_MS, every: 20 });
    if (!this.child.running) throw this.child.fault('ended at its start');
  }

  /** SIGTERM, so that it answers what is under way. */
  async stop(): Promise<void> {
    await ended(this.child.name, this.child.stop(PATIENCE / 2));
    await this.folder?.remove();
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await ended(this.child.name, this.child.kill());
    await this.folder?.remove();
  }
}

/** Arguments with which Node runs `lastmile`. @throws Error when it was not built */
export function lastmileArgs(built?: string): string[] {
  if (built === undefined) return typescriptArgs(join(ROOT, 'src/main.ts'));
  const main = join(built, 'main.js');
  if (!existsSync(main)) throw new Error(`There is no ${main}: run \`npm run build\`.`);
  return [main];
}

/**
 * Starts a gateway configured as by its environment, and by nothing of this process's own but its PATH. Unless the
 * environment says otherwise: free ports, a log of errors alone, and nothing warmed.
 */
export async function startServing(
  env: Readonly<Record<string, string>>,
  options: ServingOptions = {},
): Promise<ServingProcess> {
  for (let attempt = 1; ; attempt++) {
    const serving = await begin(env, options);
    try {
      if (options.awaitReady ?? true) await serving.ready();
      return serving;
    } catch (error) {
      await serving.kill();
      const isTaken = serving.child.lines.some((line) => line.includes('something else listens there'));
      if (!isTaken || attempt === 5) throw error;
    }
  }
}

async function begin(
  env: Readonly<Record<string, string>>,
  { name = 'lastmile serve', built, flags = [], schema, start = startChild }: ServingOptions,
): Promise<ServingProcess> {
  const folder = schema === undefined ? undefined : temporaryFolder('serving');
  if (folder) await writeFile(fileIn(folder), schema!);
  const settings = {
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    ADMIN_PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    // What upstream is asked is decided by the requests alone.
    WARM: '0',
    ...(folder && { SCHEMA: fileIn(folder) }),
    ...env,
  };
  const child = start({
    name,
    program: process.execPath,
    args: [...flags, ...lastmileArgs(built), 'serve'],
    env: { PATH: process.env['PATH'], ...settings },
  });
  const ports = { port: Number(settings.PORT), adminPort: Number(settings.ADMIN_PORT) };
  return new ServingProcess(child, ports, folder);
}

function fileIn({ path }: Folder): string {
  return join(path, 'schema.graphql');
}

export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `lastmile` in a process of its own until it ends. @param built folder of a built gateway; left out: from src/ */
export async function runProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { built, cwd }: { readonly built?: string | undefined; readonly cwd?: string } = {},
): Promise<Ended> {
  const child = spawnGuarded(process.execPath, [...lastmileArgs(built), ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { status, output, errors };
}
