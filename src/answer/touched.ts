import { isCompositeType, type GraphQLCompositeType, type GraphQLObjectType } from 'graphql';
import { stepsOfRequest, type Steps } from '../policy/argument-paths';
import { changedKeysOf } from '../policy/changed-keys';
import { isProcess } from '../policy/mutation-name';
import type { NamedEntities } from '../policy/named-entities';
import { parseTagFormat, renderTag } from '../policy/tag-format';
import { touchesOf, type Touch, type Touches } from '../policy/touched-types';
import { isTypeName, possibleTypes } from '../policy/type-shape';
import { typeOf, type Tag } from '../purge/tag';
import { argumentsOf } from './arguments';
import { expandTags, openTag } from './expand-tags';
import { createsWithin, purgeMadeWithin, type AskedMutation } from './made-within';
import { coerceVariables } from './operation-values';
import type { Question } from './question';
import { PurgedTags, type Wanted } from './purged-tags';
import { ranFields } from './ran-fields';
import { Failures, Returned, type MutationAnswer } from './returned';
import type { FieldPlan, PlanSource } from './selection';

/** What a mutation touched, and which of its fields touched nothing that we can tell (P21). */
export interface Touched {
  readonly tags: ReadonlySet<Tag>;
  /** those of them whose purge keeps all lists as they are: see `Purge` */
  readonly keeping: ReadonlySet<Tag>;
  readonly silentFields: readonly string[];
  /** entities whose references could not be asked for within the mutation: see `touchedReferences` */
  readonly wanted: readonly Wanted[];
}

/**
 * The tags a mutation purges. The same whatever its caller selected (P24):
 * - what it returns, directly or in payloads at any depth: entities with the lists of their types, objects without a key
 *   with all of their type;
 * - the single entities that these refer to, by themselves: figures of theirs may follow. Unless `@purges(references: false)`
 *   says that they do not: then neither that, nor what an argument names of them, nor a type to which something refers of
 *   which nothing is known;
 * - what its arguments name, and what its name is about: all of that type where nothing tells which, or where others of it
 *   change with it;
 * - what `@purges` declares.
 *
 * Where something is missing that should be there, or that could not be asked for, all answers with its type are purged:
 * it may have been changed. That goes for what failed, and for a mutation that brought no answer: it may have committed.
 */
export function touchedBy(
  operation: { readonly question: Question },
  answer: MutationAnswer,
  variables: Readonly<Record<string, unknown>>,
): Touched {
  const { question } = operation;
  const { source } = question.root;
  // Without their keys it is unknown which entities these are.
  if (!question.isCollected) answer = {};
  const { values } = coerceVariables(question, variables);
  const failures = new Failures(answer);
  const touched = { tags: new Set<Tag>(), silentFields: [] as string[], wanted: [] as Wanted[] };
  const keeping = new Set<Tag>();
  const moving = new Set<Tag>();
  const touches = touchesOf(source.schema, source.rules);
  const steps = stepsOfRequest();
  for (const ran of ranFields(question, answer, values)) {
    const { definition } = ran.plan;
    const mutationTags = new MutationTags(source, ran.plan, values, steps);
    const isSilent = mutationTags.conclude(new Returned(source, ran, failures));
    // Of a namespace its fields tell.
    if (isSilent && !touches.leadsToMutations(definition)) touched.silentFields.push(definition.name);
    const { purged } = mutationTags;
    for (const tag of purged.tags) {
      touched.tags.add(tag);
      (purged.keeping.has(tag) ? keeping : moving).add(tag);
    }
    touched.wanted.push(...purged.wanted);
  }
  for (const tag of moving) keeping.delete(tag);
  return { ...touched, tags: expandTags(source.schema, source.rules, touched.tags), keeping };
}

/** Says of one field of a mutation what it touched. */
class MutationTags {
  readonly purged: PurgedTags;
  readonly #mutation: AskedMutation;
  readonly #touches: Touches;
  readonly #touch: Touch;
  readonly #args: Readonly<Record<string, unknown>>;
  readonly #named: NamedEntities;
  readonly #subjects: ReadonlySet<GraphQLObjectType>;

  constructor(
    readonly source: PlanSource,
    plan: FieldPlan,
    variables: Readonly<Record<string, unknown>>,
    steps: Steps,
  ) {
    const touches = touchesOf(source.schema, source.rules);
    const touch = touches.of(plan.definition);
    const args = argumentsOf(plan, variables);
    const named = touch.names.in(args);
    const subjects = new Set(touch.subjects.flatMap((type) => possibleTypes(source.schema, type)));
    const purged = new PurgedTags(source, { touches, touch, named });
    this.#mutation = { source, plan, variables, args, touches, touch, named, subjects, purged, steps };
    this.#touches = touches;
    this.#touch = touch;
    this.#args = args;
    this.#named = named;
    this.#subjects = subjects;
    this.purged = purged;
  }

  /** @returns whether nothing says what it touches (P21) */
  conclude(returned: Returned): boolean {
    const { rule, carried, subjects, isNothing } = this.#touch;
    if (isNothing) return false;
    const declared = (rule?.tags ?? []).map((format) => this.#declared(format));
    const named = [...this.purged.tags];
    // What is to be purged instead of all lists, and of what is referred to, has to be known in full.
    const isKnown = !declared.includes(false);
    this.purged.withLists = rule?.lists !== false || !isKnown;
    this.purged.withReferences = this.#touch.withReferences || !isKnown;
    // Of a mutation that returns nothing of what it changes an operator who says what that is has said it all.
    if (carried.length === 0 && declared.length > 0 && isKnown) return false;
    for (const tag of [...this.#namedTags(), ...returned.told.keys()]) this.purged.tags.add(tag);
    if (this.purged.withReferences) for (const tag of returned.references.keys()) this.purged.tags.add(tag);
    this.#returned(returned);
    for (const subject of subjects) this.#subject(subject, returned);
    for (const type of this.#touch.others) {
      this.purged.all(type);
      // An argument says where these were: `completeAll(columnId)` may put them into another.
      if (!this.#subjects.has(type)) this.purged.loseAll(type, true);
    }
    // All that is known of it is what it was told: `like(postId: 7): Int!`.
    if (carried.length === 0 && subjects.length === 0) this.#given();
    purgeMadeWithin(this.#mutation, returned);
    for (const type of changedKeysOf(this.#touches, this.#touch).in(this.#args)) this.purged.all(type);
    if (isKnown) this.#keepLists(returned, named);
    return (
      carried.length === 0 && subjects.length === 0 && this.#named.tags.size === 0 && !declared.includes(true)
    );
  }

  /** What it returned is in the same lists as before, but for what it only refers to: that may follow. @param declared tags */
  #keepLists({ entities, references }: Returned, declared: readonly Tag[]): void {
    const { keepsLists, rule } = this.#touch;
    if (!keepsLists || (!this.#creates && rule!.tags.length > 0)) return;
    const others = new Set([...declared, ...references.keys()]);
    for (const [tag, entity] of entities)
      for (const reference of entity.references) if (reference !== tag) others.add(reference);
    for (const tag of entities.keys()) if (!others.has(tag)) this.purged.keeping.add(tag);
  }

  /** What the arguments name, but for what is only referred to where that is left alone. */
  #namedTags(): Tag[] {
    const { tags, valueTags } = this.#named;
    if (this.purged.withReferences) return [...tags];
    return [...tags].filter(
      (tag) =>
        !tag.includes(':') ||
        valueTags.has(tag) ||
        this.#touches.isPurgedWhereNamed(this.#touch, typeOf(tag)!),
    );
  }

  #returned(returned: Returned): void {
    const { entities, shown, lost, unasked, absent, lostReferences } = returned;
    const failed = new Set(returned.failed);
    const neighbours = this.#neighbours(returned);
    for (const [tag, entity] of entities) {
      this.purged.tags.add(tag);
      if (neighbours.has(tag)) continue;
      this.purged.lists(entity.type);
      if (this.purged.withReferences)
        for (const reference of entity.references) this.purged.tags.add(reference);
      this.purged.keylessReferences(entity.type);
      this.purged.want(entity, [...entity.unknown]);
    }
    for (const type of shown) {
      this.purged.all(type);
      this.purged.keylessReferences(type);
    }
    for (const type of lost) {
      // Beside what failed stands what the arguments name: that is known all the same.
      if (this.#isNamedBeside(type)) failed.delete(type);
      else this.purged.all(type);
    }
    for (const type of absent) {
      // A parent that a thing of the payload does not have is in no list because of it.
      const isParent = Array.from(entities.values()).some(({ type: child }) =>
        this.purged.refersTo(child, type),
      );
      if (!isParent || this.#subjects.has(type)) this.purged.lists(type);
    }
    for (const { type, name } of unasked) {
      this.purged.lists(type);
      const isSubject = this.#subjects.has(type);
      const isKnown = this.#named.knows(type, name) || this.#touch.declared.has(type.name);
      // Of two of a type one may be new, and it is unknown which.
      const isAlone =
        unasked.filter((one) => one.type === type).length === 1 && !this.#isThere(returned, type);
      if (!isKnown && !(this.#creates && isSubject && isAlone)) this.purged.all(type);
      if (isSubject || !isKnown) failed.add(type);
    }
    for (const type of failed) this.purged.loseAll(type);
    for (const { type, field } of lostReferences) this.purged.lose(type, field);
  }

  /** Whether a type is that of what something new was to refer to, and an argument says which one of it that is. */
  #isNamedBeside(type: GraphQLObjectType): boolean {
    if (this.#subjects.has(type)) return false;
    return [...this.#subjects].some((subject) =>
      this.#touches
        .references(subject)
        .some(
          (field) => this.#touches.targetsOf(field).includes(type) && this.purged.isKnown(subject, field),
        ),
    );
  }

  #isThere({ entities }: Returned, type: GraphQLObjectType): boolean {
    return Array.from(entities.values()).some((entity) => entity.type === type);
  }

  /** What an argument names is what the mutation is about, where nothing else says what that is. */
  #given(): void {
    for (const one of this.#named.entities) {
      this.purged.lists(one.type);
      this.purged.want(one, this.#touches.references(one.type), true);
      this.purged.keylessReferences(one.type);
    }
  }

  /** What the mutation's name is about, if it was not returned. */
  #subject(subject: GraphQLCompositeType, { entities, told }: Returned): void {
    this.purged.lists(subject);
    const types = new Set(possibleTypes(this.source.schema, subject));
    if (Array.from(entities.values()).some(({ type }) => types.has(type))) return;
    const named = this.#named.entities.filter(({ isSubject }) => isSubject);
    const known = [...named, ...told.values()].filter(({ type }) => types.has(type));
    const isDeclared = [...types].some(({ name }) => this.#touch.declared.has(name));
    const isEntity = [...types].some((type) => this.#touches.roleOf(type) === 'entity');
    if (!isEntity || (known.length === 0 && !isDeclared && !this.#creates)) this.purged.all(subject);
    // What it would have brought has been looked at.
    if (!isEntity || this.#touch.carried.some((type) => types.has(type))) return;
    // What is there still can be asked what it refers to.
    const isThere = known.length > 0 && this.#touch.effect !== 'deletes' && !this.#creates;
    const mayMove = !this.#creates && isProcess(this.#touch.field.name);
    if (!isThere) for (const type of types) this.purged.loseAll(type, mayMove);
    for (const one of isThere ? known : []) {
      this.purged.want(one, this.#touches.references(one.type), true);
      this.purged.keylessReferences(one.type);
    }
  }

  /** An insertion that says what to do on a conflict may change what was there. */
  get #creates(): boolean {
    const mayChange = Object.entries(this.#args).some(
      ([name, value]) => /conflict|upsert|duplicate/i.test(name) && value !== null && value !== undefined,
    );
    return this.#touch.effect === 'creates' && !mayChange;
  }

  /**
   * The entities of a payload that are not what the mutation is about, that were there before, and that another one in it
   * refers to: they stay in the lists that they are in. They were there before where an argument names them, or where the
   * other one is what the mutation changed.
   */
  #neighbours({ entities, references: ofShown }: Returned): ReadonlySet<Tag> {
    const { effect } = this.#touch;
    const changes = (effect === 'changes' || effect === 'deletes') && !createsWithin(this.#args);
    const neighbours = new Set<Tag>();
    // Of a mutation that may be about anything nothing is said to be beside it.
    if (this.#subjects.size === 0) return neighbours;
    const look = (reference: Tag, of: GraphQLObjectType): void => {
      const entity = entities.get(reference);
      if (!entity || this.#subjects.has(entity.type)) return;
      const wasThere = changes && this.#subjects.has(of);
      if (wasThere || this.#named.tags.has(reference)) neighbours.add(reference);
    };
    for (const [reference, of] of ofShown) look(reference, of);
    for (const [tag, { type, references }] of entities)
      for (const reference of references) if (reference !== tag) look(reference, type);
    return neighbours;
  }

  /** @returns whether the format named a tag */
  #declared(text: string): boolean {
    const { schema, rules } = this.source;
    const format = parseTagFormat(text);
    const tag = renderTag(format, { args: this.#args }, (name) => isTypeName(schema, rules, name));
    if (tag !== undefined) {
      this.purged.tags.add(tag);
      return true;
    }
    // A value is missing. Of an entity at least the type is known: purge all of it rather than nothing.
    const type = /^([_A-Za-z]\w*):/.exec(text)?.[1];
    const named = type === undefined ? undefined : schema.getType(type);
    if (isCompositeType(named)) {
      this.purged.all(named);
      return true;
    }
    // An answer that was requested without the value shows what any value could change.
    if (!format.problem) this.purged.tags.add(openTag(format));
    return false;
  }
}
