import type { Config } from '../config/config';
import type { Place } from '../report/outages';
import { redisPlaces, type RedisUse } from '../report/redis-places';

/** Where the parts of a gateway find what is outside this process. */
export interface Places {
  readonly redis: Readonly<Record<RedisUse, Place>> | undefined;
  /** undefined: the example API, in this process */
  readonly upstream: Place | undefined;
  /** undefined: UPSTREAM_READ_URL is not set */
  readonly replica: Place | undefined;
  /** undefined: UPSTREAM_WS_URL is not set */
  readonly subscriptions: Place | undefined;
}

export function placesOf({ redis, upstream }: Config): Places {
  return {
    redis:
      redis &&
      redisPlaces(
        {
          copy: { url: redis.url, variable: 'REDIS_URL' },
          // A variable that says what REDIS_URL says may not be set at all.
          entries: {
            url: redis.cacheUrl,
            variable: redis.cacheUrl === redis.url ? 'REDIS_URL' : 'CACHE_REDIS_URL',
          },
          primary: {
            url: redis.primaryUrl,
            variable: redis.primaryUrl === redis.url ? 'REDIS_URL' : 'PRIMARY_REDIS_URL',
          },
        },
        'Run `lastmile doctor` with the same environment: it says more.',
      ),
    upstream:
      upstream.url === undefined
        ? undefined
        : {
            name: 'the GraphQL API',
            address: new URL(upstream.url).host,
            variables: ['UPSTREAM_URL'],
            help: 'Run `lastmile check`, which asks it for its schema.',
          },
    replica: upstream.replica && {
      name: 'the GraphQL API that reads from a replica',
      address: new URL(upstream.replica.url).host,
      variables: ['UPSTREAM_READ_URL'],
      help: 'Until then misses go to UPSTREAM_URL.',
    },
    subscriptions:
      upstream.socketUrl === undefined
        ? undefined
        : {
            name: 'the GraphQL API, for subscriptions',
            address: new URL(upstream.socketUrl).host,
            variables: ['UPSTREAM_WS_URL'],
            help: 'It has to speak `graphql-transport-ws` there.',
          },
  };
}
