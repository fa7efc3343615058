import {
  getNamedType,
  isCompositeType,
  Kind,
  type GraphQLCompositeType,
  type GraphQLField,
  type SelectionSetNode,
} from 'graphql';
import type { Rules } from '../policy/rules';
import { parseTagFormat } from '../policy/tag-format';
import { fieldOf, hasList, listedTypes, possibleTypes } from '../policy/type-shape';
import {
  ANY_TAG,
  declaredSubject,
  HASHED_DECLARED,
  listTag,
  subjectOf,
  typeTag,
  type TagSubject,
} from '../purge/tag';
import type { Question } from './question';
import type { PlanSource, Selection } from './selection';

const known = new WeakMap<Question, ReadonlySet<TagSubject>>();

/**
 * What the tags of any answer to an operation can be about, whatever upstream says: the types and lists it can
 * contain, missing ones included, and the tags declared on them. Only tags that upstream adds itself can be about
 * more. Computed on first use.
 */
export function subjectsOf(question: Question): ReadonlySet<TagSubject> {
  const seen = known.get(question);
  if (seen) return seen;
  const subjects = new Set<TagSubject>();
  for (const each of fieldSubjects(question)) for (const subject of each) subjects.add(subject);
  for (const subject of placedSubjects(question)) subjects.add(subject);
  known.set(question, subjects);
  return subjects;
}

/** Fields and types gone through before all may be about anything. */
const MAX_STEPS = 2000;

/** What depends on where a field stands: lists that figures and chosen objects follow, and any change of types. */
function placedSubjects({ root, rootType }: Question): ReadonlySet<TagSubject> {
  const subjects = new Set<TagSubject>();
  const schema = root.source.schema;
  let steps = 0;

  function walk(selection: Selection, type: GraphQLCompositeType): void {
    for (const { name } of possibleTypes(schema, type)) {
      for (const field of selection.planFor(name)?.fields ?? []) {
        if (++steps > MAX_STEPS) return;
        const { listTags, changeTags, chosen, missing, argumentsOf, definition } = field;
        for (const tag of [...listTags, ...changeTags, ...(chosen?.tags ?? []), ...(missing?.tags ?? [])])
          subjects.add(subjectOf(tag));
        // Where the arguments lead is in their values.
        if (argumentsOf) subjects.add(ANY_TAG);
        const named = namedTypeOf(definition);
        if (field.selection && named) walk(field.selection, named);
      }
    }
  }

  const type = schema.getType(rootType);
  if (isCompositeType(type)) walk(root, type);
  if (steps > MAX_STEPS) subjects.add(ANY_TAG);
  return subjects;
}

/** What is known of each field that is selected: one set for each field of the schema, so that none is gone through twice. */
function fieldSubjects({ root: { source, sets }, rootType }: Question): Set<ReadonlySet<TagSubject>> {
  const { schema, fragments } = source;
  const found = new Set<ReadonlySet<TagSubject>>();
  const visited = new Set<SelectionSetNode>();

  function walk(set: SelectionSetNode, parent: GraphQLCompositeType): void {
    if (visited.has(set)) return;
    visited.add(set);
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        found.add(subjectsOfField(source, parent, selection.name.value));
        const named = namedTypeOf(fieldOf(parent, selection.name.value));
        if (named && selection.selectionSet) walk(selection.selectionSet, named);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value] : selection;
      if (!fragment) continue;
      const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
      walk(fragment.selectionSet, condition && isCompositeType(condition) ? condition : parent);
    }
  }

  const type = schema.getType(rootType);
  if (isCompositeType(type)) for (const set of sets) walk(set, type);
  return found;
}

const knownFields = new WeakMap<Rules, Map<string, ReadonlySet<TagSubject>>>();

/** The same of one field, on every object type that its parent may be: there it may be narrower, or carry tags of its own. */
function subjectsOfField(
  source: PlanSource,
  parent: GraphQLCompositeType,
  name: string,
): ReadonlySet<TagSubject> {
  const { schema, rules } = source;
  let fields = knownFields.get(rules);
  if (!fields) knownFields.set(rules, (fields = new Map()));
  const coordinate = `${parent.name}.${name}`;
  const seen = fields.get(coordinate);
  if (seen) return seen;
  const subjects = new Set<TagSubject>();
  for (const type of possibleTypes(schema, parent)) {
    const definition = fieldOf(type, name);
    if (!definition) continue;
    addDeclared(subjects, rules.fieldTags(type.name, name));
    const named = namedTypeOf(definition);
    if (!named) continue;
    for (const possible of possibleTypes(schema, named)) {
      subjects.add(subjectOf(typeTag(rules.tagName(possible.name))));
      addDeclared(subjects, rules.typeTags(possible.name));
    }
    for (const listed of listedTypes(schema, definition.type, rules))
      subjects.add(subjectOf(listTag(rules.tagName(listed.name))));
    if (!hasList(definition.type)) subjects.add(subjectOf(listTag(rules.tagName(named.name))));
  }
  fields.set(coordinate, subjects);
  return subjects;
}

function addDeclared(subjects: Set<TagSubject>, formats: readonly string[]): void {
  for (const { literals, placeholders } of formats.map(parseTagFormat)) {
    subjects.add(declaredSubject(literals[0] ?? '', placeholders.length === 0)).add(HASHED_DECLARED);
  }
}

function namedTypeOf(
  definition: GraphQLField<unknown, unknown> | undefined,
): GraphQLCompositeType | undefined {
  const named = definition && getNamedType(definition.type);
  return named && isCompositeType(named) ? named : undefined;
}
