/**
 * JSON text that is the same for equal values: object keys sorted by UTF-16 unit, no white space.
 * Takes what JSON.parse yields; recursion is bounded by the depth JSON.parse itself accepted.
 * The idea is that of RFC 8785, without its number formatting, since only our own output is compared.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value as Record<string, unknown>)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
