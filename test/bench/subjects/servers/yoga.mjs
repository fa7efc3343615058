/**
 * GraphQL Yoga. `tuned` switches off what Lastmile switches off in the Yoga it uses itself; `upstream` makes it pass
 * whole operations on, as Lastmile does; `cache` adds Yoga's response cache plugin.
 */
import { createServer } from 'node:http';
import { createInMemoryCache, useResponseCache } from '@graphql-yoga/plugin-response-cache';
import { createRedisCache } from '@envelop/response-cache-redis';
import { print } from 'graphql';
import { createYoga } from 'graphql-yoga';
import Redis from 'ioredis';
import { Pool } from 'undici';
import { createShop } from '../../workload/shop.mjs';
import { input, listen } from './announce.mjs';

const TUNED = { cors: false, batching: false, multipart: false, maxRequestBodySize: false };

function createCache() {
  if (input.cache === 'redis') return createRedisCache({ redis: new Redis(input.redisUrl) });
  // As many entries as the workload has, so that nothing is evicted.
  return createInMemoryCache({ max: 200_000 });
}

/** Answers operations by asking an API over HTTP: the same client, and as little around it as can be. */
function useUpstream(url) {
  const pool = new Pool(new URL(url).origin, { connections: 256 });
  const printed = new WeakMap();
  const textOf = (document) => {
    if (!printed.has(document)) printed.set(document, print(document));
    return printed.get(document);
  };
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(async ({ document, variableValues, operationName }) => {
        const { body } = await pool.request({
          path: '/graphql',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: textOf(document), variables: variableValues, operationName }),
        });
        return body.json();
      });
    },
  };
}

const yoga = createYoga({
  schema: createShop(),
  graphiql: false,
  landingPage: false,
  logging: 'error',
  ...(input.tuned ? TUNED : {}),
  plugins: [
    ...(input.cache ? [useResponseCache({ session: () => null, cache: createCache() })] : []),
    ...(input.upstream ? [useUpstream(input.upstream)] : []),
  ],
});

listen(createServer(yoga));
