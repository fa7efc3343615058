import type { Knowledge } from '../../../src/operation/operation';
import { readRules, type CacheHint } from '../../../src/policy/rules';
import { github } from '../../policy/github';

/**
 * GitHub's schema with a policy over it such as its users have: what says something of who looks is PRIVATE, counts and
 * times of the last push are never cached, all else is for a minute.
 * @param hasPrivateTeams teams are PRIVATE as well, and so is for clients with credentials what may return one: `node`, `nodes`
 */
export function githubKnowledge(hasPrivateTeams = true): Knowledge {
  const schema = github();
  const rules = readRules(schema, { defaultMaxAge: 60 });
  const fieldHint = (type: string, field: string): CacheHint | undefined => {
    if (/^viewer|^email$/.test(field)) return { scope: 'PRIVATE' };
    if (/Count$|^pushedAt$/.test(field)) return { maxAge: 0 };
    return rules.fieldHint(type, field);
  };
  const typeHint = (type: string): CacheHint =>
    type === 'Team' && !hasPrivateTeams ? { maxAge: 60 } : { maxAge: 60, ...rules.typeHint(type) };
  return { schema, rules: { ...rules, fieldHint, typeHint }, configuration: '' };
}
