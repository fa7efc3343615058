import { writeJson } from '../../json/exact-number';
import { mismatch, type Mismatch, type PartError, type SlotAnswer } from './combined';
import type { Plan } from './plan';

/** The answer to an operation that was cut. */
export interface Merged {
  readonly kind: 'merged';
  /** the JSON text of `data` */
  readonly data: string;
  /** in the order of the document; without locations */
  readonly errors: readonly PartError[];
}

/**
 * Puts the answers to a plan's slots together to what upstream would have answered to the whole. Pure. Where all that is
 * cut is cut at the root it joins texts, and parses nothing.
 * @param answers of all slots, in their order; their texts of one kind: characters, or one for each byte
 */
export function merge(plan: Plan, answers: readonly SlotAnswer[]): Merged | Mismatch {
  const members: string[] = [];
  const errors: PartError[] = [];
  let isNull = false;
  for (const { responseKey, slots } of plan.roots) {
    const [slot] = slots;
    if (slot === undefined) {
      members.push(`"${responseKey}":"${plan.rootType}"`);
      continue;
    }
    const answer = answers[slot];
    if (!answer) return mismatch('shape', slots, [responseKey]);
    isNull ||= answer.value === undefined;
    members.push(`"${responseKey}":${answer.value}`);
    for (const error of answer.errors)
      errors.push({ ...error, path: [responseKey, ...error.path!.slice(1)] });
  }
  if (isNull) {
    const failed = [...answers.keys()].filter((index) => answers[index]!.errors.length > 0);
    if (failed.length !== 1) return mismatch(failed.length > 1 ? 'errors' : 'null', failed);
  }
  return { kind: 'merged', data: isNull ? 'null' : `{${members.join(',')}}`, errors };
}

/** The whole text of a merged answer, in the order of graphql-js. */
export function writeMerged({ data, errors }: Merged): string {
  return errors.length > 0 ? `{"errors":${writeJson(errors)},"data":${data}}` : `{"data":${data}}`;
}
