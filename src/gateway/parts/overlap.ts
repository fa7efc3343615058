import { getNamedType, isObjectType, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { argumentsOf } from '../../answer/arguments';
import { PART_PREFIX, PART_TYPE } from '../../policy/part-names';
import { readJson, writeJson } from '../../json/exact-number';
import { withoutRemoved } from '../../json/text';
import type { Knowledge } from '../../operation/operation';
import { fieldOf } from '../../policy/type-shape';
import type { PartPlace } from './classes';
import { mismatch, MOST_LOOKED_INTO, sizeOf, type Mismatch, type SlotAnswer } from './combined';
import { fieldsFor } from './order';
import type { Plan } from './plan';
import type { FlatField, FlatSet } from './specialise';

type Values = Readonly<Record<string, unknown>>;

/**
 * Compares what several slots of a plan show of the same objects, and removes what they asked for only for that
 * comparison: an answer never shows two values of one field, with equal arguments, of one entity (P71). Only below
 * the spine, where the merge copies texts: on the spine the merge itself compares keys.
 */
export class Overlap {
  readonly #members = new WeakMap<readonly FlatSet[], Map<string, readonly Member[]>>();
  readonly #rootSets: readonly FlatSet[];

  constructor(
    readonly knowledge: Pick<Knowledge, 'schema' | 'rules'>,
    readonly parts: {
      readonly flat: FlatSet;
      readonly place: PartPlace;
      /** whose fields are compared */
      readonly types: ReadonlySet<GraphQLObjectType>;
    },
  ) {
    this.#rootSets = [parts.flat];
  }

  /**
   * @param variables undefined: nothing is compared
   * @returns what the slots say without what was added
   */
  read(
    plan: Plan,
    answers: readonly SlotAnswer[],
    variables: Values | undefined,
  ): readonly SlotAnswer[] | Mismatch {
    if (sizeOf(answers) > MOST_LOOKED_INTO) return mismatch('request-error', []);
    const shown = variables && new Shown(variables);
    const data = answers.map(({ value }) => (value === undefined ? undefined : readJson(value)));
    for (const { responseKey, slots, isTypeName, sets, place, certainType } of this.#rootMembers(plan)) {
      if (isTypeName) continue;
      for (const slot of slots) {
        const at = { slot, shown, hasErrors: answers[slot]!.errors.length > 0 };
        if (!this.#value(data[slot], { sets, place, certainType }, at)) return mismatch('shape', [slot]);
        if (shown?.differing) return mismatch('key', shown.differing, [responseKey]);
      }
    }
    return answers.map(({ value, errors }, slot) =>
      value === undefined
        ? { value, errors }
        : { value: withoutRemoved(value, data[slot], PART_PREFIX), errors },
    );
  }

  #rootMembers({ roots, rootType }: Plan) {
    const members = this.#membersOf(this.#rootSets, this.parts.place, rootType);
    return roots.map((root) => ({
      ...members.find(({ responseKey }) => responseKey === root.responseKey)!,
      slots: root.slots,
    }));
  }

  /** @returns false where the value is not what was asked for */
  #value(value: unknown, here: Here, at: At): boolean {
    if (value === null || value === undefined || here.sets.length === 0) return true;
    if (Array.isArray(value)) return value.every((item) => this.#value(item, here, at));
    if (typeof value !== 'object') return false;
    const object = value as Record<string, unknown>;
    const type = here.certainType ?? object[PART_TYPE];
    if (typeof type !== 'string') return false;
    const members = this.#membersOf(here.sets, here.place, type);
    if (at.shown) this.#note(at.shown, { object, type, members }, at);
    for (const member of members) {
      const inner = object[member.responseKey];
      if (member.sets.length > 0 && !this.#value(inner, member, at)) return false;
    }
    if (!here.place.isSpine)
      for (const name of Object.keys(object)) if (name.startsWith(PART_PREFIX)) delete object[name];
    return true;
  }

  #note(
    shown: Shown,
    {
      object,
      type,
      members,
    }: {
      readonly object: Values;
      readonly type: string;
      readonly members: readonly Member[];
    },
    { slot, hasErrors }: At,
  ): void {
    const { schema } = this.knowledge;
    if (!this.parts.types.has(schema.getType(type) as GraphQLObjectType)) return;
    const key = this.#keyOf(object, type);
    if (key === undefined) return;
    for (const member of members) {
      const value = object[member.responseKey];
      if (value === undefined || member.isTypeName) continue;
      const text = this.#textOf(value, member);
      // A null that an error explains is no value.
      if (!hasErrors || !text.includes('null')) shown.note(`${type} ${key}`, member, { slot, text });
    }
  }

  /** Of an object what it is, of others what they say. */
  #textOf(value: unknown, member: Member): string {
    if (member.sets.length === 0 || value === null || typeof value !== 'object') return writeJson(value);
    if (Array.isArray(value)) return `[${value.map((item) => this.#textOf(item, member)).join()}]`;
    const object = value as Values;
    const type = member.certainType ?? object[PART_TYPE];
    return typeof type === 'string' ? `${type} ${this.#keyOf(object, type) ?? ''}` : '';
  }

  #keyOf(object: Values, type: string): string | undefined {
    const names = this.knowledge.rules.keyFields(type);
    if (!names) return undefined;
    const members = Object.keys(object);
    const values: unknown[] = [];
    for (const name of names) {
      const prefix = `${PART_PREFIX}${name.length}_${name}_`;
      const value = object[members.find((member) => member.startsWith(prefix)) ?? ''];
      if (value === undefined || value === null) return undefined;
      values.push(value);
    }
    return writeJson(values);
  }

  #membersOf(sets: readonly FlatSet[], place: PartPlace, type: string): readonly Member[] {
    let byType = this.#members.get(sets);
    if (!byType) this.#members.set(sets, (byType = new Map()));
    let members = byType.get(type);
    if (!members) byType.set(type, (members = this.#makeMembers(sets, place, type)));
    return members;
  }

  #makeMembers(sets: readonly FlatSet[], place: PartPlace, typeName: string): readonly Member[] {
    const { schema } = this.knowledge;
    const type = schema.getType(typeName);
    if (!isObjectType(type)) return [];
    return [...fieldsFor(schema, sets, typeName)].map(([responseKey, fields]): Member => {
      const [first] = fields;
      const definition = fieldOf(type, first!.node.name.value);
      const named = definition && getNamedType(definition.type);
      return {
        responseKey,
        field: first!,
        definition,
        isTypeName: first!.returns === undefined,
        sets: fields.flatMap(({ below }) => (below ? [below] : [])),
        place: place.children.get(responseKey)!,
        certainType: isObjectType(named) ? named.name : undefined,
      };
    });
  }
}

/** A place in an answer, and what is asked for there. */
interface Here {
  readonly sets: readonly FlatSet[];
  readonly place: PartPlace;
  readonly certainType: string | undefined;
}

/** A member of the objects of one type in one place. */
interface Member extends Here {
  readonly responseKey: string;
  readonly field: FlatField;
  readonly definition: GraphQLField<unknown, unknown> | undefined;
  readonly isTypeName: boolean;
}

interface At {
  readonly slot: number;
  readonly shown: Shown | undefined;
  readonly hasErrors: boolean;
}

/** What was shown, of which object, by which slot first. */
class Shown {
  /** the slots that show two values of one field */
  differing: readonly number[] | undefined;
  readonly #values = new Map<string, { readonly slot: number; readonly text: string }>();
  readonly #arguments = new Map<FlatField, string>();

  constructor(readonly variables: Values) {}

  note(
    entity: string,
    { field, definition }: Member,
    value: { readonly slot: number; readonly text: string },
  ): void {
    const name = `${entity} ${field.node.name.value}${this.#argumentsOf(field, definition)}`;
    const before = this.#values.get(name);
    if (!before) this.#values.set(name, value);
    else if (before.slot !== value.slot && before.text !== value.text)
      this.differing ??= [before.slot, value.slot];
  }

  #argumentsOf(field: FlatField, definition: Member['definition']): string {
    if (!definition || definition.args.length === 0) return '';
    const known = this.#arguments.get(field);
    if (known !== undefined) return known;
    const text = writeJson(argumentsOf({ definition, node: field.node }, this.variables));
    this.#arguments.set(field, text);
    return text;
  }
}
