import { causeOf, saysWhy } from './cause';
import { docsOf, LastmileError } from './error';
import type { Place } from './outages';

/**
 * What a line of the log says of a fault beside its sentence. An error of the registry says by itself what is wrong: its code,
 * why, where and what to do, in one line; the stack is logged only of an unexpected error.
 * @param place what could not be used, where that is known
 */
export function faultFields(error: unknown, place?: Place): Record<string, unknown> {
  if (!(error instanceof LastmileError)) return { err: error };
  const { code, detail, remedy, cause } = error;
  const docs = docsOf(code);
  if (!place) return { code, detail, remedy, docs };
  const known = cause !== undefined && saysWhy(cause) ? causeOf(cause) : undefined;
  const { address, variables, help } = place;
  return {
    code,
    address,
    // What a lost connection took with it: why it was lost is told as an outage.
    cause: known?.word ?? 'connection lost',
    remedy: known ? `${known.remedy(variables.join(' and '))} ${help}` : remedy,
    detail,
    docs,
  };
}
