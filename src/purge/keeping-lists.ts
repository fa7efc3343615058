import type { Purge } from './log';
import type { Tag } from './tag';

/**
 * In a row of purges, where a tag would be, and which no answer carries: the purges after it keep all lists as they
 * are. A gateway that does not know it reads a purge of nothing, and refuses more than necessary.
 */
const KEEPING = '=[]' as Tag;

/** Puts last what keeps lists, behind a mark: so they are written where there is room for tags alone. */
export function markKeeping(purges: readonly Purge[]): readonly Pick<Purge, 'tag' | 'kind'>[] {
  const keeping = purges.filter(({ keepsLists }) => keepsLists);
  const [first] = keeping;
  if (!first) return purges;
  const others = purges.filter(({ keepsLists }) => !keepsLists);
  return [...others, { tag: KEEPING, kind: first.kind }, ...keeping];
}

/** Reads what {@link markKeeping} wrote. */
export function readKeeping(purges: readonly Pick<Purge, 'tag' | 'kind'>[]): readonly Purge[] {
  const at = purges.findIndex(({ tag }) => tag === KEEPING);
  if (at < 0) return purges;
  const keeping = purges.slice(at + 1).map(({ tag, kind }): Purge => ({ tag, kind, keepsLists: true }));
  return [...purges.slice(0, at), ...keeping];
}
