import type { GraphQLSchema, Source } from 'graphql';
import { checkChanges } from './check-changes';
import { checkArguments } from './check-arguments';
import { checkEntities, checkEntityNames } from './check-entities';
import { checkFormats } from './formats';
import { checkHints, checkValues } from './hints';
import { checkDeclaredKeys, checkKeys } from './keys';
import { checkLifetimes, findLifetimes } from './lifetimes';
import { checkLists } from './lists';
import { checkPrivacy, checkViewerFields } from './privacy';
import { checkPurges } from './purges';
import { checkTables } from './tables';
import { Findings, type Finding } from './finding';
import type { Subject } from './subject';
import type { Rules } from '../policy/rules';
export { fieldTags, type FieldTag, type FieldTags } from './field-tags';
export { FINDINGS, type Finding, type FindingCode, type Severity } from './finding';

/**
 * What `lastmile check` says of a schema's directives. Pure, and in the same order for the same schema. Never throws.
 *
 * @param sources the operator's files: a finding gives a place in one of these or none, because an operator cannot edit what
 *   was introspected
 */
export function checkSchema(schema: GraphQLSchema, rules: Rules, sources: readonly Source[]): Finding[] {
  const findings = new Findings(sources);
  const subject: Subject = { schema, rules, findings };
  const lifetimes = findLifetimes(schema, rules);
  checkHints(subject);
  checkLifetimes(subject, lifetimes);
  checkPrivacy(subject, lifetimes);
  checkViewerFields(subject);
  checkKeys(subject, lifetimes);
  checkEntities(subject);
  checkFormats(subject);
  checkPurges(subject);
  checkTables(subject);
  checkChanges(subject, lifetimes);
  checkLists(subject, lifetimes);
  checkValues(subject, lifetimes);
  checkArguments(subject, lifetimes);
  return findings.sorted();
}

/**
 * The errors among them: directives that are not read as they were meant. A gateway says them whenever it has read a schema, so
 * this looks at what is declared, and not at what follows from it. Never throws.
 */
export function errorsOfSchema(schema: GraphQLSchema, rules: Rules, sources: readonly Source[]): Finding[] {
  const findings = new Findings(sources);
  const subject: Subject = { schema, rules, findings };
  checkHints(subject);
  checkDeclaredKeys(subject);
  checkEntityNames(subject);
  checkFormats(subject);
  checkPurges(subject);
  checkTables(subject);
  return findings.sorted().filter(({ severity }) => severity === 'error');
}
