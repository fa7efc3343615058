import { touchedBy } from '../answer/touched';
import type { Operation } from '../operation/operation';
import { formatTag, type Tag } from '../purge/tag';
import { answerTags } from './answer-tags';
import type { MutationPurges } from './explanation';

/**
 * What a mutation purges when it succeeds, by the very rule that purges: it is asked what an answer touched that has
 * every field.
 */
export function mutationPurges(
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
): MutationPurges {
  const { root, rootType } = operation.question;
  const fields = root.planFor(rootType)?.fields ?? [];
  const answer = Object.fromEntries(fields.map(({ responseKey }) => [responseKey, {}]));
  const { tags, silentFields } = touchedBy(operation, answer, variables);
  const ofKind = (kind: Kind) => [...tags].filter((tag) => kindOf(tag) === kind).map(formatTag);
  return {
    entities: answerTags(operation.question, variables).entities,
    lists: ofKind('list').sort(),
    types: ofKind('type').sort(),
    declared: [...ofKind('entity'), ...ofKind('declared')].sort(),
    silent: silentFields.map((field) => `Mutation.${field}`),
  };
}

type Kind = 'entity' | 'list' | 'type' | 'declared';

/** See `purge/tag.ts`: the first characters say it, and only an entity that is no declared tag has a colon. */
function kindOf(tag: Tag): Kind {
  if (tag.startsWith('#')) return 'declared';
  if (tag.startsWith('[')) return 'list';
  return tag.includes(':') ? 'entity' : 'type';
}
