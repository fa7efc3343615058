/** What an answer says of itself, and as text. */
import type { Reply } from './ask';
import { isList, isMembers, printLossless, type Lossless, type Path } from './lossless';

export function isHit({ cacheStatus }: Reply): boolean {
  return /; hit\b/.test(cacheStatus);
}

/** Whether two answers say the same, digit for digit, whatever their white space and extensions. */
export function isSame(one: Reply, other: Reply): boolean {
  return one.text === other.text || answerOf(one) === answerOf(other);
}

/** Data and errors in one text. */
function answerOf({ data, errors, text }: Reply): string {
  if (data === undefined && errors === undefined) return text;
  return `${data === undefined ? '' : printLossless(data)} ${errors === undefined ? '' : printLossless(errors)}`;
}

/** An error at the mutation itself, which then was not carried out. One below it says that it was. */
export function isRefusal({ data, errors }: Reply): boolean {
  if (errors === undefined && isMembers(data)) return false;
  if (isMembers(data) && [...data.values()].some((value) => value !== null)) return false;
  const path = isList(errors) && isMembers(errors[0]) ? errors[0].get('path') : undefined;
  return !isList(path) || path.length <= 1;
}

/** What stands at a path of an answer, as text short enough for a report. */
export function shownAt(path: Path): (reply: Reply) => string {
  return (reply) => {
    let value: Lossless | undefined = reply.data;
    for (const key of path)
      value = isMembers(value) ? value.get(String(key)) : isList(value) ? value[Number(key)] : undefined;
    const errors = reply.errors === undefined ? '' : ` errors ${printLossless(reply.errors)}`;
    return `${value === undefined ? '(nothing)' : printLossless(value)}${errors}`.slice(0, 400);
  };
}
