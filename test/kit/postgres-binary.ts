/**
 * Finds PostgreSQL's programs: POSTGRES_BIN, else the PATH, else where Debian installs them, else Debian's packages
 * unpacked into a cache folder, as redis-server is found.
 */
import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  constants,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
} from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './folder';
import { isExecutable, libraryPath, missingLibraries, unpackPackages } from './debian-packages';

const run = promisify(execFile);

export interface PostgresPrograms {
  /** the folder that holds {@link PROGRAMS} */
  readonly folder: string;
  /** to be laid over the environment of the processes */
  readonly env: Readonly<Record<string, string>>;
}

/** As whom PostgreSQL runs. It refuses root; anybody else starts it as themselves. */
export interface OtherUser {
  readonly uid: number;
  readonly gid: number;
}

const CACHE = resolve(__dirname, '../../node_modules/.cache/postgres');
const PROGRAMS = ['initdb', 'postgres', 'psql', 'pg_basebackup'];

let found: Promise<PostgresPrograms> | undefined;

/** @throws Error that says what to install */
export function findPostgres(): Promise<PostgresPrograms> {
  found ??= find();
  return found;
}

async function find(): Promise<PostgresPrograms> {
  const named = process.env['POSTGRES_BIN'];
  if (named) {
    if (await hasPrograms(named)) return { folder: named, env: {} };
    throw new Error(`POSTGRES_BIN is ${named}, which is no folder with ${PROGRAMS.join(', ')} in it.`);
  }
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...(await installed('/'))])
    if (folder && (await hasPrograms(folder))) return { folder, env: {} };
  try {
    return await readable((await unpacked(CACHE)) ?? (await fetchPostgres(CACHE)));
  } catch (cause) {
    throw new Error(
      'There is no PostgreSQL on the PATH, and Debian packages of it could not be fetched. ' +
        'Install PostgreSQL 13 or newer (apt-get install postgresql, brew install postgresql), or set POSTGRES_BIN ' +
        'to the folder of its programs.',
      { cause },
    );
  }
}

/** Fetches and unpacks into a folder of its own, then renames: test processes may do this side by side. */
export async function fetchPostgres(cache: string): Promise<PostgresPrograms> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'fetching-'));
  try {
    // Debian's package `postgresql` is empty, and depends on the one of the version that this Debian has.
    const [depends = ''] = await unpackPackages(folder, ['postgresql']);
    const version = /postgresql-(\d+)/.exec(depends)?.[1];
    if (!version) throw new Error(`the package postgresql depends on no version of it: ${depends}`);
    await withLibraries(folder, [`postgresql-${version}`, `postgresql-client-${version}`]);
    const target = join(cache, 'root');
    await chmod(folder, 0o755);
    await rename(folder, target).catch(async (error: unknown) => {
      // Another process was first: its copy is as good as ours.
      if (!(await unpacked(cache))) throw error;
    });
    const programs = await unpacked(cache);
    if (!programs) throw new Error(`the packages hold no ${PROGRAMS.join(', ')}`);
    return programs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Unpacks packages and, generation by generation, the libraries they depend on, until the programs have all of them. */
async function withLibraries(root: string, packages: readonly string[]): Promise<void> {
  const fetched = new Set<string>();
  let next = packages;
  while (next.length > 0) {
    for (const name of next) fetched.add(name);
    const dependencies = await unpackPackages(root, next);
    const [folder = ''] = await installed(root);
    const missing = await Promise.all(
      PROGRAMS.map((program) => missingLibraries(root, join(folder, program))),
    );
    if (missing.flat().length === 0) return;
    const libraries = dependencies.flatMap((text) => [...text.matchAll(/(?:^|[,|] )(lib[\w.+-]+)/g)]);
    next = [...new Set(libraries.map((match) => match[1]!))].filter((name) => !fetched.has(name));
  }
}

async function unpacked(cache: string): Promise<PostgresPrograms | undefined> {
  const root = join(cache, 'root');
  const [folder] = await installed(root);
  return folder && (await hasPrograms(folder)) ? { folder, env: await libraryPath(root) } : undefined;
}

/** A copy where the user who runs PostgreSQL can read it, when the cache folder lies below one that only root may enter. */
async function readable(programs: PostgresPrograms): Promise<PostgresPrograms> {
  const user = await otherUser();
  const isReadable = await run(join(programs.folder, 'postgres'), ['--version'], {
    env: { ...process.env, ...programs.env },
    ...user,
  }).then(
    () => true,
    () => false,
  );
  if (isReadable) return programs;
  // For as long as this process lives.
  const { path: copy } = temporaryFolder('postgres-programs');
  await cp(join(CACHE, 'root'), join(copy, 'root'), { recursive: true, verbatimSymlinks: true });
  await chmod(copy, 0o755);
  return (await unpacked(copy)) ?? programs;
}

/** Where Debian puts the programs of each version, newest first. */
async function installed(root: string): Promise<string[]> {
  const library = join(root, 'usr/lib/postgresql');
  const versions = await readdir(library).catch(() => []);
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(library, version, 'bin'));
}

async function hasPrograms(folder: string): Promise<boolean> {
  const all = await Promise.all(PROGRAMS.map((program) => isExecutable(join(folder, program))));
  return all.every(Boolean);
}

/** Root's stand-in, who must have a line in /etc/passwd; undefined for anybody else. */
export async function otherUser(): Promise<OtherUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  await access('/etc/passwd', constants.R_OK);
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const line = lines.find(([name]) => name === 'nobody') ?? lines.find(([name]) => name === 'postgres');
  if (!line) throw new Error('PostgreSQL refuses to run as root, and there is no user nobody to run it as.');
  return { uid: Number(line[2]), gid: Number(line[3]) };
}
