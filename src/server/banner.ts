import {
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLSchema,
  isCompositeType,
} from 'graphql';
import { fieldLimit } from '../policy/analyse';
import { type Rules, readRules } from '../policy/rules';
import type { Config } from '../config/config';
import { VERSION } from '../config/version';
import type { KeptSchema } from '../schema/schema-keeper';

/** A small query that the cache answers the second time, for somebody to try; undefined when there is none without arguments. */
export function sampleQuery(schema: GraphQLSchema, rules: Rules): string | undefined {
  const query = schema.getQueryType();
  if (!query) return undefined;
  for (const field of Object.values(query.getFields())) {
    if (!isSample(schema, rules, query.name, field)) continue;
    const type = getNamedType(field.type);
    if (isLeafType(type)) return `{ ${field.name} }`;
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    const leaf = Object.values(type.getFields()).find(
      (inner) =>
        isLeafType(getNamedType(inner.type)) &&
        !inner.args.some(isRequiredArgument) &&
        rules.fieldHint(type.name, inner.name) === undefined,
    );
    if (leaf) return `{ ${field.name} { ${leaf.name} } }`;
  }
  return undefined;
}

/** Public, with a maxAge, and asked for without arguments. */
function isSample(
  schema: GraphQLSchema,
  rules: Rules,
  type: string,
  field: GraphQLField<unknown, unknown>,
): boolean {
  const scopes = [
    rules.fieldHint(type, field.name)?.scope,
    rules.typeHint(getNamedType(field.type).name)?.scope,
  ];
  const maxAge = fieldLimit(schema, rules, type, field)?.maxAge ?? 0;
  return maxAge > 0 && !scopes.includes('PRIVATE') && !field.args.some(isRequiredArgument);
}

const MOST_TYPES = 12;
/** Of the example API, where one with an argument shows more. */
const EXAMPLE_QUERY = '{ country(code: "PT") { name capital } }';

/** The first screen: where it listens, what it stands in front of, what is cached for how long, and what to try. */
export function banner(
  config: Config,
  port: number,
  adminPort: number,
  kept: Pick<KeptSchema, 'schema'> | undefined,
): string {
  const host = config.http.host ?? 'localhost';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/graphql`;
  const rules = kept && readRules(kept.schema, config.policy);
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

function cachedTypes({ schema }: Pick<KeptSchema, 'schema'>, rules: Rules): string {
  const types = Object.values(schema.getTypeMap()).flatMap((type) => {
    const maxAge = isCompositeType(type) ? rules.typeHint(type.name)?.maxAge : undefined;
    return maxAge === undefined ? [] : [`${type.name} ${maxAge} s`];
  });
  if (types.length === 0) return 'no type says so: give one @cacheControl(maxAge: ...), see `lastmile check`';
  const rest = types.length > MOST_TYPES ? `, and ${types.length - MOST_TYPES} more` : '';
  return types.slice(0, MOST_TYPES).join(', ') + rest;
}
