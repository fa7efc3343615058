import { getNamedType, isCompositeType, isNonNullType, type GraphQLObjectType } from 'graphql';
import { argumentsOf } from '../answer/arguments';
import { namedBy } from '../answer/chosen';
import { missingTags, throughTags } from '../answer/collect';
import { openTag } from '../answer/expand-tags';
import { stepsOfRequest } from '../policy/argument-paths';
import type { Question } from '../answer/question';
import type { FieldPlan, ObjectPlan, Selection } from '../answer/selection';
import { isInternal } from '../answer/internal-fields';
import { possibleTypes } from '../policy/type-shape';
import { declaredTag, formatTag } from '../purge/tag';
import type { AnswerTags } from './explanation';

/**
 * Fields and types looked at before the rest is left out: some twenty milliseconds' worth. Only interfaces and unions of
 * hundreds of types, within each other, take more.
 */
const MAX_STEPS = 2000;

/**
 * The tags that answers to an operation can carry, found by walking the very plans that answers are read by. Wherever an
 * object may be of several types, all of them count.
 *
 * @param variables with defaults applied; a placeholder in the place of a value shows up in the tags made with it
 */
export function answerTags(question: Question, variables: Readonly<Record<string, unknown>>): AnswerTags {
  const walk = new TagWalk(variables);
  const plan = question.root.planFor(question.rootType);
  if (plan) walk.fields(plan);
  return {
    entities: [...walk.entities].sort(),
    types: [...walk.types].sort(),
    lists: [...walk.lists].sort(),
    changes: [...walk.changes].sort(),
    declared: [...walk.declared].sort(),
    ifMissing: [...walk.ifMissing].sort(),
    isCut: walk.steps > MAX_STEPS,
  };
}

class TagWalk {
  readonly entities = new Set<string>();
  readonly types = new Set<string>();
  readonly lists = new Set<string>();
  readonly changes = new Set<string>();
  readonly declared = new Set<string>();
  readonly ifMissing = new Set<string>();
  steps = 0;
  readonly #argumentSteps = stepsOfRequest();

  constructor(readonly variables: Readonly<Record<string, unknown>>) {}

  fields(plan: ObjectPlan): void {
    for (const field of plan.fields) {
      if (++this.steps > MAX_STEPS) return;
      this.#declared(plan, field);
      for (const tag of field.listTags) this.lists.add(tag);
      for (const tag of field.changeTags) this.changes.add(tag);
      if (field.argumentsOf)
        for (const tag of throughTags(plan, field, this.variables, this.#argumentSteps) ?? [])
          this.changes.add(tag);
      if (!field.selection) continue;
      if (!isInternal(field.responseKey)) this.#missing(field);
      this.#below(field, field.selection);
    }
  }

  #below(field: FieldPlan, selection: Selection): void {
    const type = getNamedType(field.definition.type);
    if (!isCompositeType(type)) return;
    for (const { name } of possibleTypes(selection.source.schema, type)) {
      if (++this.steps > MAX_STEPS) return;
      const plan = selection.planFor(name);
      if (!plan) continue;
      if (plan.keys) this.entities.add(`${plan.tagName}:${plan.keyNames.map((key) => `<${key}>`).join(':')}`);
      else this.types.add(name);
      if (plan.keys) this.#chosen(field, plan);
      for (const { text } of plan.tags) this.declared.add(text);
      this.fields(plan);
    }
  }

  /** What the object will show is not known: that its arguments could name it is enough. */
  #chosen({ chosen }: FieldPlan, { source: { schema, rules }, type }: ObjectPlan): void {
    const object = schema.getType(type) as GraphQLObjectType;
    if (!chosen || namedBy(rules, chosen, object, () => undefined, this.variables)) return;
    for (const tag of chosen.tags) this.lists.add(tag);
  }

  #declared({ keyNames }: ObjectPlan, field: FieldPlan): void {
    if (field.tags.length === 0) return;
    const key = Object.fromEntries(keyNames.map((name) => [name, `<${name}>`]));
    const values = { args: argumentsOf(field, this.variables), key };
    for (const format of field.tags) {
      const text = format.render(values);
      if (format.problem !== undefined) this.declared.add(format.text);
      else this.declared.add(formatTag(text === undefined ? openTag(format) : declaredTag(text)));
    }
  }

  /** The same choice that the collector makes when a single object is null. */
  #missing(field: FieldPlan): void {
    const { missing, definition } = field;
    if (!missing || isNonNullType(definition.type)) return;
    for (const tag of missingTags(missing, argumentsOf(field, this.variables))) this.ifMissing.add(tag);
  }
}
