import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where an operator's SDL is looked for when SCHEMA says nothing, beside where the gateway was started. */
export const SCHEMA_FOLDER = 'schema';

/** SHA-256 of the example's files, each after its name, in the order of their names: a test says what it has to be. */
export const EXAMPLE_DIGEST = '655da50dcefcdf7fe6d5a3f03fc38a39d29ca0e408403447a1b4c272ddf2e6c7';

/** What is in the folder `schema` beside where the gateway was started. */
export type FoundSchema = 'nothing' | 'the example' | 'own files';

/**
 * Looks whether there is SDL of the operator's. A clone of this project, and its image, have the example there until it is
 * replaced.
 * @param folder where the gateway was started
 */
export function findOwnSchema(folder: string): FoundSchema {
  const digest = digestOfFolder(join(folder, SCHEMA_FOLDER));
  if (digest === undefined) return 'nothing';
  return digest === EXAMPLE_DIGEST ? 'the example' : 'own files';
}

/** @returns undefined where there is no SDL, or no way to read it */
export function digestOfFolder(folder: string): string | undefined {
  try {
    const names = readdirSync(folder).filter((name) => /^[^.].*\.graphql$/.test(name));
    if (names.length === 0) return undefined;
    const hash = createHash('sha256');
    for (const name of names.sort()) hash.update(`${name}\n${readFileSync(join(folder, name), 'utf8')}\n`);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}
