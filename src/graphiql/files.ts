import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file that the page asks for, as it is sent. */
export interface PageFile {
  readonly type: string;
  /** in the content coding gzip */
  readonly body: Buffer;
  /** an entity tag (RFC 9110 8.8.3) */
  readonly etag: string;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** Every file of the page, and where the build takes it from: GraphiQL's published bundle, or the folder `browser`. */
const FILES: Readonly<
  Record<string, { readonly from: string; readonly isOwn?: boolean; readonly type: string }>
> = {
  'graphiql.js': { from: 'yoga-graphiql.umd.js', type: SCRIPT },
  'graphiql.css': { from: 'graphiql.css', type: STYLE },
  'editor.worker.js': { from: 'monacoeditorwork/editor.worker.bundle.js', type: SCRIPT },
  'json.worker.js': { from: 'monacoeditorwork/json.worker.bundle.js', type: SCRIPT },
  // The name has two dots there.
  'graphql.worker.js': { from: 'monacoeditorwork/graphql.worker..bundle.js', type: SCRIPT },
  'strip.js': { from: 'strip.js', isOwn: true, type: SCRIPT },
  'strip.css': { from: 'strip.css', isOwn: true, type: STYLE },
};

/** Where the build puts them. */
const BUILT = join(__dirname, 'files');

const compress = promisify(gzip);

/**
 * Writes all files to where a built gateway finds them. They are taken from a package that only a build needs: it is many
 * times as large, and would bring what the bundle has within it.
 */
export async function collectFiles(): Promise<void> {
  await mkdir(BUILT, { recursive: true });
  await Promise.all(
    Object.keys(FILES).map(async (name) => writeFile(join(BUILT, `${name}.gz`), await pack(name))),
  );
}

const known = new Map<string, Promise<PageFile>>();

/** @returns undefined where the page has no such file; rejects where it cannot be read */
export function pageFile(name: string): Promise<PageFile> | undefined {
  if (!Object.hasOwn(FILES, name)) return undefined;
  const file = known.get(name) ?? read(name);
  known.set(name, file);
  file.catch(() => known.delete(name));
  return file;
}

async function read(name: string): Promise<PageFile> {
  // A gateway that runs from its sources has none that a build has collected.
  const body = await readFile(join(BUILT, `${name}.gz`)).catch(() => pack(name));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { type: FILES[name]!.type, body, etag };
}

async function pack(name: string): Promise<Buffer> {
  const { from, isOwn } = FILES[name]!;
  // Two folders up is the package's root, seen from src/graphiql as from dist/graphiql.
  const folder = isOwn
    ? join(__dirname, '../../src/graphiql/browser')
    : join(dirname(require.resolve('@graphql-yoga/graphiql/package.json')), 'dist');
  return compress(await readFile(join(folder, from)), { level: 9 });
}
