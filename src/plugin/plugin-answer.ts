import { hash } from 'node:crypto';
import { GraphQLError, type ExecutionResult } from 'graphql';
import { collect, type Collected } from '../answer/collect';
import { isInternal } from '../answer/metadata';
import type { CacheKey, Entry } from '../cache/entry';
import { judge } from '../cache/judge';
import type { Asked } from '../operation/asked';
import { refine } from '../policy/analyse';
import type { Position } from '../purge/position';
import type { Reason } from '../report/reason';
import type { Region } from './region';

/** What executing an operation brought, once what only the cache had asked for is taken out of it. */
export interface ReadAnswer {
  readonly result: ExecutionResult;
  readonly collected: Collected | undefined;
}

/** Collects from a result, and takes out of it, errors included, what was added to the operation. */
export function readAnswer({ operation, variables }: Asked, result: ExecutionResult): ReadAnswer {
  const collected = result.data ? collect(operation.question, result.data, variables) : undefined;
  if (!result.errors) return { result, collected };
  const errors = result.errors.filter((error) => !error.path?.some((step) => isInternal(String(step))));
  const { errors: _, ...rest } = result;
  return { result: errors.length > 0 ? { ...rest, errors: errors.map(withoutNodes) } : rest, collected };
}

/** Its nodes and positions are those of the operation with what was added to it. */
function withoutNodes(error: GraphQLError): GraphQLError {
  const { message, path, extensions, originalError } = error;
  return new GraphQLError(message, { path: path ?? null, extensions, originalError: originalError ?? null });
}

/**
 * Makes an entry of an answer, or says why it may not be stored.
 * @param asOf taken before the answer was asked for (P01)
 */
export function makePluginEntry(
  region: Region,
  key: CacheKey,
  asOf: Position,
  asked: Asked,
  { result, collected }: ReadAnswer,
): Entry | Reason {
  if (result.errors || !result.data || !collected) return 'error';
  const { maxAge } = refine(asked.operation.policy, collected.limit);
  if (maxAge <= 0) return 'no-policy';
  if (collected.untagged !== undefined) return 'untagged';
  const body = Buffer.from(JSON.stringify({ data: result.data }));
  if (body.length > region.maxEntryBytes) return 'too-large';
  const etag = `"${hash('sha256', body, 'base64url').slice(0, 27)}"`;
  const answeredAt = region.now();
  const tags = [...collected.tags];
  // Nothing stale is served here: a refresh would have to run resolvers with the context of a request that is over.
  const entry: Entry = { key, body, etag, asOf, tags, answeredAt, maxAge, swr: 0, staleIfError: 0 };
  const judgement = judge(entry, region.purges.table, answeredAt);
  return judgement === 'purged' || judgement === 'distrusted' ? judgement : entry;
}

/** A result of its own for each client: whatever handles it further may change it. */
export function resultOf(entry: Entry): ExecutionResult {
  return JSON.parse(entry.body.toString()) as ExecutionResult;
}
