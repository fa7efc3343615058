import { z } from 'zod';
import { listed, type Reader } from './readers';

/**
 * @param patterns names, of which those that end in `*` stand for all that begin so
 * @returns whether a name is among them
 */
export function nameMatcher(patterns: readonly string[]): (name: string) => boolean {
  const names = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = patterns
    .filter((pattern) => pattern.endsWith('*'))
    .map((pattern) => pattern.slice(0, -1));
  return (name) => names.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}

/** Names of URL parameters as they are once decoded, or their beginnings with a `*` behind. */
export function parameterPatterns(): Reader<readonly string[]> {
  const schema = z
    .string()
    .transform(listed)
    .pipe(z.array(z.string().regex(/^[^\s*&=#]{0,127}[^\s&=#]$/)));
  const expects = 'names of URL parameters with commas between them, or their beginnings with a `*` behind';
  return { expects, schema, isQuotable: true };
}
