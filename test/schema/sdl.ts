/** SDL files in a folder of their own, and what loading them says. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { loadSchema, type LoadedSchema, type LoadSchemaOptions } from '../../src/schema/load-schema';
import { formatFinding, SchemaError } from '../../src/schema/schema-error';
import type { Cleanup } from '../kit/cleanup';

/** Writes files, by path and text, and resolves to the folder they are in. */
export async function writeFiles(cleanup: Cleanup, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = cleanup.folder('sdl');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** What an upstream with this SDL says of itself. */
export function introspectionOf(sdl: string): () => Promise<string> {
  return () => Promise.resolve(JSON.stringify(introspectionFromSchema(buildSchema(sdl))));
}

/** Loads `a.graphql`, `b.graphql`, ... with these texts, over an upstream with this SDL if one is given. */
export async function load(
  cleanup: Cleanup,
  texts: readonly string[],
  upstream?: string,
): Promise<LoadedSchema> {
  const names = texts.map((_, index) => `${'abc'[index]}.graphql`);
  const folder = await writeFiles(
    cleanup,
    Object.fromEntries(names.map((name, index) => [name, texts[index]!])),
  );
  const introspect = upstream === undefined ? {} : { introspect: introspectionOf(upstream) };
  return loadSchema({ patterns: names, folder, ...introspect });
}

/** What is wrong, one line each: place, what, remedy. */
export async function findings(loading: Promise<LoadedSchema> | LoadSchemaOptions): Promise<string[]> {
  try {
    await ('patterns' in loading ? loadSchema(loading) : loading);
  } catch (error) {
    if (error instanceof SchemaError) return error.findings.map(formatFinding);
    throw error;
  }
  throw new Error('expected a SchemaError');
}
