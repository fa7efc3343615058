import { print } from 'graphql';
import { merge } from '../../../../src/gateway/parts/merge';
import { Plans, type Plan } from '../../../../src/gateway/parts/plan';
import type { Knowledge } from '../../../../src/operation/operation';
import { readRules } from '../../../../src/policy/rules';
import { seededRandom } from '../../../kit/random';
import { checkChanging, checkLate, checkStill, compile, type Outcome, type Subject } from './check-one';
import { makeOperation, type MadeOperation } from './operations';
import { makeWorld } from './world';

/** Operations over one made-up schema: what is learnt of it the first time costs more than an operation. */
const PER_WORLD = 125;

/**
 * Which data is asked: `still`, that stays the same; `late`, the same from resolvers that answer later; `changing`, that is
 * another one for each slot.
 */
export type Half = 'still' | 'late' | 'changing';

export interface Play {
  readonly operations: number;
  readonly seed: number;
  /** of how many operations that are cut one is played so */
  readonly every: Readonly<Partial<Record<Half, number>>>;
  /** what is played instead of the plans and the merge: a rule is left out */
  readonly makePlans?: (knowledge: Knowledge) => Plans;
  readonly merge?: typeof merge;
}

export interface Played {
  /** how many of each kind: `still equal`, `changing given up: key`, `whole: one-class` */
  readonly counts: Readonly<Record<string, number>>;
  /** the first answer that is not what it should be, with all that is needed to see why */
  readonly difference: string | undefined;
}

/** Slots that an operation is cut into at most: enough for all that is made up here. */
export const MOST_PARTS = 50;

const CHECKS: Readonly<Record<Half, (...of: Parameters<typeof checkStill>) => Promise<Outcome>>> = {
  still: async (...of) => checkStill(...of),
  late: checkLate,
  changing: async (...of) => checkChanging(...of),
};

/** What cannot even be asked is answered wrongly. */
function thrown(error: unknown): Outcome {
  return { kind: 'different', expected: 'an answer', got: String(error) };
}

/** Plays made-up operations over made-up schemas until one is answered wrongly. The same seed plays the same. */
export async function play({ operations, seed, every, makePlans, ...rest }: Play): Promise<Played> {
  const counts: Record<string, number> = {};
  const count = (what: string): number => (counts[what] = (counts[what] ?? 0) + 1);
  for (let done = 0; done < operations; done += PER_WORLD) {
    const number = seed * 1_000_003 + done / PER_WORLD;
    const world = makeWorld(number);
    const { schema, defaultMaxAge } = world;
    const knowledge = { schema, rules: readRules(schema, { defaultMaxAge }), configuration: '' };
    const plans = makePlans?.(knowledge) ?? new Plans(knowledge, MOST_PARTS);
    const subject: Subject = { world, knowledge, plans, merge: rest.merge ?? merge };
    const random = seededRandom(number);
    for (let at = done; at < Math.min(operations, done + PER_WORLD); at++) {
      const made = makeOperation(schema, random);
      const bound = compile(subject, made);
      if (!bound) {
        count('invalid');
        continue;
      }
      const hasCredentials = random.chance(0.5);
      const plan = plans.planOf(bound, hasCredentials);
      if (plan.kind === 'whole') {
        count(`whole: ${plan.why}`);
        continue;
      }
      const cuts = count('cut');
      if (plan.roots.some(({ below }) => below)) count('cut below the root');
      const cut = { plan, bound };
      const leak = findLeak(plan, hasCredentials);
      if (leak !== undefined) return { counts, difference: `${made.text}\n${leak}` };
      for (const half of ['still', 'late', 'changing'] as const) {
        const nth = every[half];
        if (nth === undefined || cuts % nth !== 0) continue;
        const outcome = await CHECKS[half](subject, cut, random).catch(thrown);
        count(`${half} ${outcome.kind}${'why' in outcome ? `: ${outcome.why}` : ''}`);
        if (outcome.kind === 'equal' && outcome.hasErrors) count(`${half} equal with errors`);
        if (outcome.kind === 'different')
          return { counts, difference: describeDifference(half, { sdl: world.sdl, made, outcome }) };
      }
    }
  }
  return { counts, difference: undefined };
}

/**
 * A slot whose class says more than the policy of its operation, which is worked out apart, from its text alone.
 * @returns its text
 */
function findLeak({ slots }: Plan, hasCredentials: boolean): string | undefined {
  const leaking = slots.find(({ class: partClass, operation: { policy } }) => {
    if (partClass === 'uncacheable') return false;
    const isShared = hasCredentials
      ? policy.scope === 'PUBLIC' && policy.declared
      : policy.scope === 'PUBLIC' || policy.isOpen;
    return policy.leastMaxAge === 0 || (partClass === 'shared' && !isShared);
  });
  return leaking && `${leaking.class} ${print(leaking.operation.document)}`;
}

function describeDifference(
  half: Half,
  {
    sdl,
    made: { text, variables },
    outcome,
  }: { sdl: string; made: MadeOperation; outcome: Outcome & { kind: 'different' } },
): string {
  const { expected, got } = outcome;
  return [`${half} data`, sdl, text, JSON.stringify(variables), `expected ${expected}`, `got ${got}`].join(
    '\n',
  );
}
