import { temporaryFolder } from '../kit.mjs';

/** @type {import('../../kit/folder').Folder | undefined} */
let folder;

/** The one folder of this run. */
export function runFolder() {
  folder ??= temporaryFolder('bench');
  return folder.path;
}

export async function removeRunFolder() {
  await folder?.remove();
  folder = undefined;
}
