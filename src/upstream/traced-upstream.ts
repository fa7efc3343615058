import type { Span } from '../report/trace';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './upstream';

/**
 * The same upstream, with a span for each call of a request that is traced; upstream is sent who that span is.
 * @param passes whether upstream is sent a `traceparent` at all: see PASS_HEADERS
 */
export function tracedUpstream(upstream: Upstream, passes: boolean): Upstream {
  return {
    execute(request) {
      const span = request.trace?.child('upstream');
      return span ? within(span, request) : upstream.execute(request);
    },
    close: () => upstream.close(),
  };

  async function within(span: Span, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const headers = passes ? { ...request.headers, traceparent: span.traceparent } : request.headers;
    const answer = await upstream.execute({ ...request, headers });
    span.set({ status: answer.status, error: answer.fault?.code });
    span.end(!answer.answered);
    return answer;
  }
}
