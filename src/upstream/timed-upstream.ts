import type { Upstream } from './upstream';

/** How a call ended: with an answer of upstream's, or with a fault. */
export type CallOutcome = 'answered' | 'failed';

/**
 * The same upstream, with its calls timed: until the answer, or the beginning of a streamed one. An aborted call
 * says nothing about upstream.
 * @param now monotonic milliseconds
 */
export function timedUpstream(
  upstream: Upstream,
  { now, took }: { readonly now: () => number; readonly took: (outcome: CallOutcome, ms: number) => void },
): Upstream {
  return {
    async execute(request) {
      const beganAt = now();
      const answer = await upstream.execute(request);
      if (answer.fault?.code !== 'ABANDONED') took(answer.answered ? 'answered' : 'failed', now() - beganAt);
      return answer;
    },
    close: () => upstream.close(),
  };
}
