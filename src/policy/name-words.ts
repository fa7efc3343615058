/**
 * The words of a name in lower case, whatever its style: `createHTTPLog`, `CreateHttpLog`, `create_http_log` and
 * `CREATE_HTTP_LOG` are the same three.
 */
export function wordsOf(name: string): readonly string[] {
  const parts = name.replace(/IDs(?![a-z])/g, 'Ids').match(/[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+/g) ?? [];
  return parts.map((part) => part.toLowerCase());
}

/** The same without anything between them. */
export function joinedWords(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** Whether words begin with others, the last of which may be in the plural in either. */
export function beginsWith(words: readonly string[], others: readonly string[]): boolean {
  return others.length > 0 && matchesAt(words, 0, others);
}

/** Words before the name of what is asked about: `inStock`, `hasReviews`, `IN_STOCK`. */
export const ASKING: ReadonlySet<string> = new Set(['has', 'have', 'in', 'is', 'no', 'with', 'without']);

/** The first of {@link wordsOf} without its ending: names that differ in it do not begin with each other, in the plural or not. */
export function firstWord(name: string): string {
  return (wordsOf(name)[0] ?? '').replace(/[eisy]+$/, '');
}

/** Where others stand among words, each next to the one before; -1 if they do not. */
export function indexOfWords(words: readonly string[], others: readonly string[]): number {
  if (others.length === 0) return -1;
  for (let at = 0; at + others.length <= words.length; at++) if (matchesAt(words, at, others)) return at;
  return -1;
}

function matchesAt(words: readonly string[], at: number, others: readonly string[]): boolean {
  if (at + others.length > words.length) return false;
  const last = others.length - 1;
  for (let index = 0; index < last; index++) if (words[at + index] !== others[index]) return false;
  return isSameWord(words[at + last]!, others[last]!);
}

/** Whether two words are the same, or one the plural of the other: `category` and `categories`, `sku` and `skus`. */
function isSameWord(one: string, other: string): boolean {
  return one === other || isPluralOf(one, other) || isPluralOf(other, one);
}

function isPluralOf(many: string, one: string): boolean {
  if (one.length < 2 || !many.endsWith('s')) return false;
  return (
    many === `${one}s` || many === `${one}es` || (one.endsWith('y') && many === `${one.slice(0, -1)}ies`)
  );
}
