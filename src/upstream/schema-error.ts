import { getLocation, type ASTNode, type GraphQLError } from 'graphql';

/** Where in the files of an operator something stands. Lines and columns begin at 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One problem of a schema: where, what, and what to do. */
export interface SchemaFinding {
  readonly place: SourcePlace | undefined;
  readonly what: string;
  readonly remedy: string;
}

/** Everything that is wrong with a schema, at once. */
export class SchemaError extends Error {
  readonly findings: readonly SchemaFinding[];

  /** @param findings at least one */
  constructor(findings: readonly SchemaFinding[]) {
    const sorted = [...findings].sort(byPlace);
    super(sorted.map(formatFinding).join('\n'));
    this.name = 'SchemaError';
    this.findings = sorted;
  }
}

/** As somebody goes through the files to correct them; first what stands in none. */
function byPlace({ place: a }: SchemaFinding, { place: b }: SchemaFinding): number {
  if (!a || !b) return (a ? 1 : 0) - (b ? 1 : 0);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** `schema/cache.graphql:3:15 What. Remedy.` */
export function formatFinding({ place, what, remedy }: SchemaFinding): string {
  return `${place ? `${place.file}:${place.line}:${place.column} ` : ''}${what} ${remedy}`;
}

/** Where a node was written. Undefined for nodes that no file holds. */
export function placeOf(node: ASTNode | undefined): SourcePlace | undefined {
  if (!node?.loc) return undefined;
  const { line, column } = getLocation(node.loc.source, node.loc.start);
  return { file: node.loc.source.name, line, column };
}

/** A problem as graphql-js reports it. Of several places it names, the last is the one that offends. */
export function toFinding(error: GraphQLError, remedy: string): SchemaFinding {
  const last = error.nodes?.at(-1);
  const location = error.locations?.at(-1);
  const file = error.source?.name;
  const place = last ? placeOf(last) : file && location ? { file, ...location } : undefined;
  return { place, what: error.message, remedy };
}
