import { fileURLToPath } from 'node:url';

/** The program of a server in `servers/`. */
export function serverFile(/** @type {string} */ name) {
  return fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url));
}
