/**
 * Installs a server's packages on first use, in a cache folder: nobody who builds or tests the gateway waits for them.
 * A folder for each lock file, so that a change of it installs afresh.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SERVERS = join(__dirname, 'servers');
const CACHE = resolve(__dirname, '../../node_modules/.cache/oracle');

/**
 * @returns a folder with the server's files and its packages
 * @throws Error with what npm said
 */
export async function installServer(name: string): Promise<string> {
  const source = join(SERVERS, name);
  const lock = await readFile(join(source, 'package-lock.json'));
  const folder = join(CACHE, `${name}-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
  if (!(await exists(join(folder, 'node_modules')))) await installInto(folder, source, name);
  await copyFiles(source, folder);
  return folder;
}

/** Into a folder of its own first, then renamed: what was interrupted is not taken for installed. */
async function installInto(folder: string, source: string, name: string): Promise<void> {
  process.stderr.write(`Installing ${name} for the oracle, once.\n`);
  await mkdir(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, `installing-${name}-`));
  try {
    await copyFiles(source, fresh);
    // Their peers contradict each other in places; the lock file says what was found to work.
    const options = ['--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error'];
    await run('npm', ['ci', ...options], { cwd: fresh, maxBuffer: 64 * 1024 * 1024 });
    await rename(fresh, folder).catch(async (error: unknown) => {
      // Another process was first: its copy is as good as ours.
      if (!(await exists(join(folder, 'node_modules')))) throw error;
    });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    throw new Error(`The packages of test/oracle/servers/${name} could not be installed: ${stderr}`, {
      cause,
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function copyFiles(from: string, to: string): Promise<void> {
  const files = (await readdir(from, { withFileTypes: true })).filter((entry) => entry.isFile());
  await Promise.all(files.map(({ name }) => copyFile(join(from, name), join(to, name))));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
