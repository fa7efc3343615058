/**
 * Finds redis-server: REDIS_SERVER_BIN, else the PATH, else Debian's packages unpacked into a cache folder, which
 * needs neither root nor an installation.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { isExecutable, libraryPath, missingLibraries, unpackPackages } from './debian-packages';

export interface RedisBinary {
  readonly path: string;
  /** to be laid over the environment of the process */
  readonly env: Readonly<Record<string, string>>;
}

const CACHE = resolve(__dirname, '../../node_modules/.cache/redis-server');

/** Debian's package for each shared library that redis-server asks for beyond a bare system. */
const LIBRARY_PACKAGES: Readonly<Record<string, string>> = {
  'libatomic.so.1': 'libatomic1',
  'libhiredis.so.0.14': 'libhiredis0.14',
  'libhiredis.so.1.1.0': 'libhiredis1.1.0',
  'libjemalloc.so.2': 'libjemalloc2',
  'liblua5.1-bitop.so.0': 'lua-bitop',
  'liblua5.1-cjson.so.0': 'lua-cjson',
  'liblua5.1.so.0': 'liblua5.1-0',
  'liblzf.so.1': 'liblzf1',
  'libssl.so.3': 'libssl3',
  'libsystemd.so.0': 'libsystemd0',
};

let found: Promise<RedisBinary> | undefined;

/** @throws Error that says what to install */
export function findRedis(): Promise<RedisBinary> {
  found ??= find();
  return found;
}

async function find(): Promise<RedisBinary> {
  const named = process.env['REDIS_SERVER_BIN'];
  if (named) {
    if (await isExecutable(named)) return { path: named, env: {} };
    throw new Error(`REDIS_SERVER_BIN is ${named}, which is not an executable file.`);
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'redis-server');
    if (folder && (await isExecutable(path))) return { path, env: {} };
  }
  try {
    return (await unpacked(CACHE)) ?? (await fetchInto(CACHE));
  } catch (cause) {
    throw new Error(
      'There is no redis-server on the PATH, and Debian packages of it could not be fetched. ' +
        'Install Redis 7.0.9 or newer (apt-get install redis-server, brew install redis), or set REDIS_SERVER_BIN.',
      { cause },
    );
  }
}

/** Fetches and unpacks into a folder of its own, then renames: test processes may do this side by side. */
export async function fetchInto(cache: string): Promise<RedisBinary> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'fetching-'));
  try {
    await unpackPackages(folder, ['redis-server', 'redis-tools', 'liblzf1', 'libjemalloc2']);
    const missing = await packagesOfMissingLibraries(folder);
    if (missing.length > 0) await unpackPackages(folder, missing);
    const target = join(cache, 'root');
    await rename(folder, target).catch(async (error: unknown) => {
      // Another process was first: its copy is as good as ours.
      if (!(await unpacked(cache))) throw error;
    });
    const binary = await unpacked(cache);
    if (!binary) throw new Error('the packages hold no redis-server');
    return binary;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function unpacked(cache: string): Promise<RedisBinary | undefined> {
  const root = join(cache, 'root');
  const path = join(root, 'usr/bin/redis-server');
  return (await isExecutable(path)) ? { path, env: await libraryPath(root) } : undefined;
}

/** A library without a package in our table is left for the error message. */
async function packagesOfMissingLibraries(root: string): Promise<string[]> {
  const names = await missingLibraries(root, join(root, 'usr/bin/redis-server'));
  return names.map((name) => {
    const source = LIBRARY_PACKAGES[name];
    if (!source) throw new Error(`redis-server needs ${name}, which is not installed`);
    return source;
  });
}
