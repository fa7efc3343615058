import type { Question } from './question';

/**
 * Whether a mutation purges the private answers of the session it is made under: what it changes for them no answer need
 * say, such as a log-out. It does unless `@purges(session: false)` says of each of its fields that it does not.
 */
export function purgesSession({ question }: { readonly question: Question }): boolean {
  const { root, rootType } = question;
  const fields = root.planFor(rootType)?.fields ?? [];
  return fields.some(({ definition }) => root.source.rules.purgeRule(definition.name)?.session !== false);
}
