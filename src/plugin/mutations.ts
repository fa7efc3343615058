import type { ExecutionResult } from 'graphql';
import { purgesOfMutation, withSession, type UnknownMutations } from '../answer/mutation-purges';
import { coerceVariables } from '../answer/operation-values';
import type { ReferencesQuery } from '../answer/references';
import { wasRefused } from '../answer/refused';
import { purgesSession } from '../answer/session-purge';
import { touchedBy, type Touched } from '../answer/touched';
import { isInParts, MutationParts } from '../yoga/mutation-parts';
import { PURGE_WARNING } from '../yoga/use-purge';
import type { BoundOperation } from '../operation/bound-operation';
import type { Position } from '../purge/position';
import type { Tag } from '../purge/tag';
import { splitAnswer, type RunDocument } from './queries';
import type { PluginRegion } from './region';

/** What a mutation is run and purged with. */
export interface PluginMutationParts {
  readonly region: PluginRegion;
  readonly run: RunDocument;
  /** executes a query with the context of the mutation */
  readonly ask: (query: ReferencesQuery) => Promise<ExecutionResult>;
  readonly unknownMutations: UnknownMutations;
  readonly refusedCodes: ReadonlySet<string>;
  readonly silentMutation: (field: string) => void;
  /** that of the session it is made under */
  readonly sessionTags: readonly Tag[];
}

export interface PluginMutation {
  readonly result: ExecutionResult | AsyncIterable<ExecutionResult>;
  /** where in the log its purge stands; undefined when there was nothing to purge, or it is not acknowledged yet */
  readonly position: Position | undefined;
}

/**
 * Runs a mutation, and resolves when the primary has acknowledged its purge (P05). Whatever came of it, it may have
 * committed: errors purge all the same (P06), unless they say that it did not run (P38).
 * @throws whatever `run` does, once the purge is acknowledged
 */
export async function mutate(bound: BoundOperation, parts: PluginMutationParts): Promise<PluginMutation> {
  const { operation, variables } = bound;
  let ran: ExecutionResult | AsyncIterable<ExecutionResult> | undefined;
  try {
    ran = await parts.run(operation.question.document);
  } finally {
    // A fault of the executor itself: nothing is known of what it did, or will still do.
    if (!ran) {
      const { tags } = await purge(bound, touchedBy(operation, {}, variables), parts);
      parts.region.repeated.add(tags);
    }
  }
  if (isInParts(ran)) return answerInParts(bound, ran, parts);
  const touched = touchedBy(operation, ran, variables);
  const { result } = splitAnswer(bound, ran);
  if (isRefused(bound, result, parts)) return { result, position: undefined };
  const { position, failed } = await purge(bound, touched, parts);
  if (!failed) return { result, position };
  const extensions = { ...result.extensions, lastmile: { warning: PURGE_WARNING } };
  return { result: { ...result, extensions }, position: undefined };
}

/** What is added to an operation is not added to one that is answered in parts: nothing is known of what they hold. */
async function answerInParts(
  bound: BoundOperation,
  ran: AsyncIterable<ExecutionResult>,
  parts: PluginMutationParts,
): Promise<PluginMutation> {
  let position: Position | undefined;
  const result = new MutationParts(ran, {
    isRefused: (part) => isRefused(bound, part, parts),
    purge: async () => {
      const purged = await purge(bound, touchedBy(bound.operation, {}, bound.variables), parts);
      ({ position } = purged);
      return purged.failed ? { warning: PURGE_WARNING } : undefined;
    },
  });
  await result.begin();
  return { result, position };
}

function isRefused(
  { operation, variables }: BoundOperation,
  result: ExecutionResult,
  { refusedCodes }: PluginMutationParts,
): boolean {
  return wasRefused(
    { result, status: undefined, answered: true },
    refusedCodes,
    () => coerceVariables(operation.question, variables).areInvalid,
  );
}

async function purge(
  { operation }: BoundOperation,
  touched: Touched,
  { region, ask, unknownMutations, silentMutation, sessionTags }: PluginMutationParts,
): Promise<{
  readonly tags: ReadonlySet<Tag>;
  readonly position: Position | undefined;
  readonly failed: boolean;
}> {
  for (const field of touched.silentFields) silentMutation(field);
  const { source } = operation.question.root;
  const purges = withSession(
    await purgesOfMutation(source, touched, unknownMutations, ask),
    purgesSession(operation) ? sessionTags : [],
  );
  const tags = new Set(purges.map(({ tag }) => tag));
  if (tags.size === 0) return { tags, position: undefined, failed: false };
  try {
    const position = await region.merged.append(purges);
    return { tags, position, failed: false };
  } catch (error) {
    // It is applied in this process, and retried until the primary acknowledges it.
    region.fault(error);
    return { tags, position: undefined, failed: true };
  }
}
