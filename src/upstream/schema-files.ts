import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Source } from 'graphql';
import type { SchemaFinding } from './schema-error';

const SDL_FILE = /^[^.].*\.(?:graphqls?|gql)$/;

/**
 * Reads the files that patterns name: a file, a folder (its `.graphql`, `.graphqls` and `.gql` files), or a path whose
 * parts may hold `*`. Files come sorted and once, under the names an operator would recognise.
 * @param folder what relative patterns are relative to
 */
export async function readSchemaFiles(
  patterns: readonly string[],
  folder: string,
): Promise<{ sources: Source[]; findings: SchemaFinding[] }> {
  const sources = new Map<string, Source>();
  const findings: SchemaFinding[] = [];
  for (const pattern of patterns) {
    const files = await expand(pattern, folder);
    if (files.length === 0) {
      findings.push({
        place: undefined,
        what: `No file matches \`${pattern}\`.`,
        remedy: 'Correct SCHEMA; relative paths begin where the gateway was started.',
      });
    }
    for (const file of files) {
      try {
        sources.set(file, new Source(await readFile(resolve(folder, file), 'utf8'), file));
      } catch (error) {
        const what = `Cannot be read: ${(error as Error).message}`;
        findings.push({ place: { file, line: 1, column: 1 }, what, remedy: 'Check its permissions.' });
      }
    }
  }
  return { sources: [...sources.values()], findings };
}

/** The files one pattern names, or none. */
async function expand(pattern: string, folder: string): Promise<string[]> {
  let paths = [pattern.startsWith('/') ? '/' : ''];
  for (const part of pattern.split('/').filter((part) => part !== '')) {
    const next = await Promise.all(paths.map((path) => step(path, part, folder)));
    paths = next.flat();
  }
  const found = await Promise.all(paths.map((path) => filesAt(path, folder)));
  return found.flat().sort();
}

/** One part of a pattern further. Hidden files are meant only by a pattern that says so. */
async function step(path: string, part: string, folder: string): Promise<string[]> {
  if (!part.includes('*')) return [join(path, part)];
  const expression = new RegExp(`^${part.split('*').map(escapeExpression).join('.*')}$`);
  const names = await listFolder(resolve(folder, path));
  return names
    .filter((name) => expression.test(name) && name.startsWith('.') === part.startsWith('.'))
    .map((name) => join(path, name));
}

async function filesAt(path: string, folder: string): Promise<string[]> {
  const at = resolve(folder, path);
  const found = await stat(at).catch(() => undefined);
  if (found?.isFile()) return [path];
  if (!found?.isDirectory()) return [];
  const names = await listFolder(at);
  return names.filter((name) => SDL_FILE.test(name)).map((name) => join(path, name));
}

/** A folder that is none, or cannot be read, holds nothing: the pattern is then reported as matching no file. */
async function listFolder(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}

function resolve(folder: string, path: string): string {
  return path.startsWith('/') ? path : join(folder, path);
}

function escapeExpression(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
}
