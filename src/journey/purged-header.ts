import { parsePosition, formatPosition, type Position } from '../purge/position';
import type { Purge } from '../purge/purge';
import type { Tag } from '../purge/tag';

/**
 * How the primary region's gateway tells the one that forwarded a mutation what was purged, so that its table has the
 * purge before the log brings it: `Lastmile-Purged: <position> <base64url of a JSON list of tags>`.
 * It is sent only to whoever proves to be a gateway: tags tell more of the data than an answer shows.
 */
export const PURGED_HEADER = 'Lastmile-Purged';

/** Node reads 16 KiB of headers at most; what does not fit is left out, and the reader waits for the log instead. */
const LONGEST = 8192;

/** @returns the value, or the position alone where the tags would not fit */
export function formatPurged(position: Position, tags: readonly Tag[]): string {
  const list = Buffer.from(JSON.stringify(tags)).toString('base64url');
  return list.length > LONGEST ? formatPosition(position) : `${formatPosition(position)} ${list}`;
}

/** @returns undefined for anything but what {@link formatPurged} makes; without `purges` where they did not fit */
export function parsePurged(
  text: string,
): { readonly position: Position; readonly purges: readonly Purge[] | undefined } | undefined {
  const [first = '', list] = text.split(' ');
  const position = parsePosition(first);
  if (!position) return undefined;
  if (list === undefined) return { position, purges: undefined };
  try {
    const tags: unknown = JSON.parse(Buffer.from(list, 'base64url').toString());
    if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) return undefined;
    return { position, purges: tags.map((tag): Purge => ({ tag: tag as Tag, kind: 'hard' })) };
  } catch {
    return undefined;
  }
}
