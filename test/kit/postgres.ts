/**
 * A real PostgreSQL in a folder of its own on 127.0.0.1. It ends with this process, however this process ends.
 *
 *   const postgres = cleanup.add(await startPostgres({ wal_level: 'logical' }));
 *   await postgres.createDatabase('forum');
 *   await postgres.sql('create table post(id int)', 'forum');
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Child } from './child';
import { temporaryFolder, type Folder } from './folder';
import { freePort } from './free-port';
import { findPostgres, otherUser, type OtherUser, type PostgresPrograms } from './postgres-binary';
import { ended } from './until';

/** Settings as postgresql.conf names them. */
export type PostgresSettings = Readonly<Record<string, string | number>>;

const BASE: PostgresSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // A test's data need not outlive the machine. Where kill -9 is the subject: { fsync: 'on' }.
  fsync: 'off',
  // Rows stay where they were written, so that a query without an order answers alike in every run.
  autovacuum: 'off',
  jit: 'off',
  timezone: 'UTC',
};

/** A locale that every machine has, whatever the developer's own may be. */
const LOCALE = 'C.UTF-8';

interface Ground {
  readonly programs: PostgresPrograms;
  readonly user: OtherUser | undefined;
  /** the data lie in `data` below it */
  readonly folder: Folder;
}

export class PostgresServer {
  #child: Child | undefined;

  /** Use {@link startPostgres}. */
  constructor(
    readonly port: number,
    readonly ground: Ground,
    readonly settings: PostgresSettings,
  ) {}

  /** The last of what it printed. */
  get output(): string {
    return this.#child?.lines.join('\n') ?? '';
  }

  /** Where clients find a database: any user name, no password. */
  url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** @param template a database that nobody is connected to, to be copied */
  async createDatabase(name: string, template = 'template0'): Promise<void> {
    await this.sql(`create database "${name}" template "${template}"`);
  }

  /**
   * Runs statements with psql, the first that fails being the last.
   * @returns what they returned: a line for each row, values separated by `|`
   * @throws Error with what PostgreSQL said
   */
  async sql(statements: string, database = 'postgres'): Promise<string> {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', this.url(database), '-f', '-'];
    return run('psql', this.ground, args, statements);
  }

  /** SIGKILL to the postmaster, which its other processes notice. What is on the disk stays for {@link start}. */
  async kill(): Promise<void> {
    await this.#child?.kill();
    await this.#ended();
  }

  /** Ends it by a fast shutdown and removes its folder. */
  async stop(): Promise<void> {
    this.#child?.process.kill('SIGINT');
    await this.#ended().catch(() => this.kill());
    await this.ground.folder.remove();
  }

  async #ended(): Promise<void> {
    if (this.#child) await ended(this.#child.name, this.#child.exited);
  }

  /** @throws Error with what it printed when it ends instead of becoming ready */
  async start(): Promise<void> {
    const { programs, user, folder } = this.ground;
    const settings = Object.entries({ ...BASE, ...this.settings, port: this.port });
    const args = [
      '-D',
      join(folder.path, 'data'),
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    const child = new Child({
      name: `PostgreSQL at port ${this.port}`,
      program: join(programs.folder, 'postgres'),
      args,
      cwd: folder.path,
      env: environment(this.ground),
      user,
    });
    this.#child = child;
    await child.printed(/ready to accept (read-only )?connections/);
  }
}

/** Starts a server with these settings over those that suit a test. @throws Error that says what to install */
export function startPostgres(settings: PostgresSettings = {}): Promise<PostgresServer> {
  return startWith(initialise, settings);
}

/**
 * Starts a standby, which streams the log of a server, replays it, and can be read meanwhile.
 * @param port where it finds the server: of a link that leads there
 */
export function startStandby(of: PostgresServer, port = of.port): Promise<PostgresServer> {
  const copy = async (ground: Ground): Promise<void> => {
    const data = await makeData(ground);
    const options = ['--write-recovery-conf', '--checkpoint=fast', '--no-sync', '--wal-method=stream'];
    await run('pg_basebackup', ground, [
      '-D',
      data,
      '-d',
      `postgres://postgres@127.0.0.1:${port}/postgres`,
      ...options,
    ]);
  };
  return startWith(copy, of.settings);
}

/** @param fill makes the folder of its data */
async function startWith(
  fill: (ground: Ground) => Promise<void>,
  settings: PostgresSettings,
): Promise<PostgresServer> {
  const [programs, user] = await Promise.all([findPostgres(), otherUser()]);
  for (let attempt = 1; ; attempt++) {
    const folder = temporaryFolder('postgres');
    const ground: Ground = { programs, user, folder };
    const server = new PostgresServer(await freePort(), ground, settings);
    try {
      await fill(ground);
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      if (!/Address already in use/.test(server.output) || attempt === 5) throw error;
    }
  }
}

async function initialise(ground: Ground): Promise<void> {
  const data = await makeData(ground);
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', `--locale=${LOCALE}`, '--no-sync'];
  await run('initdb', ground, ['-D', data, ...options]);
}

/** The empty folder, which belongs to who runs the server. */
async function makeData({ folder, user }: Ground): Promise<string> {
  const data = join(folder.path, 'data');
  await chmod(folder.path, 0o755);
  await mkdir(data, { mode: 0o700 });
  if (user) await chown(data, user.uid, user.gid);
  return data;
}

/** @returns its output @throws Error with its errors when it fails */
async function run(program: string, ground: Ground, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(join(ground.programs.folder, program), args, {
    cwd: ground.folder.path,
    env: environment(ground),
    ...ground.user,
  });
  // A program that ends before it has read this says so itself.
  child.stdin.on('error', () => {}).end(input);
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (status !== 0) throw new Error(`${program} failed: ${errors || output}`);
  return output.trim();
}

function environment({ programs, folder }: Ground): NodeJS.ProcessEnv {
  return { ...process.env, ...programs.env, LC_ALL: LOCALE, HOME: folder.path, PGCONNECT_TIMEOUT: '10' };
}
