import { getArgumentValues, isCompositeType, type GraphQLCompositeType } from 'graphql';
import { parseTagFormat, renderTag } from '../policy/tag-format';
import { isTypeName, possibleTypes } from '../policy/type-shape';
import { touchedTypes } from '../policy/touched-types';
import type { Rules } from '../policy/rules';
import { listTag, typeTag, type Tag } from '../purge/tag';
import type { Question } from './question';
import type { FieldPlan, PlanSource } from './selection';
import { expandTags, openTag } from './expand';

/** What a mutation touched, and which of its fields touched nothing that we can tell (P21). */
export interface Touched {
  readonly tags: ReadonlySet<Tag>;
  readonly silentFields: readonly string[];
}

/**
 * The tags a mutation purges besides the entities in its answer: the lists of the types its own fields return, what
 * `@purges` declares, and, where a field brought no answer, all answers that hold its types: it may have committed.
 *
 * @param data the answer's `data`; undefined or null when there is none
 */
export function touchedBy(
  operation: { readonly question: Question },
  data: Readonly<Record<string, unknown>> | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): Touched {
  const { root, rootType } = operation.question;
  const toucher = new Toucher(root.source, variables);
  const silentFields: string[] = [];
  for (const field of root.planFor(rootType)?.fields ?? []) {
    const value = data?.[field.responseKey];
    // With data present, a field that is not in it was skipped by a directive and did not run.
    if (data && value === undefined) continue;
    if (!toucher.field(field, value ?? null)) silentFields.push(field.definition.name);
  }
  return { tags: expandTags(root.source.schema, root.source.rules, toucher.tags), silentFields };
}

class Toucher {
  readonly tags = new Set<Tag>();
  readonly #rules: Rules;

  constructor(
    readonly source: PlanSource,
    readonly variables: Readonly<Record<string, unknown>>,
  ) {
    this.#rules = source.rules;
  }

  /** @returns whether the field can touch anything we know of */
  field(field: FieldPlan, value: unknown): boolean {
    const rule = this.#rules.purgeRule(field.definition.name);
    const types = touchedTypes(this.source.schema, this.#rules, field.definition);
    let touched = types.length > 0;
    let isWhole = true;
    for (const format of rule?.tags ?? []) {
      if (this.#declared(field, format)) touched = true;
      else isWhole = false;
    }
    for (const type of types) {
      // What is to be purged instead of all lists has to be known in full.
      if (rule?.lists !== false || !isWhole) this.tags.add(listTag(type.name));
      if (value === null) this.#everyAnswerWith(type);
      // What has no key is purged as a type, also behind an interface or union.
      for (const one of possibleTypes(this.source.schema, type))
        if (!this.#rules.keyFields(one.name)) this.#everyAnswerWith(one);
    }
    return touched;
  }

  #everyAnswerWith(type: GraphQLCompositeType): void {
    this.tags.add(typeTag(type.name));
  }

  /** @returns whether the format named a tag */
  #declared(field: FieldPlan, text: string): boolean {
    const { schema } = this.source;
    const format = parseTagFormat(text);
    const tag = renderTag(format, { args: this.#arguments(field) }, (name) =>
      isTypeName(schema, this.#rules, name),
    );
    if (tag !== undefined) {
      this.tags.add(tag);
      return true;
    }
    // A value is missing. Of an entity at least the type is known: purge all of it rather than nothing.
    const type = /^([_A-Za-z]\w*):/.exec(text)?.[1];
    const named = type === undefined ? undefined : schema.getType(type);
    if (isCompositeType(named)) {
      this.#everyAnswerWith(named);
      return true;
    }
    // An answer that was asked for without the value shows what any value could change.
    if (!format.problem) this.tags.add(openTag(format));
    return false;
  }

  #arguments(field: FieldPlan): Record<string, unknown> {
    try {
      return getArgumentValues(field.definition, field.node, this.variables);
    } catch {
      return {};
    }
  }
}
