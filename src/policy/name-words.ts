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

/** The first of {@link wordsOf}, in the singular: names that differ in it do not begin with each other. */
export function firstWord(name: string): string {
  return singular(wordsOf(name)[0] ?? '');
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
  return singular(words[at + last]!) === singular(others[last]!);
}

/** As one needs to compare names, not to read them: `categories` and `category` become the same, and so does `news` alone. */
function singular(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return /(?:ss|us|is)$/.test(word) ? word : word.replace(/(?<=x|ch|sh|ss)es$|s$/, '');
}
