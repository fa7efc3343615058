import { isCompositeType } from 'graphql';
import type { Config } from '../config/config';
import { VERSION } from '../config/version';
import { readRules } from '../policy/read-rules';
import type { Rules } from '../policy/rules';
import type { KeptSchema } from '../upstream/schema-keeper';
import { sampleQuery } from './sample-query';

const MOST_TYPES = 12;
/** Of the example API, where one with an argument shows more. */
const EXAMPLE_QUERY = '{ country(code: "PT") { name capital } }';

/** The first screen: where it listens, what it stands in front of, what is cached for how long, and what to try. */
export function banner(
  config: Config,
  port: number,
  adminPort: number,
  kept: KeptSchema | undefined,
): string {
  const host = config.http.host ?? 'localhost';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/graphql`;
  const rules = kept && readRules(kept.schema, { defaultMaxAge: config.policy.defaultMaxAge });
  const query = !config.upstream.url ? EXAMPLE_QUERY : kept && rules && sampleQuery(kept.schema, rules);
  const lines = [
    '',
    `  Lastmile ${VERSION}  region ${config.region.name}${config.region.isPrimary ? ' (primary)' : ''}`,
    '',
    `  GraphQL    ${url}   (a browser gets GraphiQL)`,
    `  Admin      port ${adminPort}: /health/ready, /metrics`,
    `  Upstream   ${upstreamOf(config)}`,
    `  Entries    ${config.redis ? 'in memory and in Redis' : 'in memory: set REDIS_URL to keep them in Redis'}`,
    `  Cached     ${kept && rules ? cachedTypes(kept, rules) : 'nothing yet: the schema has not been read'}`,
    '',
    ...(query === undefined
      ? ['  Nothing can be cached yet: `lastmile check` says why.']
      : [
          '  Try this twice: the first answer is a miss, the second a hit.',
          '',
          `    curl -s -i ${url} -H 'content-type: application/json' \\`,
          `      -d '${JSON.stringify({ query })}'`,
        ]),
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

function cachedTypes({ schema }: KeptSchema, rules: Rules): string {
  const types = Object.values(schema.getTypeMap()).flatMap((type) => {
    const maxAge = isCompositeType(type) ? rules.typeHint(type.name)?.maxAge : undefined;
    return maxAge === undefined ? [] : [`${type.name} ${maxAge} s`];
  });
  if (types.length === 0) return 'no type says so: give one @cacheControl(maxAge: ...), see `lastmile check`';
  const rest = types.length > MOST_TYPES ? `, and ${types.length - MOST_TYPES} more` : '';
  return types.slice(0, MOST_TYPES).join(', ') + rest;
}
