import type { Problem } from './problem';
import { flyOf, regionOf } from './checks';
import { isCredential } from './headers';
import { VARIABLE_NAMES, VARIABLES, type Values } from './variables';

/** Names shorter than this are like too many others, as HOST is like POST. */
const SHORTEST_GUESSED = 5;

/** Names of at least this length may differ in two places. */
const LONG = 9;

/** The name that was probably meant, when a name is not one of those known. */
export function similarName<Name extends string>(name: string, known: readonly Name[]): Name | undefined {
  const wanted = name.toUpperCase().replace(/^LASTMILE_/, '');
  const same = known.find((candidate) => candidate === wanted);
  if (same !== undefined) return same;
  const whole = known.find((candidate) => candidate === `${wanted}_URL`);
  if (whole !== undefined) return whole;
  let nearest: Name | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const tolerated = candidate.length < SHORTEST_GUESSED ? 0 : candidate.length < LONG ? 1 : 2;
    if (Math.abs(candidate.length - wanted.length) > tolerated) continue;
    const distance = editDistance(wanted, candidate);
    if (distance > tolerated || distance >= least) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

/** Letters to insert, delete, replace, or swap with their neighbour: the optimal string alignment distance. */
function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Infinity;
}

/** Whether this is said to be production, where the defaults are stricter. */
export function isProduction(env: NodeJS.ProcessEnv): boolean {
  return env['NODE_ENV'] === 'production';
}

const SHORTEST_ADMIN_TOKEN = 16;

/** What is allowed, and probably not meant. */
export function findWarnings(values: Values, env: NodeJS.ProcessEnv): Problem[] {
  const region = regionOf(values);
  const warnings: Problem[] = [];
  if (values.ADMIN_TOKEN !== undefined && values.ADMIN_TOKEN.length < SHORTEST_ADMIN_TOKEN) {
    warnings.push({
      variable: 'ADMIN_TOKEN',
      problem: `It is shorter than ${SHORTEST_ADMIN_TOKEN} characters, and could be guessed.`,
      remedy: 'Set it to a longer, random text.',
    });
  }
  if (values.ADMIN_TOKEN === undefined && isProduction(env)) {
    warnings.push({
      variable: 'ADMIN_TOKEN',
      problem:
        'It is not set, and in production the admin port then refuses every purge, reload and order to switch the cache off.',
      remedy: 'In production set ADMIN_TOKEN to a long, random text, the same in every gateway.',
    });
  }
  if (!region.isPrimary && values.PRIMARY_REDIS_URL === undefined) {
    warnings.push({
      variable: 'PRIMARY_REDIS_URL',
      problem:
        'It is not set, so REDIS_URL is taken for the primary. A replica there can prove nothing fresh.',
      remedy: `Set it to the Redis in region ${region.primary} that purges are appended to.`,
    });
  }
  if (region.isPrimary && values.CDN_TAGS !== undefined && values.CDN_PURGE_URL === undefined) {
    warnings.push({
      variable: 'CDN_PURGE_URL',
      problem:
        'It is not set, and CDN_TAGS is: what the CDN keeps is not purged, and is served as long as its maxAge allows.',
      remedy: 'Set it, and CDN_TOKEN, in the gateways of the primary region.',
    });
  }
  if (!region.isPrimary && values.CAPTURE_URL !== undefined) {
    warnings.push({
      variable: 'CAPTURE_URL',
      problem: 'It is set in a region that is not the primary one, where it is not read.',
      remedy: `Set it in region ${region.primary} only: it is a secret of the whole database.`,
    });
  }
  if (region.mutations === 'fly-replay' && !flyOf(values)) {
    warnings.push({
      variable: 'MUTATIONS',
      problem:
        'It is fly-replay, and this is not Fly: nothing would replay a mutation in the primary region.',
      remedy: 'Set it to forward, and PRIMARY_URL with it.',
    });
  }
  if ((values.OPERATION_LOG === undefined) !== (values.OPERATION_LOG_SAMPLE === 0)) {
    warnings.push({
      variable: values.OPERATION_LOG === undefined ? 'OPERATION_LOG' : 'OPERATION_LOG_SAMPLE',
      problem: 'It is not set, so no operation is written down, although its companion is set.',
      remedy: 'Set both OPERATION_LOG and OPERATION_LOG_SAMPLE, or neither.',
    });
  }
  if (values.CORS_ORIGINS === '*' && values.SESSION?.kind === 'cookie') {
    warnings.push({
      variable: 'CORS_ORIGINS',
      problem: 'It is `*`, for which browsers send no cookies: pages of other origins have no session.',
      remedy: 'List the origins whose pages sign in.',
    });
  }
  if (values.SESSION?.kind === 'jwt' && values.SESSION.claims.length === 1) {
    const [claim] = values.SESSION.claims;
    warnings.push({
      variable: 'SESSION',
      problem:
        `A private answer is shown to all tokens with the same \`${claim}\`, ` +
        'also to those that upstream would refuse it: of fewer rights, of another organisation.',
      remedy: `Set it to \`jwt\`, which takes all claims but times and ids, or name every claim that upstream decides by: \`jwt:${claim},org,scope\`.`,
    });
  }
  const credentials = Object.keys(values.UPSTREAM_HEADERS ?? {}).filter(isCredential);
  if (credentials.length > 0) {
    warnings.push({
      variable: 'UPSTREAM_HEADERS',
      problem: `It holds a credential (${credentials.join(', ')}), which goes with every request: clients that bring none of their own act as its owner, in mutations too.`,
      remedy:
        'If the schema alone is to be read with it, move it to SCHEMA_HEADERS. Otherwise give its owner no more rights than every client may have.',
    });
  }
  const unkeyed = values.FORWARD_HEADERS.filter(
    (name) => values.PASS_HEADERS.includes(name) && !values.VARY.includes(name),
  );
  if (unkeyed.length > 0) {
    warnings.push({
      variable: 'FORWARD_HEADERS',
      problem: `It names ${unkeyed.join(', ')}, which PASS_HEADERS passes as well: listed here, it keeps every request that carries it out of the cache.`,
      remedy: 'Take it out of FORWARD_HEADERS, unless answers depend on it.',
    });
  }
  for (const variable of ['JWT_SECRET', 'JWKS_URL', 'JWT_AUDIENCE', 'JWT_ISSUER'] as const) {
    if (values[variable] === undefined || values.SESSION?.kind === 'jwt') continue;
    warnings.push({
      variable,
      problem: 'It is not used: SESSION does not take sessions from a JWT.',
      remedy: 'Set SESSION to `jwt`, or unset this.',
    });
  }
  for (const variable of ['UPSTREAM_WS_URL', 'SCHEMA_HEADERS'] as const) {
    if (values[variable] === undefined || values.UPSTREAM_URL !== undefined) continue;
    warnings.push({
      variable,
      problem: 'It is not used: without UPSTREAM_URL the example API is served.',
      remedy: 'Set UPSTREAM_URL to the GraphQL API, or unset this.',
    });
  }
  if (ofRedisAlone(env) && !urls(values).some((url) => url?.startsWith('rediss:')))
    warnings.push({
      variable: 'REDIS_TLS',
      problem: 'It is read by `lastmile redis` alone: this gateway speaks to Redis without TLS.',
      remedy: 'Write rediss: in REDIS_URL and PRIMARY_REDIS_URL for a gateway of its own, or unset this.',
    });
  return [...warnings, ...misspelt(env)];
}

function ofRedisAlone({ REDIS_TLS }: NodeJS.ProcessEnv): boolean {
  return REDIS_TLS !== undefined && /^(?:1|true|yes|on)$/i.test(REDIS_TLS.trim());
}

function urls({ REDIS_URL, PRIMARY_REDIS_URL, CACHE_REDIS_URL }: Values): readonly (string | undefined)[] {
  return [REDIS_URL, PRIMARY_REDIS_URL, CACHE_REDIS_URL];
}

/** Variables that are none of ours, but nearly. */
export function misspelt(env: NodeJS.ProcessEnv): Problem[] {
  const warnings: Problem[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '' || Object.hasOwn(VARIABLES, name)) continue;
    const meant = similarName(name, VARIABLE_NAMES);
    // Beside the variable itself, be it empty, it is another program's.
    if (meant === undefined || Object.hasOwn(env, meant)) continue;
    warnings.push({
      variable: name,
      problem: `There is no such variable: did you mean ${meant}?`,
      remedy: `Rename it to ${meant}; if it is another program's, set ${meant} as well, if to nothing.`,
    });
  }
  return warnings;
}
