import { isCompositeType } from 'graphql';
import type { Config } from '../config/config';
import { VERSION } from '../config/version';
import { readRules } from '../policy/read-rules';
import type { KeptSchema } from '../upstream/schema-keeper';

const MOST_TYPES = 12;

/** The first screen: where it listens, what it stands in front of, what is cached for how long, and what to try. */
export function banner(
  config: Config,
  port: number,
  adminPort: number,
  kept: KeptSchema | undefined,
): string {
  const host = config.http.host ?? 'localhost';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/graphql`;
  const lines = [
    '',
    `  Lastmile ${VERSION}  region ${config.region.name}${config.region.isPrimary ? ' (primary)' : ''}`,
    '',
    `  GraphQL    ${url}   (a browser gets GraphiQL)`,
    `  Admin      port ${adminPort}: /health/ready, /metrics`,
    `  Upstream   ${upstreamOf(config)}`,
    `  Entries    ${config.redis ? 'in memory and in Redis' : 'in memory: set REDIS_URL to keep them in Redis'}`,
    `  Cached     ${kept ? cachedTypes(config, kept) : 'nothing yet: the schema has not been read'}`,
    '',
    '  Try this twice: the first answer is a miss, the second a hit.',
    '',
    `    curl -s -i ${url} -H 'content-type: application/json' \\`,
    `      -d '${JSON.stringify({ query: config.upstream.url ? '{ __typename }' : '{ country(code: "PT") { name capital } }' })}'`,
    '',
    '',
  ];
  return lines.join('\n');
}

function upstreamOf({ upstream: { url } }: Config): string {
  if (url === undefined)
    return 'the example API, in this process: set UPSTREAM_URL to stand in front of yours';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function cachedTypes(config: Config, { schema }: KeptSchema): string {
  const rules = readRules(schema, { defaultMaxAge: config.policy.defaultMaxAge });
  const types = Object.values(schema.getTypeMap()).flatMap((type) => {
    const maxAge = isCompositeType(type) ? rules.typeHint(type.name)?.maxAge : undefined;
    return maxAge === undefined ? [] : [`${type.name} ${maxAge} s`];
  });
  if (types.length === 0) return 'no type says so: give one @cacheControl(maxAge: ...), see `lastmile check`';
  const rest = types.length > MOST_TYPES ? `, and ${types.length - MOST_TYPES} more` : '';
  return types.slice(0, MOST_TYPES).join(', ') + rest;
}
