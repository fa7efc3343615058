import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { touchedBy } from '../answer/touched';
import { formatPosition } from '../purge/position';
import type { Purge } from '../purge/log';
import type { Purges } from '../purge/purges';
import type { Exchange, WithExchange } from './execution';

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
export function usePurge(purges: Purges, report: PurgeReport): Plugin<WithExchange> {
  return {
    onExecutionResult({ context, result, setResult }) {
      const exchange = (context as WithExchange).lastmile;
      // Not asked: the operation was refused before it reached upstream, so nothing can have changed.
      if (exchange?.asked?.operation.kind !== 'mutation' || !exchange.answer) return undefined;
      return purgeTouched(exchange, purges, report).then(() => {
        if (!result || Array.isArray(result) || Symbol.asyncIterator in result) return;
        const extensions = mutationExtensions(exchange);
        if (extensions)
          setResult({
            ...result,
            extensions: { ...result.extensions, lastmile: extensions },
          } as ExecutionResult);
      });
    },
  };
}

async function purgeTouched(exchange: Exchange, purges: Purges, report: PurgeReport): Promise<void> {
  const { operation, variables } = exchange.asked!;
  const touched = touchedBy(operation, exchange.result?.data, variables);
  const keyless = exchange.collected?.keyless ?? [];
  const tags = new Set([...touched.tags, ...(exchange.mutated ?? []), ...keyless]);
  for (const field of touched.silentFields) report.silentMutation(field);
  if (tags.size === 0) return;
  try {
    const position = await purges.append([...tags].map((tag): Purge => ({ tag, kind: 'hard' })));
    exchange.purged = { position, tags: [...tags] };
  } catch (error) {
    exchange.purgeFailed = true;
    report.purgeFailed(error);
  }
}

function mutationExtensions(exchange: Exchange): Record<string, unknown> | undefined {
  if (exchange.purgeFailed) return { warning: PURGE_WARNING };
  if (!exchange.wantsExtensions || !exchange.purged) return undefined;
  return { token: formatPosition(exchange.purged.position) };
}
