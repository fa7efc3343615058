import type { ExecutionResult } from 'graphql';
import { EVERYTHING, type Tag } from '../purge/tag';
import { touchedReferences, type ReferencesQuery } from './references';
import type { PlanSource } from './selection';
import type { Touched } from './touched';

/** What is purged for a mutation of which nothing says what it changes. */
export type UnknownMutations = 'warn' | 'all';

/**
 * All that a mutation purges, once what could not be asked for within it has been asked for after it.
 * @param ask asks upstream a query in the name of the mutation's client; may reject
 */
export async function mutationTags(
  source: PlanSource,
  { tags, silentFields, wanted }: Touched,
  unknown: UnknownMutations,
  ask: (query: ReferencesQuery, signal: AbortSignal) => Promise<ExecutionResult>,
): Promise<ReadonlySet<Tag>> {
  const all = new Set(tags);
  if (wanted.length > 0) for (const tag of await touchedReferences(source, wanted, ask)) all.add(tag);
  if (unknown === 'all' && silentFields.length > 0) all.add(EVERYTHING);
  return all;
}
