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
import { formatSeconds } from '../explain/format-explanation';
import { placesOf } from './places';
import { VERSION } from '../config/version';
import type { KeptSchema } from '../schema/schema-keeper';

/** A small query to try, which the cache answers the second time; undefined when there is none without arguments. */
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

/** Of the example API, where one with an argument shows more. */
const EXAMPLE_QUERY = '{ country(code: "PT") { name capital } }';

/** A query for beginners: the cache answers it the second time. Undefined when there is none without arguments. */
export function queryToTry(
  { upstream }: Pick<Config, 'upstream'>,
  schema: GraphQLSchema,
  rules: Rules,
): string | undefined {
  return upstream.url === undefined ? EXAMPLE_QUERY : sampleQuery(schema, rules);
}

const MOST_TYPES = 12;

/** What the first screen is about, besides the configuration. */
export interface FirstScreen {
  readonly port: number;
  readonly adminPort: number;
  readonly kept: Pick<KeptSchema, 'schema'> | undefined;
  /** what stands in the way of being ready */
  readonly waiting?: string | undefined;
  /** columns of the terminal */
  readonly width?: number | undefined;
}

/** The first screen: where it listens, what it stands in front of, what is cached for how long, and what to try. */
export function banner(config: Config, { port, adminPort, kept, waiting, width = 80 }: FirstScreen): string {
  const url = `${addressOf(config.http.host, port)}/graphql`;
  const admin = addressOf(config.admin.host, adminPort);
  const row = (label: string, text: string): string[] => wrapped(`  ${label.padEnd(LABEL)}`, text, width);
  const lines = [
    '',
    `  Lastmile ${VERSION}  region ${config.region.name}${config.region.isPrimary ? ' (primary)' : ''}`,
    '',
    ...row('GraphQL', `${url}${config.http.graphiql ? ' (a browser gets GraphiQL)' : ''}`),
    ...row('Admin', `${admin}/ (the dashboard), ${admin}/health/ready and ${admin}/metrics`),
    ...row(
      'Upstream',
      upstreamOf(config) ?? 'the example API, in this process: set UPSTREAM_URL to stand in front of yours',
    ),
    ...row(
      'Entries',
      config.redis
        ? `in memory and in Redis at ${placesOf(config).redis!.entries.address}`
        : 'in memory: set REDIS_URL to keep them in Redis',
    ),
    ...row(
      'Cached',
      kept ? cachedText(cachedTypes(kept, config)) : 'nothing yet: the schema has not been read',
    ),
    '',
    ...whatToTry(config, { url, kept, waiting, width }),
    '',
    '',
  ];
  return lines.join('\n');
}

/** Only what is true: before it is ready, no answer is a hit. */
function whatToTry(
  config: Config,
  {
    url,
    kept,
    waiting,
    width,
  }: Pick<FirstScreen, 'kept' | 'waiting'> & { readonly url: string; readonly width: number },
): string[] {
  if (waiting !== undefined)
    return wrapped(
      '  ',
      `Not ready yet: ${waiting}. Until then nothing is answered from the cache; the log says why.`,
      width,
    );
  const query = kept && queryToTry(config, kept.schema, readRules(kept.schema, config.policy));
  if (query === undefined)
    return wrapped(
      '  ',
      'Nothing that can be asked without arguments is cached: `lastmile check` says what is, and what to declare.',
      width,
    );
  return [
    ...wrapped('  ', 'Try this twice: the first answer is a miss, the second a hit.', width),
    '',
    `    curl -s -i ${url} -H 'content-type: application/json' \\`,
    `      -d '${JSON.stringify({ query })}'`,
  ];
}

/** Columns of the labels. */
const LABEL = 11;
const NARROWEST = 40;

/** Broken between words; what follows stands below the first, so that a label stays in sight. */
function wrapped(first: string, text: string, width: number): string[] {
  const room = Math.max(NARROWEST, width) - first.length;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, at) => (at === 0 ? first : ' '.repeat(first.length)) + line);
}

/** Who listens at all addresses is here under this name. */
function addressOf(host: string | undefined, port: number): string {
  const name = host === undefined || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Without parameters, which may hold what is not for a log; undefined: the example API. */
export function upstreamOf({ upstream: { url } }: Pick<Config, 'upstream'>): string | undefined {
  if (url === undefined) return undefined;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** The types with a maxAge of their own, each with its seconds. */
export function cachedTypes(
  { schema }: Pick<KeptSchema, 'schema'>,
  { policy }: Pick<Config, 'policy'>,
): (readonly [type: string, maxAge: number])[] {
  const rules = readRules(schema, policy);
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const maxAge = isCompositeType(type) ? rules.typeHint(type.name)?.maxAge : undefined;
    return maxAge === undefined ? [] : [[type.name, maxAge] as const];
  });
}

function cachedText(types: readonly (readonly [type: string, maxAge: number])[]): string {
  if (types.length === 0) return 'no type says so: give one @cacheControl(maxAge: ...), see `lastmile check`';
  const rest = types.length > MOST_TYPES ? `, and ${types.length - MOST_TYPES} more` : '';
  const shown = types.slice(0, MOST_TYPES).map(([type, maxAge]) => `${type} ${formatSeconds(maxAge)}`);
  return shown.join(', ') + rest;
}
