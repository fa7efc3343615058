import { isCompositeType, type GraphQLSchema } from 'graphql';
import { didYouMean } from 'graphql/jsutils/didYouMean';
import { suggestionList } from 'graphql/jsutils/suggestionList';
import type { Rules } from '../../policy/rules';
import { isTypeName } from '../../policy/type-shape';

/** `Product:7`, `[Product]`, `~Product`, `~[Product]`: what can be about a type alone. */
const OF_A_TYPE = /^(?:([_A-Za-z]\w*):.*|~?\[([_A-Za-z]\w*)\]|~([_A-Za-z]\w*))$/s;
const NAME = /^[_A-Za-z]\w*$/;

/**
 * What a purge names that the schema does not have, as sentences: it is purged as it was written, and most likely something
 * else was meant. A bare name may be a declared tag; so it counts only where a type is called almost like it.
 * @param tags as users write them
 */
export function unknownTypes(
  tags: readonly string[],
  { schema, rules }: { readonly schema: GraphQLSchema; readonly rules: Rules },
): string[] {
  const types = Object.values(schema.getTypeMap())
    .filter((type) => isCompositeType(type) && !type.name.startsWith('__'))
    .map(({ name }) => name);
  const names = new Set<string>();
  for (const tag of tags) {
    const [, ofEntity, ofList, ofChange] = OF_A_TYPE.exec(tag) ?? [];
    const name = ofEntity ?? ofList ?? ofChange ?? (NAME.test(tag) ? tag : undefined);
    if (name === undefined || isTypeName(schema, rules, name)) continue;
    if (name !== tag || suggestionList(name, types).length > 0) names.add(name);
  }
  return [...names].map(
    (name) => `The schema has no type ${name}.${didYouMean(suggestionList(name, types))}`,
  );
}
