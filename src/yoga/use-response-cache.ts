import type { Plugin } from 'graphql-yoga';
import { isCollected, written, type WithExecution, type Execution } from './execution';
import { useResponseCache, type Cache } from '@envelop/response-cache';
import { refine } from '../policy/analyse';

/** Puts upstream's answer back in the place of the digest, once the response cache plugin has judged it. */
export function useAnswer(): Plugin<WithExecution> {
  return {
    onExecute({ args }) {
      const execution = (args.contextValue as WithExecution).lastmile;
      if (!execution || !isCollected(execution)) return;
      return {
        onExecuteDone({ setResult }) {
          if (execution.result) setResult(written(execution));
        },
      };
    },
  };
}

/**
 * @envelop/response-cache as the judge of the miss path: it decides whether an answer may be stored. It stores nothing
 * itself, because it does not await it: what it is given lands in the exchange, and the front stores it. Mutations it is
 * not shown: what it would purge depends on what their clients selected.
 *
 * Replaced around it, each for a reason found by test: its collector (see `digest`), its key (hashed by WebCrypto on
 * every request), its look-up (done before Yoga is reached) and its scope (by response key, so an alias hid it).
 */
export function useResponseCacheVerdict(): Plugin<WithExecution> {
  const { onExecute, ...plugin } = useResponseCache<WithExecution>({
    cache: VERDICTS,
    // Without a session the plugin stops collecting at the first PRIVATE type.
    session: (context) => (context.lastmile!.scope === 'shared' ? null : context.lastmile!.scope),
    buildResponseCacheKey: ({ context }) => (context as WithExecution).lastmile as never,
    onTtl: ({ context }) => maxAgeOf(context.lastmile!) * 1000,
    shouldCacheResult: ({ result }) => !result.errors,
    includeExtensionMetadata: false,
    // Yoga's plugins are envelop's with more hooks; under exact optional properties the two types only nearly agree.
  }) as unknown as Plugin<WithExecution>;
  return {
    ...plugin,
    // Its own `enabled` keeps a map of all requests.
    onExecute(asked) {
      const { lastmile } = asked.args.contextValue as WithExecution;
      const isJudged = lastmile?.bound?.operation.kind === 'query' && isCollected(lastmile);
      return isJudged ? onExecute!(asked) : undefined;
    },
  };
}

/** Keeps nothing: an execution is its own key, and is told. Synchronous, and it cannot throw: a fault in it would be the client's. */
const VERDICTS: Cache = {
  get: () => undefined,
  set(key, _result, _entities, ttl) {
    (key as unknown as Execution).storableFor = ttl / 1000;
  },
  invalidate: () => {},
};

/** Seconds: what the policy allows at most, and what the fields that are really in the answer allow. */
function maxAgeOf({ bound, collected }: Execution): number {
  return refine(bound!.operation.policy, collected?.limit).maxAge;
}
