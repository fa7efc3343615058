/** Hive Gateway as a proxy in front of the same upstream, with its response cache. */
import { createServer } from 'node:http';
import { createGatewayRuntime, LegacyLogger, Logger } from '@graphql-hive/gateway-runtime';
import InMemoryLRUCache from '@graphql-mesh/cache-inmemory-lru';
import RedisCache from '@graphql-mesh/cache-redis';
import { typeDefs } from '../../workload/shop.mjs';
import { input, listen } from './announce.mjs';

const logger = LegacyLogger.from(new Logger({ level: false }));

/** It keeps two keys for each entity of an answer, and by default drops all but a thousand: then nothing is ever a hit. */
const MOST_KEYS = 1_000_000;

const gateway = createGatewayRuntime({
  proxy: { endpoint: input.upstream },
  schema: typeDefs,
  responseCaching: { session: () => null, ttl: 3_600_000 },
  cache: input.redisUrl
    ? new RedisCache({ url: input.redisUrl, logger })
    : new InMemoryLRUCache({ max: MOST_KEYS }),
  logging: false,
  landingPage: false,
  graphiql: false,
});

listen(createServer(gateway));
