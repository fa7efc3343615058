import { getNamedType, isAbstractType, isObjectType, type GraphQLSchema } from 'graphql';
import { fieldOf } from '../../policy/type-shape';
import { strictestIn, type ClassMask, type PartPlace } from './classes';
import type { FlatField, FlatSet } from './specialise';

/** One member of the objects of one type in one place on the spine. */
export interface SpineStep {
  readonly responseKey: string;
  readonly place: PartPlace;
  /** it is `__typename`: the merge writes it */
  readonly isTypeName: boolean;
  /** the classes of the slices that have it here; one, unless it is on the spine */
  readonly slices: ClassMask;
  /** the class of the one slice that has it whole */
  readonly index: number;
  /** undefined: what it holds is copied */
  readonly below: SpineOrder | undefined;
  /** the object type where only one is possible */
  readonly certainType: string | undefined;
}

/**
 * In which order the members of an answer's objects stand in one place on the spine: that of CollectFields (specification
 * 6.3.2), which depends on the object's type, and on those of all objects above it. The order for a type is made when the
 * first such object arrives.
 */
export class SpineOrder {
  readonly #steps = new Map<string, readonly SpineStep[]>();

  /** @param sets what was selected here, without spreads and conditions */
  constructor(
    readonly schema: GraphQLSchema,
    readonly sets: readonly FlatSet[],
    readonly place: PartPlace,
  ) {}

  /** @returns undefined for a name that is no object type of the schema */
  stepsFor(typeName: string): readonly SpineStep[] | undefined {
    const known = this.#steps.get(typeName);
    if (known) return known;
    const type = this.schema.getType(typeName);
    if (!isObjectType(type)) return undefined;
    const steps = [...fieldsFor(this.schema, this.sets, typeName).values()].map((same): SpineStep => {
      const [first] = same;
      const { responseKey, node } = first!;
      const place = this.place.children.get(responseKey)!;
      const returns = fieldOf(type, node.name.value)?.type;
      const named = returns && getNamedType(returns);
      return {
        responseKey,
        place,
        isTypeName: returns === undefined,
        slices: same.reduce((mask, field) => mask | place.maskOf(field), 0),
        index: strictestIn(place.classes),
        below: place.isSpine
          ? this.next(
              same.flatMap(({ below }) => (below ? [below] : [])),
              place,
            )
          : undefined,
        certainType: isObjectType(named) ? named.name : undefined,
      };
    });
    this.#steps.set(typeName, steps);
    return steps;
  }

  protected next(sets: readonly FlatSet[], place: PartPlace): SpineOrder {
    return new SpineOrder(this.schema, sets, place);
  }
}

/** CollectFields: of the objects of one type the fields under each response key, in order. */
export function fieldsFor(
  schema: GraphQLSchema,
  sets: readonly FlatSet[],
  typeName: string,
): ReadonlyMap<string, readonly FlatField[]> {
  const fields = new Map<string, FlatField[]>();
  const gather = (set: FlatSet): void => {
    for (const item of set) {
      if (item.kind === 'fragment') {
        if (applies(schema, item.condition.name, typeName)) gather(item.below);
        continue;
      }
      const same = fields.get(item.responseKey);
      if (same) same.push(item);
      else fields.set(item.responseKey, [item]);
    }
  };
  for (const set of sets) gather(set);
  return fields;
}

function applies(schema: GraphQLSchema, condition: string, typeName: string): boolean {
  if (condition === typeName) return true;
  const [abstract, type] = [schema.getType(condition), schema.getType(typeName)];
  return isAbstractType(abstract) && isObjectType(type) && schema.isSubType(abstract, type);
}
