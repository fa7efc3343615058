import type { Problem } from './problem';
import { flyOf, regionOf } from './region';
import { similarName } from './similar-name';
import { VARIABLE_NAMES, VARIABLES, type Values } from './variables';

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
  if (!region.isPrimary && values.PRIMARY_REDIS_URL === undefined) {
    warnings.push({
      variable: 'PRIMARY_REDIS_URL',
      problem:
        'It is not set, so REDIS_URL is taken for the primary. A replica there can prove nothing fresh.',
      remedy: `Set it to the Redis in region ${region.primary} that purges are appended to.`,
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
  for (const variable of ['JWT_SECRET', 'JWKS_URL', 'JWT_AUDIENCE', 'JWT_ISSUER'] as const) {
    if (values[variable] === undefined || values.SESSION?.kind === 'jwt') continue;
    warnings.push({
      variable,
      problem: 'It is not used: SESSION does not take sessions from a JWT.',
      remedy: 'Set SESSION to `jwt`, or unset this.',
    });
  }
  return [...warnings, ...misspelt(env)];
}

/** Variables that are none of ours, but nearly. */
export function misspelt(env: NodeJS.ProcessEnv): Problem[] {
  const warnings: Problem[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '' || Object.hasOwn(VARIABLES, name)) continue;
    const meant = similarName(name, VARIABLE_NAMES);
    if (meant === undefined) continue;
    warnings.push({
      variable: name,
      problem: `There is no such variable: did you mean ${meant}?`,
      remedy: `Rename it to ${meant}, or ignore this if it is meant for another program.`,
    });
  }
  return warnings;
}
