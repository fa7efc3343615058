import type { GraphQLCompositeType, GraphQLField, GraphQLObjectType } from 'graphql';
import type { EntityKey, NamedEntities } from '../policy/named-entities';
import type { Touch, Touches } from '../policy/touched-types';
import { possibleTypes } from '../policy/type-shape';
import { listTag, typeTag, type Tag } from '../purge/tag';
import type { PlanSource } from './selection';

/** An entity, and references of it that nothing is known of yet. */
export interface Wanted extends EntityKey {
  readonly references: readonly GraphQLField<unknown, unknown>[];
}

/** What one field of a mutation purges, while that is being found out: lists, all of a type, what a reference leads to. */
export class PurgedTags {
  readonly tags = new Set<Tag>();
  /** those of them that are in the same lists as before; see `Touch.keepsLists` */
  readonly keeping = new Set<Tag>();
  readonly wanted: Wanted[] = [];
  /** false: `@purges` says which lists instead */
  withLists = true;
  /** false: `@purges` says that nothing changes of what is only referred to */
  withReferences = true;
  readonly #touches: Touches;
  readonly #touch: Touch;
  readonly #named: NamedEntities;

  constructor(
    readonly source: PlanSource,
    {
      touches,
      touch,
      named,
    }: { readonly touches: Touches; readonly touch: Touch; readonly named: NamedEntities },
  ) {
    this.#touches = touches;
    this.#touch = touch;
    this.#named = named;
  }

  lists({ name }: GraphQLCompositeType): void {
    if (this.withLists) this.tags.add(listTag(this.source.rules.tagName(name)));
  }

  all(type: GraphQLCompositeType): void {
    const viewed = possibleTypes(this.source.schema, type).flatMap((one) => this.#touches.viewedBy(one));
    for (const { name } of [type, ...viewed]) this.tags.add(typeTag(this.source.rules.tagName(name)));
  }

  /** Whether an argument, or `@purges`, says where a reference leads. */
  isKnown(owner: GraphQLObjectType, field: GraphQLField<unknown, unknown>): boolean {
    const { effect, declared } = this.#touch;
    if (declared.size === 0 && this.#named.entities.length === 0) return false;
    const others = this.#touches.references(owner).filter((one) => one !== field);
    return this.#touches.targetsOf(field).some((type) => {
      if (declared.has(type.name) || this.#named.knows(type, field.name, owner)) return true;
      // What something new is made with is its own, where it has but one of the type.
      const isMade = effect === 'creates' || effect === 'either';
      const isOnly = !others.some((one) => this.#touches.targetsOf(one).includes(type));
      return isMade && isOnly && this.#named.callsByType(type);
    });
  }

  refersTo(type: GraphQLObjectType, target: GraphQLObjectType): boolean {
    return this.#touches.references(type).some((field) => this.#touches.targetsOf(field).includes(target));
  }

  /** A reference of which nothing is known. @param ifFigures only where something could follow: nor is what it is of */
  lose(owner: GraphQLObjectType, field: GraphQLField<unknown, unknown>, ifFigures = false): void {
    if (!this.isKnown(owner, field)) this.purgeTargets(field, ifFigures);
  }

  purgeTargets(field: GraphQLField<unknown, unknown>, ifFigures: boolean): void {
    if (!this.withReferences) return;
    for (const type of this.#touches.targetsOf(field))
      if (!ifFigures || this.#touches.hasFigures(type)) this.all(type);
  }

  /**
   * All that an object of a type may refer to, of which nothing is known: where that has figures.
   * @param mayMove what an argument says of it may be true no longer
   */
  loseAll(type: GraphQLObjectType, mayMove = false): void {
    for (const field of this.#touches.references(type))
      if (mayMove) this.purgeTargets(field, true);
      else this.lose(type, field, true);
    this.keylessReferences(type);
  }

  /** What an object of a type refers to and what has no key. */
  keylessReferences(type: GraphQLObjectType): void {
    if (this.withReferences) for (const one of this.#touches.keylessReferences(type)) this.all(one);
  }

  /** References that can still be asked for, unless the arguments tell where they lead. */
  want(
    { type, key }: EntityKey,
    references: readonly GraphQLField<unknown, unknown>[],
    ifFigures = false,
  ): void {
    if (!this.withReferences) return;
    const left = references.filter((field) => {
      if (this.isKnown(type, field)) return false;
      return !ifFigures || this.#touches.targetsOf(field).some((target) => this.#touches.hasFigures(target));
    });
    if (left.length > 0) this.wanted.push({ type, key, references: left });
  }
}
