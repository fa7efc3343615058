import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StarterFile } from './files';

/** Readable and writable for its owner alone, or for others to read as well. */
const MODES = { secret: 0o600, open: 0o644 };

/**
 * Writes files into a folder, and none over what is there.
 * @returns the paths that were written, and those that were there already
 */
export async function writeFiles(
  folder: string,
  files: readonly StarterFile[],
): Promise<{ readonly written: readonly string[]; readonly kept: readonly string[] }> {
  const [written, kept]: [string[], string[]] = [[], []];
  for (const { path, text, isSecret } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    try {
      await writeFile(file, text, { flag: 'wx', mode: isSecret ? MODES.secret : MODES.open });
      written.push(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      kept.push(path);
    }
  }
  return { written, kept };
}
