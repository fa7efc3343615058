import { subjectsOf } from '../answer/subjects';
import type { Question } from '../answer/question';
import type { PurgeTable } from '../purge/table';
import { subjectOf, type Tag } from '../purge/tag';

/** Which answers of a call that began earlier a request may be given (P02): the gateway's and the plugin's rule. */

/**
 * Whether it may wait for the call, for nothing was purged since that its answer can be expected to hold.
 * @param sessionTags of a private answer: those of its session
 */
export function mayJoin(
  table: PurgeTable,
  question: Question,
  since: number,
  sessionTags: readonly Tag[],
): boolean {
  if (since === table.version) return true;
  return (
    table.hasSparedSince(since, sessionTags.map(subjectOf)) &&
    table.hasSparedSince(since, subjectsOf(question))
  );
}

/**
 * Whether it may have the answer, now that it is there: it holds nothing that was purged and that could not be expected,
 * such as what upstream tagged of its own accord.
 * @param tags undefined: not all of it could be tagged
 */
export function mayBeGiven(
  table: PurgeTable,
  question: Question,
  since: number,
  tags: readonly Tag[] | undefined,
): boolean {
  if (since === table.version) return true;
  if (!tags) return false;
  const expected = subjectsOf(question);
  const others = tags.map(subjectOf).filter((subject) => !expected.has(subject));
  return table.hasSparedSince(since, others);
}
