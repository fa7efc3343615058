/**
 * Finds a program: where a variable names it, else on the PATH, else in Debian's packages unpacked into a cache folder,
 * which needs neither root nor an installation.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { isExecutable, libraryPath, missingLibraries, unpackPackages } from './debian-packages';

export interface Binary {
  readonly path: string;
  /** to be laid over the environment of the process */
  readonly env: Readonly<Record<string, string>>;
}

/** A program, and where it comes from. */
export interface Program {
  readonly name: string;
  /** the environment variable that may say where it is */
  readonly variable: string;
  /** where it lies in its package */
  readonly path: string;
  readonly packages: readonly string[];
  /** Debian's package for each shared library that it asks for beyond a bare system */
  readonly libraries: Readonly<Record<string, string>>;
  /** completes a sentence: how it is installed by hand */
  readonly install: string;
}

const CACHE = resolve(__dirname, '../../node_modules/.cache');

const found = new Map<string, Promise<Binary>>();

/** @throws Error that says what to install */
export function findBinary(program: Program): Promise<Binary> {
  const known = found.get(program.name) ?? find(program);
  found.set(program.name, known);
  return known;
}

async function find(program: Program): Promise<Binary> {
  const { name, variable, install } = program;
  const named = process.env[variable];
  if (named) {
    if (await isExecutable(named)) return { path: named, env: {} };
    throw new Error(`${variable} is ${named}, which is not an executable file.`);
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder && (await isExecutable(path))) return { path, env: {} };
  }
  const cache = join(CACHE, name);
  try {
    return (await unpacked(program, cache)) ?? (await fetchInto(program, cache));
  } catch (cause) {
    throw new Error(
      `There is no ${name} on the PATH, and Debian packages of it could not be fetched. Install ${install}, or set ${variable}.`,
      { cause },
    );
  }
}

/** Fetches and unpacks into a folder of its own, then renames: test processes may do this side by side. */
export async function fetchInto(program: Program, cache: string): Promise<Binary> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'fetching-'));
  try {
    await unpackPackages(folder, program.packages);
    const missing = await packagesOfMissingLibraries(program, folder);
    if (missing.length > 0) await unpackPackages(folder, missing);
    const target = join(cache, 'root');
    await rename(folder, target).catch(async (error: unknown) => {
      // Another process was first: its copy is as good as ours.
      if (!(await unpacked(program, cache))) throw error;
    });
    const binary = await unpacked(program, cache);
    if (!binary) throw new Error(`the packages hold no ${program.name}`);
    return binary;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function unpacked(program: Program, cache: string): Promise<Binary | undefined> {
  const root = join(cache, 'root');
  const path = join(root, program.path);
  return (await isExecutable(path)) ? { path, env: await libraryPath(root) } : undefined;
}

/** A library without a package in the table is left for the error message. */
async function packagesOfMissingLibraries(
  { name, path, libraries }: Program,
  root: string,
): Promise<string[]> {
  const missing = await missingLibraries(root, join(root, path));
  return missing.map((library) => {
    const source = libraries[library];
    if (!source) throw new Error(`${name} needs ${library}, which is not installed`);
    return source;
  });
}
