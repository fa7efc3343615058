import type { Exchange, Operation } from '@urql/core';
import { TokenKeeper } from './token-keeper';

/**
 * Lets a client of urql's read its own writes in every region: it remembers the newest `Lastmile-Token` and sends it with
 * every later request. Stands before `fetchExchange`.
 *
 *   new Client({ url, exchanges: [cacheExchange, lastmileExchange(), fetchExchange] });
 *
 * Make one for each client, and on a server one for each user.
 */
export function lastmileExchange(): Exchange {
  const keeper = new TokenKeeper();
  const carrying = (operation: Operation): Operation => {
    const { fetch: send = globalThis.fetch } = operation.context;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const sent = keeper.headers;
      const headers = { ...(init?.headers as Record<string, string>), ...sent };
      const response = await send(input, { ...init, headers });
      keeper.learn(response.headers, sent);
      return response;
    };
    return { ...operation, context: { ...operation.context, fetch } };
  };
  // A source of urql's is a function that calls a sink with signals; those that bring a value are a list of one.
  return ({ forward }) =>
    (operations) =>
      forward((sink) =>
        operations((signal) =>
          sink(
            typeof signal === 'object' && signal.tag === 1
              ? Object.assign([carrying(signal[0])] as [Operation], { tag: signal.tag })
              : signal,
          ),
        ),
      );
}
