import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Source,
  buildClientSchema,
  GraphQLError,
  Kind,
  parse,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { keepDigits } from './literal';
import { type SchemaFinding, SchemaError, toFinding } from './schema-error';
import { createHash } from 'node:crypto';
import { LastmileError } from '../report/error';
import { introspectDirectives } from './directive-definitions';
import { buildFullSchema, isFullSchema } from './full-schema';
import { applyOverlay } from './overlay';

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
        variable: 'SCHEMA',
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

/**
 * What tells whether the files that patterns name are as they were: another text once one is written, replaced, added or
 * removed. Nothing is read but what the file system says of them.
 */
export async function stampSchemaFiles(patterns: readonly string[], folder: string): Promise<string> {
  const files = await Promise.all(patterns.map((pattern) => expand(pattern, folder)));
  const stamps = await Promise.all(
    files.flat().map(async (file) => {
      // One that has gone since it was listed.
      const found = await stat(resolve(folder, file)).catch(() => undefined);
      return [file, found?.ino, found?.size, found?.mtimeMs, found?.ctimeMs];
    }),
  );
  return JSON.stringify(stamps);
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

export interface LoadSchemaOptions {
  /** files, folders, or paths with `*`; none: the introspected schema as it is */
  readonly patterns: readonly string[];
  /** what relative patterns are relative to; default: where the process was started */
  readonly folder?: string;
  /**
   * asks upstream for its schema, as the JSON of an introspection result; not called when the files hold a whole one, nor
   * when they cannot be read or parsed
   */
  readonly introspect?: () => Promise<string>;
}

export interface LoadedSchema {
  readonly schema: GraphQLSchema;
  /** the operator's files, under the names that findings use */
  readonly sources: readonly Source[];
}

/** All that a schema is made of, read and not yet built: to build a large one holds up a process for a third of a second. */
export interface SchemaText {
  /** differs whenever the files or upstream's introspection do; 43 characters of base64url */
  readonly digest: string;
  /** the operator's files */
  readonly sources: readonly Source[];
  /** the JSON of upstream's introspection result; undefined where the files hold a whole schema */
  readonly introspection: string | undefined;
  /**
   * @throws SchemaError with everything that is wrong with the files; LastmileError UPSTREAM_BAD_ANSWER when upstream's
   *   introspection is no schema
   */
  readonly build: () => LoadedSchema;
}

/**
 * Reads what the schema the gateway works with is made of: SDL that defines the query type stands alone; anything less is
 * laid over what `introspect` brings. Our directives are defined in either case.
 * @throws SchemaError when files cannot be read or parsed, or are no schema and there is none to lay them over; whatever
 *   `introspect` rejects with
 */
export async function readSchemaText({
  patterns,
  folder = process.cwd(),
  introspect,
}: LoadSchemaOptions): Promise<SchemaText> {
  const { sources, findings } = await readSchemaFiles(patterns, folder);
  const document = parseAll(sources, findings);
  if (isFullSchema(document)) {
    const couldBeOverlay = introspect !== undefined;
    return textOf(sources, undefined, () => buildFullSchema(document, couldBeOverlay));
  }
  if (!introspect) throw new SchemaError([NO_QUERY_TYPE]);
  const introspection = await introspect();
  return textOf(sources, introspection, () => buildOverlaid(introspection, document));
}

/** The same of what another process has read. @throws SchemaError when files cannot be parsed */
export function schemaTextFrom(sources: readonly Source[], introspection: string | undefined): SchemaText {
  const document = parseAll(sources);
  return textOf(sources, introspection, () =>
    introspection === undefined ? buildFullSchema(document, false) : buildOverlaid(introspection, document),
  );
}

function textOf(
  sources: readonly Source[],
  introspection: string | undefined,
  make: () => GraphQLSchema,
): SchemaText {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(sources.map(({ name, body }) => [name, body])));
  hash.update(introspection ?? '');
  return {
    digest: hash.digest('base64url'),
    sources,
    introspection,
    build: () => ({ schema: make(), sources }),
  };
}

function buildOverlaid(introspection: string, overlay: DocumentNode): GraphQLSchema {
  const schema = buildIntrospected(introspection);
  const problems = applyOverlay(schema, overlay);
  if (problems.length > 0) throw new SchemaError(problems);
  return schema;
}

/** Reads and builds. @throws what {@link readSchemaText} and {@link SchemaText.build} throw */
export async function loadSchema(options: LoadSchemaOptions): Promise<LoadedSchema> {
  return (await readSchemaText(options)).build();
}

const NO_QUERY_TYPE: SchemaFinding = {
  place: undefined,
  what: 'The SDL defines no query type.',
  remedy: 'Give the whole SDL in SCHEMA, or set UPSTREAM_URL to lay it over the schema found there.',
};

/**
 * All files as one document. Nodes keep their file and place.
 * @throws SchemaError when one cannot be parsed, with what was found wrong before
 */
function parseAll(sources: readonly Source[], before: readonly SchemaFinding[] = []): DocumentNode {
  const definitions: DefinitionNode[] = [];
  const findings = [...before];
  for (const source of sources) {
    // A file of nothing but comments is nothing to complain of; to the parser it is.
    if (/^(?:\s|#.*|,|\uFEFF)*$/.test(source.body)) continue;
    try {
      definitions.push(...parse(source).definitions);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      findings.push(toFinding(error, 'Correct the SDL.'));
    }
  }
  if (findings.length > 0) throw new SchemaError(findings);
  return { kind: Kind.DOCUMENT, definitions };
}

/** Not validated again: upstream serves it, so it is valid enough to be asked. */
function buildIntrospected(introspection: string): GraphQLSchema {
  try {
    const result = JSON.parse(introspection) as IntrospectionQuery;
    return keepDigits(buildClientSchema(introspectDirectives(result), { assumeValid: true }));
  } catch (cause) {
    throw new LastmileError('UPSTREAM_BAD_ANSWER', 'the introspection result is no schema', { cause });
  }
}
