import { parsePosition } from '../position';
import type { Purge, PurgeRecord } from '../purge';
import type { Tag } from '../tag';

/** The field names of a record. One letter each: a stream stores them once for a whole run of like records. */
const HARD = 'h';
const SOFT = 's';
/** Record 0 of an epoch, and no other: the replication id of the primary that began it. */
const BEGIN = 'b';
/** A record that purges nothing. */
const MARK = 'm';

/** Of one record. Far below what Lua can unpack (about 8,000); a page of such records is some milliseconds' work. */
const MOST_PURGES = 100;

/** One array of fields and values for each record that these purges take; a mark when there are none. */
export function encodeRecords(purges: readonly Purge[]): string[][] {
  if (purges.length === 0) return [[MARK, '']];
  const records: string[][] = [];
  for (let start = 0; start < purges.length; start += MOST_PURGES) {
    const part = purges.slice(start, start + MOST_PURGES);
    records.push(part.flatMap(({ tag, kind }) => [kind === 'hard' ? HARD : SOFT, tag]));
  }
  return records;
}

/**
 * @param id of a stream entry
 * @param fields its fields and values, in turn
 * @returns undefined for an entry that no gateway writes
 */
export function decodeRecord(id: string, fields: readonly string[]): PurgeRecord | undefined {
  const position = parsePosition(id);
  if (!position || fields.length === 0) return undefined;
  const isBegin = fields[0] === BEGIN;
  if (isBegin !== (position.seq === 0)) return undefined;
  if (isBegin || fields[0] === MARK) return fields.length === 2 ? { position, purges: [] } : undefined;
  const purges: Purge[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const field = fields[i];
    if (field !== HARD && field !== SOFT) return undefined;
    purges.push({ tag: fields[i + 1] as Tag, kind: field === HARD ? 'hard' : 'soft' });
  }
  return { position, purges };
}
