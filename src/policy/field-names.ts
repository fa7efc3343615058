import {
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { computedValues } from './computed';
import { ASKING, beginsWith, wordsOf } from './name-words';
import type { Rules } from './rules';
import { connectionNode, elementTypes, hasList, isKeyless, isRootType, possibleTypes } from './type-shape';

/** What a name that an argument uses says of a type's fields. */
export interface NamedField {
  /** the types of the objects that the field leads to; empty for a plain value */
  readonly leadsTo: readonly GraphQLCompositeType[];
  /** the types any change of which may change a plain value: see `Computed.follows` */
  readonly follows: readonly GraphQLCompositeType[];
  /** what follows the field's name: `name`, `contains` in `authorNameContains` */
  readonly rest: readonly string[];
  /** a word before the field's name asks whether there is any: `hasReviews` */
  readonly isAsked?: boolean;
}

/** Objects without a key within others without one: a payload, the entity in it, its attributes. */
const MOST_NESTED = 2;

/** Types behind an interface or union whose fields are looked at. */
const MOST_TYPES = 32;

const MOST_REMEMBERED = 5000;

interface KnownField {
  readonly words: readonly string[];
  readonly leadsTo: readonly GraphQLCompositeType[];
  readonly follows: () => readonly GraphQLCompositeType[];
}

/** Words around the name of what a limit is set to: `minStars`, `onlyVerified`, `priceFrom`. */
const LIMITS = new Set(
  'above after at before below exclude from greater gt gte include least less lt lte max maximum min minimum more most only over since than to under until'.split(
    ' ',
  ),
);

/** The fields of one type by the words of their names, those of objects without a key that are part of it among them. */
export class FieldNames {
  readonly #fields: KnownField[] = [];
  readonly #found = new Map<string, NamedField | null>();
  #targets: readonly GraphQLCompositeType[] | undefined;

  constructor(schema: GraphQLSchema, rules: Rules, type: GraphQLCompositeType) {
    const seen = new Set<GraphQLCompositeType>();
    let level: readonly GraphQLCompositeType[] = [type, ...possibleTypes(schema, type).slice(0, MOST_TYPES)];
    for (let depth = 0; depth <= MOST_NESTED && level.length > 0; depth++) {
      const parts: GraphQLCompositeType[] = [];
      for (const one of level) {
        if (seen.has(one) || isUnionType(one)) continue;
        seen.add(one);
        for (const field of Object.values(one.getFields())) {
          const named = getNamedType(field.type);
          const leadsTo =
            isCompositeType(named) && !isRootType(schema, named) ? targetsOf(schema, rules, field.type) : [];
          // Few are asked for.
          const follows = () => (isObjectType(one) ? computedValues(schema, rules).follows(one, field) : []);
          this.#fields.push({ words: wordsOf(field.name), leadsTo, follows });
          if (isCompositeType(named) && !hasList(field.type) && isKeyless(schema, named, rules))
            parts.push(named);
        }
      }
      level = parts;
    }
  }

  /** The field with the longest name that a name begins with; of two the one that leads to objects. */
  find(name: string): NamedField | undefined {
    let found = this.#found.get(name);
    if (found === undefined) {
      found = this.#findNamed(wordsOf(name)) ?? null;
      // Names within a custom scalar are as many as clients invent.
      if (this.#found.size >= MOST_REMEMBERED) this.#found.clear();
      this.#found.set(name, found);
    }
    return found ?? undefined;
  }

  #findNamed(words: readonly string[]): NamedField | undefined {
    const found = this.findWords(words);
    if (found || words.length < 2) return found;
    if (!ASKING.has(words[0]!)) return this.findLimited(words);
    const asked = this.findWords(words.slice(1));
    return asked && asked.leadsTo.length > 0 ? { ...asked, isAsked: true } : undefined;
  }

  /** The plain value that a limit is set to by these words: `stars` in `minStars`. */
  findLimited(words: readonly string[]): NamedField | undefined {
    const limited = words.filter((word) => !LIMITS.has(word) && !ASKING.has(word));
    const found = this.findWords(limited);
    return found?.leadsTo.length === 0 && found.rest.length === 0 ? found : undefined;
  }

  /** The types that the fields lead to. */
  get targets(): readonly GraphQLCompositeType[] {
    return (this.#targets ??= [...new Set(this.#fields.flatMap(({ leadsTo }) => leadsTo))]);
  }

  findWords(words: readonly string[]): NamedField | undefined {
    let found: KnownField | undefined;
    for (const field of this.#fields) {
      if (!beginsWith(words, field.words)) continue;
      const more = field.words.length - (found?.words.length ?? 0);
      if (more > 0 || (more === 0 && found?.leadsTo.length === 0)) found = field;
    }
    return (
      found && {
        leadsTo: found.leadsTo,
        follows: found.follows(),
        rest: words.slice(found.words.length),
      }
    );
  }
}

/** The objects that a field leads to: those in its list, and through objects without a key the ones that these are about. */
function targetsOf(
  schema: GraphQLSchema,
  rules: Rules,
  type: GraphQLOutputType,
): readonly GraphQLCompositeType[] {
  const named = getNamedType(type) as GraphQLCompositeType;
  const isList = hasList(type) || connectionNode(type, rules) !== undefined;
  const targets = new Set([...(isList ? [] : [named]), ...elementTypes(schema, type, rules)]);
  let level: readonly GraphQLCompositeType[] = [...targets];
  for (let depth = 0; depth < MOST_NESTED; depth++) {
    level = level.flatMap((one) => {
      if (!isKeyless(schema, one, rules)) return [];
      const singles = Object.values(one.getFields()).filter((field) => !hasList(field.type));
      return singles.map((field) => getNamedType(field.type)).filter(isCompositeType);
    });
    for (const one of level) if (!isRootType(schema, one)) targets.add(one);
  }
  return [...targets];
}
