import type { Health } from '../report/outages';
import type { Upstream } from './upstream';

/** Says of each call whether upstream could be reached. What it answered is another question. */
export function watchedUpstream(upstream: Upstream, health: Health): Upstream {
  return {
    async execute(request) {
      const answer = await upstream.execute(request);
      const { answered, fault } = answer;
      if (answered) health.well();
      else if (fault?.code === 'UPSTREAM_UNREACHABLE') health.failed(fault.cause);
      else if (fault?.code === 'UPSTREAM_TIMEOUT') health.failed(fault);
      return answer;
    },
    close: () => upstream.close(),
  };
}
