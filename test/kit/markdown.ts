/**
 * A table in Markdown.
 * @param figures whether all columns but the first are set to the right
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly unknown[])[],
  { figures = true }: { readonly figures?: boolean } = {},
): string {
  const rule = head.map((_, column) => (figures && column > 0 ? '---:' : '---'));
  return [head, rule, ...rows]
    .map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', String.raw`\|`)).join(' | ')} |`)
    .join('\n');
}
