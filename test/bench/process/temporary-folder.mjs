import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {string | undefined} */
let folder;

/** The one folder of this run, which is removed at its end. */
export function temporaryFolder() {
  folder ??= mkdtempSync(join(tmpdir(), 'lastmile-bench-'));
  return folder;
}
