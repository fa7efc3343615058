import type { ExecutionResult } from 'graphql';
import { touchedBy } from '../answer/touched';
import type { BoundOperation } from '../operation/bound-operation';
import type { Position } from '../purge/position';
import { PURGE_WARNING } from '../yoga/use-purge';
import { splitAnswer, type RunAugmented } from './queries';
import type { Tag } from '../purge/tag';
import type { PluginRegion } from './region';

export interface PluginMutation {
  readonly result: ExecutionResult;
  /** where in the log its purge stands; undefined when there was nothing to purge, or it is not acknowledged yet */
  readonly position: Position | undefined;
}

/**
 * Runs a mutation, and resolves when the primary has acknowledged its purge (P05). Whatever came of it, it may have
 * committed: errors purge all the same (P06).
 * @throws whatever `run` does, once the purge is acknowledged
 */
export async function mutate(
  region: PluginRegion,
  bound: BoundOperation,
  run: RunAugmented,
  silentMutation: (field: string) => void,
): Promise<PluginMutation> {
  let ran: ExecutionResult | undefined;
  try {
    ran = await run();
  } finally {
    // A fault of the executor itself: nothing is known of what it did.
    if (!ran) await purge(region, bound, { data: undefined, entities: [], silentMutation });
  }
  if (Symbol.asyncIterator in ran) {
    // An answer in parts: it is purged as if nothing were known of it, before the first part leaves.
    const purged = await purge(region, bound, { data: undefined, entities: [], silentMutation });
    return { result: ran, position: purged === 'failed' ? undefined : purged };
  }
  const { result, collected } = splitAnswer(bound, ran);
  const entities = collected ? [...collected.entities.keys(), ...collected.keyless] : [];
  const purged = await purge(region, bound, { data: result.data, entities, silentMutation });
  if (purged !== 'failed') return { result, position: purged };
  const extensions = { ...result.extensions, lastmile: { warning: PURGE_WARNING } };
  return { result: { ...result, extensions }, position: undefined };
}

/** What a mutation that ran has brought. */
interface RanMutation {
  readonly data: ExecutionResult['data'];
  readonly entities: readonly Tag[];
  readonly silentMutation: (field: string) => void;
}

async function purge(
  region: PluginRegion,
  { operation, variables }: BoundOperation,
  { data, entities, silentMutation }: RanMutation,
): Promise<Position | undefined | 'failed'> {
  const touched = touchedBy(operation, data, variables);
  for (const field of touched.silentFields) silentMutation(field);
  const tags = new Set([...touched.tags, ...entities]);
  if (tags.size === 0) return undefined;
  try {
    return await region.purgeTags(tags);
  } catch (error) {
    // It is applied in this process, and retried until the primary acknowledges it.
    region.fault(error);
    return 'failed';
  }
}
