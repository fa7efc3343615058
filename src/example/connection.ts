import { badInput } from './input';

/** One page of a list. Relay's GraphQL Cursor Connections, sections 2 to 5. */
export interface Connection<Row> {
  readonly totalCount: number;
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/**
 * The page of at most `first` rows that comes after a cursor, or from the start.
 * @param first not negative
 * @throws GraphQLError BAD_USER_INPUT when the cursor is of no row in the list
 */
export function pageOf<Row extends { readonly id: string }>(
  rows: readonly Row[],
  first: number,
  after?: string | null,
): Connection<Row> {
  const start = typeof after === 'string' ? indexAfter(rows, after) : 0;
  const edges = rows.slice(start, start + first).map((node) => ({ cursor: cursorOf(node), node }));
  return {
    totalCount: rows.length,
    edges,
    pageInfo: {
      hasNextPage: start + first < rows.length,
      hasPreviousPage: start > 0,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** A cursor names the row, not its place: rows that are added at the front do not shift the pages behind it. */
function cursorOf(row: { readonly id: string }): string {
  return Buffer.from(row.id).toString('base64url');
}

function indexAfter(rows: readonly { readonly id: string }[], cursor: string): number {
  const id = Buffer.from(cursor, 'base64url').toString();
  const index = rows.findIndex((row) => row.id === id);
  if (index === -1) throw badInput('`after` is not a cursor of this list.');
  return index + 1;
}
