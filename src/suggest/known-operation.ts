import { getNamedType, isCompositeType } from 'graphql';
import { isInternal } from '../answer/internal-fields';
import type { FieldPlan, ObjectPlan } from '../answer/selection';
import type { Operation } from '../operation/operation';
import { possibleTypes } from '../policy/type-shape';
import type { RecordedRun } from './read-log';
import { replay } from './replay';

/** What keeps answers to an operation from being kept, by what its fields do not say. */
export interface Obstructions {
  /** types without a declared maxAge, and root fields with plain values: each has to get one */
  readonly coordinates: ReadonlySet<string>;
  /** those of them that a root field returns or is: there, nothing can be inherited */
  readonly atRoot: ReadonlySet<string>;
  /** a field has maxAge 0 by declaration, or nothing can be said: it is not for us to change that */
  readonly isClosed: boolean;
  /** seconds: the smallest maxAge that is declared; Infinity without one */
  readonly declared: number;
  /** `Query.products` */
  readonly rootFields: ReadonlySet<string>;
}

const MAX_STEPS = 20_000;

/** Finds them by walking the plans that answers are read by, with every type that each place may have. */
export function findObstructions(operation: Operation): Obstructions {
  const walk = new ObstructionWalk();
  const { root, rootType } = operation.question;
  const plan = root.planFor(rootType);
  if (plan) walk.fields(plan, true);
  const { reason } = operation.policy;
  walk.isClosed ||= operation.incremental || reason === 'introspection' || reason === 'too-complex' || !plan;
  return walk;
}

class ObstructionWalk implements Obstructions {
  readonly coordinates = new Set<string>();
  readonly atRoot = new Set<string>();
  readonly rootFields = new Set<string>();
  isClosed = false;
  declared = Infinity;
  #steps = 0;

  fields(plan: ObjectPlan, isRoot: boolean): void {
    for (const field of plan.fields) {
      if (isInternal(field.responseKey)) continue;
      if (++this.#steps > MAX_STEPS) {
        this.isClosed = true;
        return;
      }
      if (isRoot) this.rootFields.add(`${plan.type}.${field.definition.name}`);
      this.#limit(plan, field, isRoot);
      this.#below(field);
    }
  }

  #limit(plan: ObjectPlan, { limit, definition }: FieldPlan, isRoot: boolean): void {
    if (!limit) return;
    if (limit.maxAge > 0) {
      this.declared = Math.min(this.declared, limit.maxAge);
      return;
    }
    if (limit.declared) {
      this.isClosed = true;
      return;
    }
    const type = getNamedType(definition.type);
    const coordinate = isCompositeType(type) ? type.name : `${plan.type}.${definition.name}`;
    this.coordinates.add(coordinate);
    if (isRoot) this.atRoot.add(coordinate);
  }

  #below({ selection, definition }: FieldPlan): void {
    const type = getNamedType(definition.type);
    if (!selection || !isCompositeType(type)) return;
    for (const { name } of possibleTypes(selection.source.schema, type)) {
      const plan = selection.planFor(name);
      if (plan) this.fields(plan, false);
    }
  }
}

/** An operation of the recording, or a part of one, as the schema knows it. */
export interface KnownOperation {
  readonly name: string;
  readonly operation: Operation;
  readonly runs: readonly RecordedRun[];
  /** of a part: which part of the operation's queries, and of upstream's time for them, it counts for; else 1 */
  readonly share: number;
  readonly obstructions: Obstructions;
  /** its answers differ by who asks, by declaration or as the recording shows */
  readonly isPrivate: boolean;
  /** milliseconds of upstream's time that it would take without any cache */
  readonly upstreamMs: number;
}

/** An operation for which nothing is proposed. */
export interface LeftOperation {
  readonly operation: string;
  readonly upstreamMs: number;
  readonly why: string;
}

/** Seconds within which answers to two people are compared. */
const COMPARED = 60;
/** Part of the shared hits that may show something else before it is taken to depend on who asks. */
const SUSPICIOUS = 0.02;

/**
 * Whether answers seem to depend on who asks: shared, they would differ far more often than among one's own. Where the
 * data change unseen, both differ alike.
 */
export function differsByWho(runs: readonly RecordedRun[]): boolean {
  const { hits, shared, foreign, stale } = replay(runs, { maxAge: COMPARED, isPrivate: false });
  if (shared === 0) return false;
  const own = hits - shared;
  return foreign / shared > Math.max(SUSPICIOUS, own > 0 ? (3 * stale) / own : 0);
}
