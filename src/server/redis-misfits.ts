import type { RedisConfig } from '../config/config';
import { ConfigError, type Problem } from '../config/problem';
import { examine, type Misfit } from '../connection/examine';
import { placesOf } from './places';

/**
 * Looks, before anything is served, whether each Redis can be used as its URL has it: whether it takes the database, and
 * is no cluster where the purge log is to be. One that cannot be asked is waited for as ever.
 * @throws ConfigError
 */
export async function refuseMisfits(config: Parameters<typeof placesOf>[0]): Promise<void> {
  const { redis } = config;
  const places = placesOf(config).redis;
  if (!redis || !places) return;
  const urls = usedUrls(redis);
  const problems = await Promise.all(
    urls.map(async ({ url, variable, use }) => {
      const misfit = await examine(url, redis.trust);
      return misfit && problemOf(misfit, variable, places[use].address, use !== 'entries');
    }),
  );
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new ConfigError(found);
}

/** Each URL once, by the variable that says it. */
function usedUrls({ url, cacheUrl, primaryUrl }: RedisConfig) {
  return [
    { url, variable: 'REDIS_URL', use: 'copy' } as const,
    { url: primaryUrl, variable: 'PRIMARY_REDIS_URL', use: 'primary' } as const,
    { url: cacheUrl, variable: 'CACHE_REDIS_URL', use: 'entries' } as const,
  ].filter((one, at, all) => all.findIndex((other) => other.url === one.url) === at);
}

function problemOf(misfit: Misfit, variable: string, address: string, hasLog: boolean): Problem | undefined {
  if (misfit.kind === 'database') {
    return {
      variable,
      problem: `Redis at ${address} refuses database ${misfit.number}: ${misfit.said.replace(/\.?$/, '.')}`,
      remedy:
        'Set it to a database that this Redis has and the account may SELECT, or leave the number out for database 0.',
    };
  }
  if (!hasLog) return undefined;
  return {
    variable,
    problem: `Redis at ${address} is in cluster mode, in which the purge log cannot be kept.`,
    remedy: 'Set it to a Redis that is not. A cluster of one shard can keep the entries: CACHE_REDIS_URL.',
  };
}
