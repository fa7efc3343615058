import type { Upstream } from './upstream';

/**
 * The same upstream, with a span for each call of a request that is traced; upstream is sent who that span is.
 * @param passes whether upstream is sent a `traceparent` at all: see PASS_HEADERS
 */
export function tracedUpstream(upstream: Upstream, passes: boolean): Upstream {
  return {
    async execute(request) {
      const span = request.trace?.child('upstream');
      if (!span) return upstream.execute(request);
      const headers = passes ? { ...request.headers, traceparent: span.traceparent } : request.headers;
      const answer = await upstream.execute({ ...request, headers });
      span.set({ status: answer.status, error: answer.fault?.code });
      span.end(!answer.answered);
      return answer;
    },
    close: () => upstream.close(),
  };
}
