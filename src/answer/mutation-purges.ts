import type { ExecutionResult } from 'graphql';
import type { Purge } from '../purge/log';
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
export async function purgesOfMutation(
  source: PlanSource,
  { tags, keeping, silentFields, wanted }: Touched,
  unknown: UnknownMutations,
  ask: (query: ReferencesQuery, signal: AbortSignal) => Promise<ExecutionResult>,
): Promise<readonly Purge[]> {
  const references = wanted.length > 0 ? await touchedReferences(source, wanted, ask) : [];
  const moving = new Set(references);
  const all = new Set([...tags, ...moving]);
  if (unknown === 'all' && silentFields.length > 0) all.add(EVERYTHING);
  return Array.from(all, (tag): Purge => {
    const keepsLists = keeping.has(tag) && !moving.has(tag);
    return keepsLists ? { tag, kind: 'hard', keepsLists } : { tag, kind: 'hard' };
  });
}

/** The same with the private answers of the session that the mutation was made under. */
export function withSession(purges: readonly Purge[], session: Iterable<Tag> = []): readonly Purge[] {
  return [...purges, ...Array.from(new Set(session), (tag): Purge => ({ tag, kind: 'hard' }))];
}
