import { urlOf } from './accounts';
import type { RedisServerSettings } from './read-settings';

/**
 * The environment of a gateway beside this region's Redis: where it finds the Redis and the primary, and the passwords of
 * its two accounts instead of the secret they are made from. What the operator set himself stays.
 *
 * The primary's name may have several addresses. Its port is open at one of them only, and Node tries them in turn.
 */
export function gatewayEnvironment(settings: RedisServerSettings, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { secret, port, primaryPort, primaryHost = '127.0.0.1' } = settings;
  const { REDIS_PASSWORD: _, ...rest } = env;
  return {
    ...rest,
    REDIS_URL: env['REDIS_URL'] || urlOf(secret, 'gateway', { host: '127.0.0.1', port }),
    PRIMARY_REDIS_URL:
      env['PRIMARY_REDIS_URL'] || urlOf(secret, 'purger', { host: primaryHost, port: primaryPort }),
  };
}
