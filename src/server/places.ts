import type { Config, RedisConfig } from '../config/config';
import type { Place } from '../report/outages';

/** Where the parts of a gateway find what is outside this process. What they find at one address is one place. */
export interface Places {
  /** the region's copy of the log, the entries, the primary */
  readonly redis: Readonly<Record<'copy' | 'entries' | 'primary', Place>> | undefined;
  /** undefined: the example API, in this process */
  readonly upstream: Place | undefined;
}

export function placesOf({ redis, upstream }: Config): Places {
  return {
    redis: redis && redisPlaces(redis),
    upstream:
      upstream.url === undefined
        ? undefined
        : {
            name: 'the GraphQL API',
            address: new URL(upstream.url).host,
            variables: ['UPSTREAM_URL'],
            help: 'Run `lastmile check`, which asks it for its schema.',
          },
  };
}

function redisPlaces({ url, cacheUrl, primaryUrl }: RedisConfig): NonNullable<Places['redis']> {
  // A variable that says what REDIS_URL says may not be set at all.
  const named = [
    ['REDIS_URL', url],
    ['CACHE_REDIS_URL', cacheUrl === url ? undefined : cacheUrl],
    ['PRIMARY_REDIS_URL', primaryUrl === url ? undefined : primaryUrl],
  ] as const;
  const placeOf = (one: string): Place => {
    const address = addressOf(one);
    return {
      name: 'Redis',
      address,
      variables: named.flatMap(([name, other]) => (other && addressOf(other) === address ? [name] : [])),
      help: 'Run `lastmile doctor` with the same environment: it says more.',
    };
  };
  return { copy: placeOf(url), entries: placeOf(cacheUrl), primary: placeOf(primaryUrl) };
}

/** Host and port, without anything secret. */
function addressOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 6379}`;
}
