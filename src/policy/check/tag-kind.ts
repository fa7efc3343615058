import type { GraphQLSchema } from 'graphql';
import type { Rules } from '../rules';
import { changedType, type TagFormat } from '../tag-format';
import { isTypeName } from '../type-shape';

/** What a tag format names, by how it is written. See `purge/tag.ts`. */
export type TagKind =
  | { readonly kind: 'entity'; readonly type: string; readonly rest: string }
  | { readonly kind: 'list' | 'type' | 'change'; readonly type: string }
  | { readonly kind: 'declared' };

/** Agrees with `renderTag`: only fixed text, or fixed text up to the colon, names another kind than a declared tag. */
export function tagKind(schema: GraphQLSchema, rules: Rules, format: TagFormat): TagKind {
  const { text, placeholders } = format;
  const change = changedType(format);
  if (change !== undefined) return { kind: 'change', type: change };
  const entity = /^([_A-Za-z]\w*):(.*)$/s.exec(text);
  if (entity) return { kind: 'entity', type: entity[1]!, rest: entity[2]! };
  if (placeholders.length > 0) return { kind: 'declared' };
  const list = /^\[([_A-Za-z]\w*)\]$/.exec(text);
  if (list) return { kind: 'list', type: list[1]! };
  return isTypeName(schema, rules, text) ? { kind: 'type', type: text } : { kind: 'declared' };
}

/** A pattern of every tag that a format can make. */
export function patternOf({ literals }: TagFormat): RegExp {
  const escaped = literals.map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 's');
}

/** One of the tags that a format can make. */
export function exampleOf({ literals }: TagFormat): string {
  return literals.join('x');
}
