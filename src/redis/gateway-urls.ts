import { inUrl, urlOf } from './acl';
import { encryptsRegion, type RedisServerSettings } from './read-settings';

/** Where a gateway serves when nothing else is said. */
const PORT = '4000';

/**
 * The environment of a gateway beside this region's Redis: where it finds the Redis and the primary, and the passwords of
 * its two accounts instead of the secret they are made from. What the operator set himself stays.
 *
 * The primary's name may have several addresses. Its port is open at one of them only, and Node tries them in turn.
 * Each of them has a gateway as well, which is as good as another for mutations.
 */
export function gatewayEnvironment(settings: RedisServerSettings, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { secret, port, primaryPort, primaryHost, region, primaryRegion, tls } = settings;
  const { REDIS_PASSWORD: _secret, REDIS_TLS_KEY: _key, ...rest } = env;
  const host = primaryHost ?? '127.0.0.1';
  const derived: NodeJS.ProcessEnv = {
    REDIS_URL: urlOf(secret, 'gateway', { host: '127.0.0.1', port }, encryptsRegion(settings)),
    PRIMARY_REDIS_URL: urlOf(secret, 'purger', { host, port: primaryPort }, tls !== undefined),
    // On one machine the gateways have different ports, and which that of the primary region has is not known here.
    ...(region === primaryRegion || isLoopback(host)
      ? {}
      : { PRIMARY_URL: `http://${inUrl(host)}:${env['PORT'] || PORT}/graphql` }),
  };
  // With what the operator set, and as a text: another process may look for a file in another folder.
  if (tls) rest['REDIS_TLS_CA'] = tls.ca;
  for (const [name, value] of Object.entries(derived)) rest[name] ||= value;
  return rest;
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host);
}
