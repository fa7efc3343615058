/** Debian's packages, unpacked into a folder instead of installed, which needs neither root nor an installation. */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, readdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './folder';

const run = promisify(execFile);

/**
 * Fetches packages and unpacks them into a folder.
 * @returns the `Depends` of each package, as its control file has it
 * @throws Error when there is no apt-get, no network, or no such package
 */
export async function unpackPackages(folder: string, packages: readonly string[]): Promise<string[]> {
  await download(folder, packages);
  const dependencies: string[] = [];
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.deb')) continue;
    dependencies.push((await run('dpkg-deb', ['-f', file, 'Depends'], { cwd: folder })).stdout.trim());
    await run('dpkg', ['-x', file, '.'], { cwd: folder });
    await rm(join(folder, file));
  }
  return dependencies;
}

/** With the machine's lists of packages, else with lists fetched for this once: a fresh container has none. */
async function download(folder: string, packages: readonly string[]): Promise<void> {
  try {
    await run('apt-get', ['download', ...packages], { cwd: folder });
  } catch {
    const own = temporaryFolder('apt');
    const state = own.path;
    try {
      await mkdir(join(state, 'lists/partial'), { recursive: true });
      await mkdir(join(state, 'archives/partial'), { recursive: true });
      const settings = [
        `Dir::State=${state}`,
        'Dir::State::status=/var/lib/dpkg/status',
        `Dir::Cache=${state}`,
      ];
      const options = settings.flatMap((setting) => ['-o', setting]);
      await run('apt-get', [...options, 'update'], { cwd: folder });
      await run('apt-get', [...options, 'download', ...packages], { cwd: folder });
    } finally {
      await own.remove();
    }
  }
}

/** What ldd still misses of a program, given the libraries that were unpacked under `root`. */
export async function missingLibraries(root: string, program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program], { env: { ...process.env, ...(await libraryPath(root)) } });
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

/** The environment in which a program finds the libraries that were unpacked under `root`. */
export async function libraryPath(root: string): Promise<Record<string, string>> {
  const library = join(root, 'usr/lib');
  const folders = (await readdir(library).catch(() => []))
    .filter((name) => name.includes('-linux-'))
    .map((name) => join(library, name));
  const before = process.env['LD_LIBRARY_PATH'];
  return { LD_LIBRARY_PATH: [...folders, library, ...(before ? [before] : [])].join(delimiter) };
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
