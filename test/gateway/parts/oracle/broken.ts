import type { GraphQLCompositeType } from 'graphql';
import type { ClassMask, PartPlace } from '../../../../src/gateway/parts/classes';
import type { PlacedError } from '../../../../src/gateway/parts/errors';
import type { Identity } from '../../../../src/gateway/parts/identity';
import { Merging } from '../../../../src/gateway/parts/merge';
import { SpineOrder, type SpineStep } from '../../../../src/gateway/parts/order';
import { Plans, type Plan, type Whole } from '../../../../src/gateway/parts/plan';
import type { FlatSet } from '../../../../src/gateway/parts/specialise';
import { MOST_PARTS, type Half, type Play } from './play';

/** Answers that are put together with a rule left out. */
export const BROKEN: readonly [rule: string, half: Half, broken: Partial<Play>][] = [
  [
    'an object has the same key',
    'changing',
    merging(
      class extends Merging {
        protected override areSame(): boolean {
          return true;
        }
      },
    ),
  ],
  [
    'a null has a reason',
    'changing',
    merging(
      class extends Merging {
        protected override mayBeNull(): boolean {
          return true;
        }
      },
    ),
  ],
  [
    'what has no key is not cut',
    'changing',
    planning(
      class extends Plans {
        protected override identityOf(type: GraphQLCompositeType): Identity | undefined {
          return super.identityOf(type) ?? { additions: [], signature: '', classes: [0, 0], isSingle: false };
        }
      },
    ),
  ],
  [
    'what is PRIVATE is not shared',
    'still',
    planning(
      class extends Plans {
        override planOf(...[bound, hasCredentials]: Parameters<Plans['planOf']>): Plan | Whole {
          const plan = super.planOf(bound, hasCredentials);
          return plan.kind === 'whole'
            ? plan
            : { ...plan, slots: plan.slots.map((slot) => ({ ...slot, class: 'shared' as const })) };
        }
      },
    ),
  ],
  [
    'a null wins',
    'still',
    merging(
      class extends Merging {
        protected override nullsIn(...[values, slices]: Parameters<Merging['nullsIn']>): ClassMask {
          const nulls = super.nullsIn(values, slices);
          return nulls === slices ? nulls : 0;
        }
      },
    ),
  ],
  [
    'members are in the order of their types',
    'still',
    planning(
      class extends Plans {
        protected override orderOf(flat: FlatSet, root: PartPlace): SpineOrder {
          return new FirstMet(this.knowledge.schema, [flat], root);
        }
      },
    ),
  ],
  [
    'errors are in the order of the document',
    'still',
    merging(
      class extends Merging {
        protected override errorsOf(errors: readonly PlacedError[]) {
          return errors.map(({ error, path }) => ({ ...error, path }));
        }
      },
    ),
  ],
  [
    'errors below one null are of one slot',
    'still',
    merging(
      class extends Merging {
        protected override errorsOf(errors: readonly PlacedError[]) {
          return super.errorsOf(errors, []);
        }
      },
    ),
  ],
];

class FirstMet extends SpineOrder {
  override stepsFor(type: string): readonly SpineStep[] | undefined {
    return super.stepsFor(type)?.toSorted((a, b) => a.place.index - b.place.index);
  }

  protected override next(sets: readonly FlatSet[], place: PartPlace): SpineOrder {
    return new FirstMet(this.schema, sets, place);
  }
}

function merging(Broken: typeof Merging): Partial<Play> {
  return { merge: (...given) => new Broken(...given).run() };
}

function planning(Broken: typeof Plans): Partial<Play> {
  return { makePlans: (knowledge) => new Broken(knowledge, MOST_PARTS) };
}
