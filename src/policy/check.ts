import type { GraphQLSchema, Source } from 'graphql';
import { checkArguments } from './check/check-arguments';
import { checkEntities } from './check/check-entities';
import { checkFormats } from './check/check-formats';
import { checkHints } from './check/check-hints';
import { checkKeys } from './check/check-keys';
import { checkLifetimes } from './check/check-lifetimes';
import { checkLists } from './check/check-lists';
import { checkPrivacy } from './check/check-privacy';
import { checkPurges } from './check/check-purges';
import { checkValues } from './check/check-values';
import { Findings, type Finding } from './check/finding';
import type { Subject } from './check/subject';
import { findLifetimes } from './lifetimes';
import type { Rules } from './rules';

export { fieldTags, type FieldTag, type FieldTags } from './check/field-tags';
export { FINDINGS, type Finding, type FindingCode, type Severity } from './check/finding';
export { mutationsThatPurgeNothing } from './touched-types';

/**
 * What `lastmile check` says of a schema's directives. Pure, and in the same order for the same schema. Never throws.
 *
 * @param sources the operator's files: a finding gives a place in one of these or none, because nobody can edit what
 *   was introspected
 */
export function checkSchema(schema: GraphQLSchema, rules: Rules, sources: readonly Source[]): Finding[] {
  const findings = new Findings(sources);
  const subject: Subject = { schema, rules, findings };
  const lifetimes = findLifetimes(schema, rules);
  checkHints(subject);
  checkLifetimes(subject, lifetimes);
  checkPrivacy(subject, lifetimes);
  checkKeys(subject, lifetimes);
  checkEntities(subject);
  checkFormats(subject);
  checkPurges(subject);
  checkLists(subject, lifetimes);
  checkValues(subject, lifetimes);
  checkArguments(subject, lifetimes);
  return findings.sorted();
}
