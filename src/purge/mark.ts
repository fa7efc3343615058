/**
 * A number for a text, the same each time (FNV-1a, 32 bits). Different texts may have the same: it can tell that something
 * is not there, and never that it is.
 */
export function markOf(text: string): number {
  let mark = FIRST_MARK;
  for (let at = 0; at < text.length; at++) mark = extendMark(mark, text.charCodeAt(at));
  return mark;
}

/** The mark of no text at all. */
export const FIRST_MARK = 0x811c9dc5 | 0;

/** The mark of a text with one more character. */
export function extendMark(mark: number, character: number): number {
  return Math.imul(mark ^ character, 0x01000193);
}
