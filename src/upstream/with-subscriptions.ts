import { isInPieces, type Upstream, type UpstreamAnswer, type UpstreamRequest } from './upstream';

/** Milliseconds after which an API that took no WebSocket is asked for one again. */
const AGAIN_AFTER_MS = 60_000;

export interface SubscriptionWays {
  /** asks by HTTP, for server-sent events where it is a subscription */
  readonly http: Upstream;
  readonly sockets: Upstream;
  /** it is known that subscriptions go by WebSocket; else it is found out */
  readonly isKnown: boolean;
  /** monotonic milliseconds */
  readonly now: () => number;
}

/**
 * Sends subscriptions the way that the API speaks. Where that is not configured, by HTTP first; an API that does not answer
 * one with events is asked for a WebSocket, and goes on to be asked so once it took one.
 */
export function withSubscriptions({ http, sockets, isKnown, now }: SubscriptionWays): Upstream {
  let way: 'http' | 'sockets' | undefined = isKnown ? 'sockets' : undefined;
  let nextTry = -Infinity;

  async function subscribe(request: UpstreamRequest): Promise<UpstreamAnswer> {
    if (way === 'sockets') {
      const answer = await sockets.execute(request);
      if (isKnown || answer.answered) return answer;
      way = undefined;
    }
    const answer = await http.execute(request);
    if (isInPieces(answer)) way = 'http';
    if (way === 'http' || now() < nextTry || !mayTakeSockets(answer)) return answer;
    const other = await sockets.execute(request);
    if (isInPieces(other)) way = 'sockets';
    else nextTry = now() + AGAIN_AFTER_MS;
    return isInPieces(other) ? other : answer;
  }

  return {
    execute: (request) => (request.operation === 'subscription' ? subscribe(request) : http.execute(request)),
    close: async () => void (await Promise.all([http.close(), sockets.close()])),
  };
}

/** What says that it cannot be reached, or for whom it does not answer, says nothing of how it wants to be asked. */
function mayTakeSockets({ status, answered, fault }: UpstreamAnswer): boolean {
  if (status === 401 || status === 403 || status === 429 || status === 503) return false;
  return answered || fault?.code === 'UPSTREAM_BAD_ANSWER' || fault?.code === 'UPSTREAM_NOT_FOUND';
}
