import { getNamedType } from 'graphql';
import { touchesOf } from '../policy/touched-types';
import { includedFields } from './operation-values';
import type { Question } from './question';
import type { MutationAnswer, RanField } from './returned';

/** The fields that ran: those at the root, and those in namespaces. */
export function* ranFields(
  question: Question,
  { data }: MutationAnswer,
  variables: Readonly<Record<string, unknown>>,
): Generator<RanField> {
  const { source } = question.root;
  const touches = touchesOf(source.schema, source.rules);
  let included: ReadonlySet<string> | undefined;

  function* below({ plan, value, path }: RanField): Generator<RanField> {
    const type = getNamedType(plan.definition.type);
    if (!plan.selection || !touches.leadsToMutations(plan.definition)) return;
    const object =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
    for (const inner of plan.selection.planFor(type.name)?.fields ?? []) {
      const held = object?.[inner.responseKey];
      // Left out by a directive. Where there is no answer any of them may have run.
      if (object && held === undefined) continue;
      const ran: RanField = { plan: inner, value: held, path: [...path, plan.responseKey] };
      yield ran;
      yield* below(ran);
    }
  }

  for (const plan of question.root.planFor(question.rootType)?.fields ?? []) {
    const value = data?.[plan.responseKey];
    // A field that a directive left out did not run. Any other has to be there: upstream may have lost it on the way.
    if (value === undefined && !(included ??= includedFields(question, variables)).has(plan.responseKey))
      continue;
    const ran: RanField = { plan, value, path: [] };
    yield ran;
    yield* below(ran);
  }
}
