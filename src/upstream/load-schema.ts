import { createHash } from 'node:crypto';
import { buildClientSchema, GraphQLError, Kind, parse } from 'graphql';
import type { DefinitionNode, DocumentNode, GraphQLSchema, IntrospectionQuery, Source } from 'graphql';
import { LastmileError } from '../report/error';
import { introspectDirectives } from './directive-definitions';
import { buildFullSchema, isFullSchema } from './full-schema';
import { applyOverlay } from './overlay';
import { SchemaError, toFinding, type SchemaFinding } from './schema-error';
import { readSchemaFiles } from './schema-files';

export interface LoadSchemaOptions {
  /** files, folders, or paths with `*`; none: the introspected schema as it is */
  readonly patterns: readonly string[];
  /** what relative patterns are relative to; default: where the process was started */
  readonly folder?: string;
  /** asks upstream for its schema; not called when the files hold a whole one, nor when they cannot be read or parsed */
  readonly introspect?: () => Promise<IntrospectionQuery>;
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
  /** whether upstream was asked, so that its schema may change without a file doing so */
  readonly introspected: boolean;
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
  if (findings.length > 0) throw new SchemaError(findings);
  if (isFullSchema(document)) {
    return {
      digest: digestOf(sources, undefined),
      introspected: false,
      build: () => ({ schema: buildFullSchema(document, introspect !== undefined), sources }),
    };
  }
  if (!introspect) throw new SchemaError([NO_QUERY_TYPE]);
  const introspection = await introspect();
  return {
    digest: digestOf(sources, introspection),
    introspected: true,
    build: () => {
      const schema = buildIntrospected(introspection);
      const problems = applyOverlay(schema, document);
      if (problems.length > 0) throw new SchemaError(problems);
      return { schema, sources };
    },
  };
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

/** The introspection result alone, without what else its answer held: some servers measure themselves in each. */
function digestOf(sources: readonly Source[], introspection: IntrospectionQuery | undefined): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(sources.map(({ name, body }) => [name, body])));
  if (introspection) hash.update(JSON.stringify(introspection));
  return hash.digest('base64url');
}

/** All files as one document. Nodes keep their file and place. */
function parseAll(sources: readonly Source[], findings: SchemaFinding[]): DocumentNode {
  const definitions: DefinitionNode[] = [];
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
  return { kind: Kind.DOCUMENT, definitions };
}

/** Not validated again: upstream serves it, so it is valid enough to be asked. */
function buildIntrospected(introspection: IntrospectionQuery): GraphQLSchema {
  try {
    return buildClientSchema(introspectDirectives(introspection), { assumeValid: true });
  } catch (cause) {
    throw new LastmileError('UPSTREAM_BAD_ANSWER', 'the introspection result is no schema', { cause });
  }
}
