import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { touchedBy } from '../answer/touched';
import { formatPosition } from '../purge/position';
import type { Purge } from '../purge/log';
import type { Purges } from '../purge/purges';
import type { Execution, WithExecution } from './execution';

/** Told of what an operator should know. */
export interface PurgeReport {
  /** a mutation ran and yielded nothing to purge (P21) */
  silentMutation(field: string): void;
  purgeFailed(error: unknown): void;
}

/** What the client of a mutation is told when its purge is not acknowledged yet. */
export const PURGE_WARNING =
  'The change was made, but other regions were not told yet. The purge is being retried.';

/**
 * Appends a mutation's purge and waits for the primary's acknowledgement before the answer leaves (P05), whether the
 * mutation succeeded, failed, timed out or lost its client: it may have committed (P06).
 */
export function usePurge(purges: Purges, report: PurgeReport): Plugin<WithExecution> {
  return {
    onExecutionResult({ context, result, setResult }) {
      const execution = (context as WithExecution).lastmile;
      // Not asked: the operation was refused before it reached upstream, so nothing can have changed.
      if (execution?.bound?.operation.kind !== 'mutation' || !execution.answer) return undefined;
      return purgeTouched(execution, purges, report).then(() => {
        if (!result || Array.isArray(result) || Symbol.asyncIterator in result) return;
        const extensions = mutationExtensions(execution);
        if (extensions)
          setResult({
            ...result,
            extensions: { ...result.extensions, lastmile: extensions },
          } as ExecutionResult);
      });
    },
  };
}

async function purgeTouched(execution: Execution, purges: Purges, report: PurgeReport): Promise<void> {
  const { operation, variables } = execution.bound!;
  const touched = touchedBy(operation, execution.result?.data, variables);
  const keyless = execution.collected?.keyless ?? [];
  const tags = new Set([...touched.tags, ...(execution.mutated ?? []), ...keyless]);
  for (const field of touched.silentFields) report.silentMutation(field);
  if (tags.size === 0) return;
  try {
    const position = await purges.append([...tags].map((tag): Purge => ({ tag, kind: 'hard' })));
    execution.purged = { position, tags: [...tags] };
  } catch (error) {
    execution.purgeFailed = true;
    report.purgeFailed(error);
  }
}

function mutationExtensions(execution: Execution): Record<string, unknown> | undefined {
  if (execution.purgeFailed) return { warning: PURGE_WARNING };
  if (!execution.wantsExtensions || !execution.purged) return undefined;
  return { token: formatPosition(execution.purged.position) };
}
