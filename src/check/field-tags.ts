import {
  getNamedType,
  isCompositeType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { computedValues } from '../policy/computed';
import { possiblePaths } from '../policy/possible-paths';
import { fieldShapes, type FieldShapes } from '../policy/field-shapes';
import { privacyOf } from '../policy/field-limit';
import type { Lifetimes } from './lifetimes';
import { countsValues, isAggregate, isPagingValue } from '../policy/paging';
import type { Rules } from '../policy/rules';
import {
  connectionNode,
  elementTypes,
  hasList,
  isEntity,
  isKeyless,
  isRootType,
  possibleTypes,
} from '../policy/type-shape';
import { changeTag, formatTag, membershipTag } from '../purge/tag';
import { definedFields, type DefinedField } from './subject';

/** What an answer with a field carries for that field, and why. Tags are as in `purge/tag.ts`. */
export interface FieldTags {
  /** schema coordinate */
  readonly field: string;
  readonly tags: readonly FieldTag[];
}

export interface FieldTag {
  /** `Post:<id>`, `[Post]`, `~Post` for any change of a Post, `~[Post]` for what may move one into lists or out of them */
  readonly tag: string;
  readonly because: string;
  /** the argument that has to be used for it: `filter.author` */
  readonly argument?: string;
}

/**
 * The fields of cached answers that carry tags of entities, lists or changes, each with all that it may carry. What an
 * answer really carries depends on what is selected and on its arguments: `lastmile explain` tells it of one operation.
 */
export function fieldTags(schema: GraphQLSchema, rules: Rules, lifetimes: Lifetimes): FieldTags[] {
  const shapes = fieldShapes(schema, rules);
  const fields = definedFields(schema).filter(
    ({ type, field }) => isObjectType(type) && lifetimes.ofField(type.name, field),
  );
  const figures = figuresByHolder(shapes, fields);
  return fields.flatMap(({ type, field, coordinate }) => {
    const tags = new Tags(shapes);
    tags.addField(type as GraphQLObjectType, field, figures);
    return tags.all.length > 0 ? [{ field: coordinate, tags: tags.all }] : [];
  });
}

/** What the plain values in objects without a key are about, wherever they are met. */
interface Figures {
  /** by the name of their type */
  readonly about: ReadonlyMap<string, ReadonlySet<GraphQLCompositeType>>;
  /** the names of those in which what is called a count may be a sum */
  readonly sums: ReadonlySet<string>;
}

function figuresByHolder(shapes: FieldShapes, fields: readonly DefinedField[]): Figures {
  const about = new Map<string, Set<GraphQLCompositeType>>();
  const sums = new Set<string>();
  const computed = computedValues(shapes.schema, shapes.rules);
  const holders = fields.flatMap(({ type, field }) => {
    const named = getNamedType(field.type);
    const isHolder =
      isObjectType(named) && isKeyless(shapes.schema, named, shapes.rules) && !hasList(field.type);
    return isHolder ? [{ type, field, named }] : [];
  });
  const sizes = () => [...about.values()].reduce((sum, types) => sum + types.size, sums.size);
  // What holds an object hands on what it is about itself: until nothing more is handed on.
  for (let before = -1; before < sizes();) {
    before = sizes();
    for (const { type, field, named } of holders) {
      const known = about.get(named.name) ?? new Set();
      about.set(named.name, known);
      const held = elementTypes(shapes.schema, named, shapes.rules);
      for (const one of [...shapes.of(type, field).about, ...held, ...(about.get(type.name) ?? [])])
        known.add(one);
      const isPage = connectionNode(field.type, shapes.rules) !== undefined;
      const isSum = isAggregate(field.name) || (!isPage && computed.holdsParts(held, named));
      if (sums.has(type.name) || isSum || countsValues(field)) sums.add(named.name);
    }
  }
  return { about, sums };
}

class Tags {
  readonly all: FieldTag[] = [];

  constructor(readonly shapes: FieldShapes) {}

  addField(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, figures: Figures): void {
    const { schema, rules } = this.shapes;
    const { elements, listed, about } = this.shapes.of(type, field);
    const named = getNamedType(field.type);
    const isRoot = isRootType(schema, type);
    if (isCompositeType(named)) {
      this.#entities(named);
      if (hasList(field.type) || elements.length > 0) {
        for (const one of listed)
          this.#list(one, elements.includes(one) ? 'it lists them' : 'what it lists is made of them');
      } else if (
        isRoot &&
        isEntity(schema, named, rules) &&
        privacyOf(schema, rules, type, field) !== 'private'
      ) {
        this.#list(named, 'another may be chosen, unless the arguments name the object');
      }
    }
    const isFigure = !isCompositeType(named) && isKeyless(schema, type, rules);
    const counted = [...about, ...(isFigure ? (figures.about.get(type.name) ?? []) : [])];
    const isSingle = isRoot || isKeyless(schema, type, rules);
    if (counted.length === 0 && isSingle && !isCompositeType(named))
      counted.push(...this.shapes.countedBy(type, field), ...this.shapes.spokenOfBy(type, field));
    const isCount = !isCompositeType(named) && isPagingValue(field.name, false, isRoot ? about : []);
    const isSum = !isCount || countsValues(field) || (isFigure && figures.sums.has(type.name));
    for (const one of counted) {
      this.#list(one, 'it is a figure about them');
      if (isCount) this.#change(one, 'it counts those that a filter lets through', undefined, membershipName);
      if (isSum) this.#change(one, isCount ? 'it may be a sum over them' : 'it is a figure about them');
    }
    for (const one of computedValues(schema, rules).follows(type, field))
      this.#change(one, 'it may be computed from them');
    const at = [
      ...elements,
      ...about,
      ...(isCompositeType(named) && isEntity(schema, named, rules) ? [named] : []),
    ];
    for (const [one, way] of possiblePaths(this.shapes, field, at).leadsTo) {
      if (at.length > 0) this.#change(one, 'it is filtered or ordered through them', way);
    }
  }

  #entities(type: GraphQLCompositeType): void {
    const { schema, rules } = this.shapes;
    for (const { name } of possibleTypes(schema, type)) {
      const key = rules.keyFields(name);
      if (key)
        this.#add({
          tag: `${rules.tagName(name)}:${key.map((field) => `<${field}>`).join(':')}`,
          because: 'it shows them',
        });
    }
  }

  #list({ name }: GraphQLCompositeType, because: string): void {
    this.#add({ tag: `[${this.shapes.rules.tagName(name)}]`, because });
  }

  #change(type: GraphQLCompositeType, because: string, argument?: string, nameOf = changeName): void {
    for (const { name } of possibleTypes(this.shapes.schema, type)) {
      const tag = nameOf(this.shapes.rules.tagName(name));
      this.#add({ tag, because, ...(argument !== undefined && { argument }) });
    }
  }

  #add(tag: FieldTag): void {
    if (!this.all.some((one) => one.tag === tag.tag && one.argument === tag.argument)) this.all.push(tag);
  }
}

function changeName(type: string): string {
  return formatTag(changeTag(type));
}

function membershipName(type: string): string {
  return formatTag(membershipTag(type));
}
