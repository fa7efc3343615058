import { GraphQLError, type ASTNode, type DocumentNode, type SourceLocation } from 'graphql';

/** GraphQL over HTTP: a request error is 400 for `application/graphql-response+json`, 200 for `application/json`. */
export function requestError(
  message: string,
  extensions: Readonly<Record<string, unknown>> = { code: 'BAD_REQUEST' },
  locations?: readonly SourceLocation[],
): GraphQLError {
  const error = new GraphQLError(message, {
    extensions: { ...extensions, http: { status: 400, spec: true } },
  });
  return locations ? Object.assign(error, { locations }) : error;
}

/** An error that graphql-js has found, without the document that it was found in. */
export function asRequestError(
  { message, extensions, locations: known }: GraphQLError,
  locations = known,
): GraphQLError {
  return requestError(message, { code: 'GRAPHQL_VALIDATION_FAILED', ...extensions }, locations);
}

/**
 * What validation says of a document that has no locations, with them. graphql-js would go through all lines of the text for
 * each error by itself, which takes a tenth of a second for ten errors behind a hundred thousand line breaks (P47).
 * @param errors about nodes of `plain`
 * @param located the same document, parsed with locations
 */
export function withLocations(
  errors: readonly GraphQLError[],
  plain: DocumentNode,
  located: DocumentNode,
): GraphQLError[] {
  const wanted = new Set(errors.flatMap(({ nodes = [] }) => nodes));
  const starts = new Map<ASTNode, number>();
  findStarts(plain, located, (node, start) => {
    if (wanted.has(node)) starts.set(node, start);
  });
  const places = placesOf([...starts.values()], located.loc!.source.body);
  return errors.map((error) =>
    asRequestError(
      error,
      error.nodes?.flatMap((node) => places.get(starts.get(node) ?? -1) ?? []),
    ),
  );
}

/** Goes through two trees of one text side by side. @param found told of each node of the first where it begins */
function findStarts(plain: unknown, located: unknown, found: (node: ASTNode, start: number) => void): void {
  if (typeof plain !== 'object' || plain === null) return;
  const { loc } = located as Partial<ASTNode>;
  if (loc) found(plain as ASTNode, loc.start);
  for (const name in plain) findStarts((plain as Members)[name], (located as Members)[name], found);
}

type Members = Readonly<Record<string, unknown>>;

/** Lines and columns of places in a text, in one pass over it. */
function placesOf(starts: readonly number[], text: string): Map<number, SourceLocation> {
  const places = new Map<number, SourceLocation>();
  const lineBreak = /\r\n|[\n\r]/g;
  let next = lineBreak.exec(text);
  let line = 1;
  let lineStart = 0;
  for (const start of starts.toSorted((a, b) => a - b)) {
    for (; next && next.index < start; next = lineBreak.exec(text)) {
      line++;
      lineStart = next.index + next[0].length;
    }
    places.set(start, { line, column: start + 1 - lineStart });
  }
  return places;
}
