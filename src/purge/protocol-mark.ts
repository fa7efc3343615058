import { LOG_PROTOCOL } from './log';
import type { Tag } from './tag';

/**
 * What stands before the purges of a record, in the place of a tag that nothing carries: the protocol it was written by. A
 * gateway of the first protocol, which knows no such thing, reads a purge of nothing.
 */
export const PROTOCOL_MARK = `=${LOG_PROTOCOL}` as Tag;

/** @returns the protocol; undefined for what is no mark */
export function protocolOfMark(text = ''): number | undefined {
  const [, protocol] = /^=([1-9]\d*)$/.exec(text) ?? [];
  return protocol === undefined ? undefined : Number(protocol);
}
