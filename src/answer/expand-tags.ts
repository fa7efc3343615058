import { isAbstractType, isObjectType, type GraphQLSchema } from 'graphql';
import type { Rules } from '../policy/rules';
import { parseTagFormat, type TagFormat } from '../policy/tag-format';
import {
  declaredTag,
  EVERYTHING,
  formatTag,
  HASHED_DECLARED,
  listTag,
  parseTag,
  subjectOf,
  typeTag,
  type Tag,
} from '../purge/tag';
import { abstractTypesOf, isTypeName, possibleTypes, typesNamed } from '../policy/type-shape';

/**
 * The tag of an answer whose declared tag has a placeholder without a value, for example `products` without the
 * category that `shelf-{$args.category}` asks for: it may show what any shelf shows. Purging any tag that the format
 * could have made purges it too.
 */
export function openTag(format: TagFormat): Tag {
  return declaredTag(format.literals.join('{}'));
}

/**
 * What purging some tags means in this schema, besides the tags themselves:
 * a type, its lists and, of an interface or union, the types behind it;
 * a list, the lists of the interfaces and unions its elements can be listed as, and of the types behind its own;
 * an entity, a list or a type whose objects have another name in tags, the same under that name;
 * a declared tag, the open tags of the formats that could have made it.
 */
export function expandTags(schema: GraphQLSchema, rules: Rules, tags: Iterable<Tag>): Set<Tag> {
  const expanded = new Set<Tag>();
  for (const tag of tags) {
    expanded.add(tag);
    if (tag === EVERYTHING) continue;
    if (tag.startsWith('#')) {
      const text = formatTag(tag);
      // What it said before it was hashed any format may have made.
      const isHashed = subjectOf(tag) === HASHED_DECLARED;
      for (const { open, pattern } of formatsOf(schema, rules))
        if (isHashed || pattern.test(text)) expanded.add(open);
      continue;
    }
    const colon = tag.indexOf(':');
    if (colon > 0) {
      expanded.add(`${rules.tagName(tag.slice(0, colon))}${tag.slice(colon)}` as Tag);
      continue;
    }
    const isList = tag.startsWith('[');
    for (const type of typesNamed(schema, rules, isList ? tag.slice(1, -1) : tag)) {
      expanded.add(listTag(type.name));
      for (const possible of possibleTypes(schema, type)) {
        const name = rules.tagName(possible.name);
        if (!isList) expanded.add(typeTag(name));
        expanded.add(listTag(name));
        for (const abstract of abstractTypesOf(schema, possible)) expanded.add(listTag(abstract));
      }
    }
  }
  return expanded;
}

/**
 * Tags as users write them, `Product:7`, `[Product]`, `Product` or a declared one, with all that purging them means.
 * @param known undefined while no schema is known: every name that looks like a type's is one, and nothing is added
 */
export function readTags(
  texts: readonly string[],
  known: { readonly schema: GraphQLSchema; readonly rules: Rules } | undefined,
): Set<Tag> {
  const isType = (name: string) => known === undefined || isTypeName(known.schema, known.rules, name);
  const tags = texts.flatMap((text) => parseTag(text, isType) ?? []);
  return known ? expandTags(known.schema, known.rules, tags) : new Set(tags);
}

interface KnownFormat {
  readonly open: Tag;
  readonly pattern: RegExp;
}

const known = new WeakMap<Rules, readonly KnownFormat[]>();

/** The formats with placeholders that a schema declares on fields. */
function formatsOf(schema: GraphQLSchema, rules: Rules): readonly KnownFormat[] {
  const seen = known.get(rules);
  if (seen) return seen;
  const texts = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isAbstractType(type)) continue;
    if (!('getFields' in type)) continue;
    for (const field of Object.keys(type.getFields())) {
      for (const text of rules.fieldTags(type.name, field)) texts.add(text);
    }
  }
  const formats = [...texts]
    .map(parseTagFormat)
    .filter(({ placeholders, problem }) => placeholders.length > 0 && !problem)
    .map((format) => ({
      open: openTag(format),
      pattern: new RegExp(`^${format.literals.map(escapePattern).join('.*')}$`, 's'),
    }));
  known.set(rules, formats);
  return formats;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
