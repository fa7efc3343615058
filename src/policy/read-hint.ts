import { Kind, type ConstDirectiveNode, type ConstValueNode } from 'graphql';
import { argumentNamed } from './directive-nodes';
import type { CacheHint, Scope } from './rules';

/** The longest time a cache should hold to, in seconds: 2^31 (RFC 9111 1.2.2) less one, GraphQL's largest Int. */
export const LONGEST_MAX_AGE = 2_147_483_647;

type Draft = { -readonly [Part in keyof CacheHint]: CacheHint[Part] };

/**
 * Reads `@cacheControl`. Of several uses the later wins, argument by argument, so that an overlay changes only what it
 * names. maxAge and inheritMaxAge answer one question, so naming either replaces both; named together,
 * inheritMaxAge wins as in Apollo Server.
 *
 * A value that cannot be read is taken in the strictest way (maxAge 0, PRIVATE): never a reason to share more.
 */
export function readHint(directives: readonly ConstDirectiveNode[]): CacheHint | undefined {
  if (directives.length === 0) return undefined;
  const hint: Draft = {};
  for (const directive of directives) {
    const maxAge = argumentNamed('maxAge', directive);
    const scope = argumentNamed('scope', directive);
    const inheritMaxAge = argumentNamed('inheritMaxAge', directive);
    const swr = argumentNamed('swr', directive);
    if (maxAge ?? inheritMaxAge) {
      delete hint.maxAge;
      delete hint.inheritMaxAge;
      if (inheritMaxAge?.kind === Kind.BOOLEAN && inheritMaxAge.value) hint.inheritMaxAge = true;
      else if (maxAge) hint.maxAge = readSeconds(maxAge);
    }
    if (scope) hint.scope = readScope(scope);
    if (swr) hint.swr = readSeconds(swr);
  }
  return hint;
}

function readSeconds(value: ConstValueNode): number {
  const seconds = value.kind === Kind.INT ? Number(value.value) : 0;
  return Math.min(Math.max(seconds, 0), LONGEST_MAX_AGE);
}

function readScope(value: ConstValueNode): Scope {
  return value.kind === Kind.ENUM && value.value === 'PUBLIC' ? 'PUBLIC' : 'PRIVATE';
}
