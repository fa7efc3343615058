/** Temporary folders, which are removed also when this process is killed. */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardFolder } from './guard';

export interface Folder {
  readonly path: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/** @param purpose a part of its name */
export function temporaryFolder(purpose: string): Folder {
  const path = join(tmpdir(), `lastmile-${purpose}-${randomUUID()}`);
  const release = guardFolder(path);
  mkdirSync(path, { mode: 0o700 });
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 10 });
      release();
    },
  };
}
