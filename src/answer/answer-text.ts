import type { ExecutionResult } from 'graphql';
import { writeJson } from '../json/exact-number';
import { membersOf, withoutRemoved, type Member } from '../json/text';
import { writeExtensions } from './extensions';
import { INTERNAL_PREFIX } from './internal-fields';
import { errorText } from '../upstream/graphql-result';

/** What upstream wrote, and how it was read. */
export interface WrittenAnswer {
  readonly text: string;
  readonly result: ExecutionResult;
  /** the text says what the result does, and nothing else */
  readonly isVerbatim: boolean;
  /** of a long one, what it is made of */
  readonly members?: readonly Member[] | undefined;
}

/**
 * The text of an answer for its client: upstream's own, cut. Only what differs is rewritten, so that digits, order
 * and escapes are the same whether or not something was added to the query.
 * @param shown the client's data: upstream's, perhaps without the additions
 * @param isTrimmed whether something was taken out of the data
 */
export function writeAnswer(
  { text, result, isVerbatim, members: known }: WrittenAnswer,
  shown: ExecutionResult,
  isTrimmed: boolean,
): string {
  if (isVerbatim && shown.extensions === result.extensions) {
    return isTrimmed ? withoutRemoved(text, shown, INTERNAL_PREFIX) : text;
  }
  const members = known ?? membersOf(text);
  const isSaidOfAll = shown.extensions === result.extensions;
  const texts = members.flatMap(({ name, text: written, value }) => {
    if (name === 'errors') return writeErrors(value, result.errors, shown.errors) ?? written;
    if (name === 'extensions')
      return isSaidOfAll && saysNoHttp(value)
        ? written
        : writeExtensions(value, result.extensions, shown.extensions);
    return name === 'data' && isTrimmed
      ? `"data":${withoutRemoved(value, shown.data, INTERNAL_PREFIX)}`
      : written;
  });
  if (!members.some(({ name }) => name === 'extensions'))
    texts.push(...writeExtensions('{}', undefined, shown.extensions));
  return `{${texts.join(',')}}`;
}

/** Each error that is shown as upstream wrote it. @returns undefined where the member stays as it is written */
function writeErrors(
  value: string,
  said: ExecutionResult['errors'],
  shown: ExecutionResult['errors'],
): string[] | undefined {
  // What is no list of errors is not ours to mend, nor is one that says that nothing is wrong.
  if (!said || !value.trimStart().startsWith('[')) return undefined;
  if (!shown?.length) return [];
  return [`"errors":[${shown.map((error) => errorText(error) ?? writeJson(error)).join(',')}]`];
}

/** Upstream's `extensions.http` is not for clients. */
function saysNoHttp(extensions: string): boolean {
  return !extensions.includes('{') || membersOf(extensions).every(({ name }) => name !== 'http');
}
