/**
 * Values for arguments, learnt from answers: an argument called `authorId` is given the id of an author that there is,
 * a filter of titles a title. What is not known is made up.
 */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from '../kit/random';
import { Digits, printLossless, type Lossless } from './lossless';

/** For a question values that select something, for a change mostly new ones. */
export type Purpose = 'question' | 'change';

/** Where a value goes: what it is about, and what it and the objects around it are called, the innermost first. */
interface Slot {
  readonly about: GraphQLCompositeType | undefined;
  readonly names: readonly string[];
  readonly purpose: Purpose;
}

/** Of each field as many values, the oldest and the newest. */
const KEPT = 40;
const DEEPEST_INPUT = 5;

/** Arguments that choose what a mutation changes. */
export const SELECTS = /^(where|filter|condition)$/;

export class Values {
  readonly #byField = new Map<string, Lossless[]>();
  readonly #byScalar = new Map<string, Lossless[]>();
  readonly #seen = new Set<string>();
  #made = 0;

  constructor(
    readonly schema: GraphQLSchema,
    readonly random: Random,
  ) {}

  learn(coordinate: string, value: Lossless): void {
    const text = `${coordinate} ${printLossless(value)}`;
    if (this.#seen.has(text) || text.length > 200) return;
    this.#seen.add(text);
    const [type = '', field = ''] = coordinate.split('.');
    const owner = this.schema.getType(type);
    const definition = isCompositeType(owner) && !isUnionType(owner) ? owner.getFields()[field] : undefined;
    keep(this.#byField, coordinate, value);
    if (definition) keep(this.#byScalar, getNamedType(definition.type).name, value);
  }

  /** @returns undefined when there is no value for it, so that what needs it cannot be asked */
  valueOf(type: GraphQLInputType, slot: Slot, depth = 0): Lossless | undefined {
    if (isNonNullType(type)) return this.valueOf(type.ofType, slot, depth);
    if (isListType(type)) {
      const elements = Array.from({ length: 1 + this.random.below(2) }, () =>
        this.valueOf(type.ofType, slot, depth),
      );
      return elements.includes(undefined) ? undefined : (elements as Lossless[]);
    }
    if (isEnumType(type)) return this.random.pick(type.getValues()).name;
    // What a change is narrowed down by must select something, as a question's filter must.
    if (isInputObjectType(type))
      return this.#object(
        type,
        SELECTS.test(slot.names[0]!) ? { ...slot, purpose: 'question' } : slot,
        depth,
      );
    return this.#leaf(type.name, slot);
  }

  #object(type: GraphQLInputObjectType, slot: Slot, depth: number): Lossless | undefined {
    if (depth > DEEPEST_INPUT) return undefined;
    const fields = Object.values(type.getFields());
    const members = new Map<string, Lossless>();
    for (const field of this.#chosen(type, fields, slot, depth)) {
      const lower = {
        ...slot,
        about: this.#subject(slot.about, field.name),
        names: [field.name, ...slot.names].slice(0, 4),
      };
      const value = this.valueOf(field.type, lower, depth + 1);
      if (value !== undefined) members.set(field.name, value);
      else if (isRequired(field)) return undefined;
    }
    return members.size > 0 || fields.every((field) => !isRequired(field)) ? members : undefined;
  }

  #chosen(
    type: GraphQLInputObjectType,
    fields: readonly GraphQLInputField[],
    { about, purpose }: Slot,
    depth: number,
  ): GraphQLInputField[] {
    if (type.isOneOf) return [this.random.pick(fields)];
    const optional = fields.filter((field) => !isRequired(field));
    const chosen = fields.filter(isRequired);
    if (purpose === 'question') {
      // What is hardest to keep true is a list that depends on another type: such filters are many, but few of all there are.
      const leadingOn = optional.filter(({ name }) => this.#subject(about, name) !== about);
      const some = leadingOn.length > 0 && this.random.chance(0.4) ? leadingOn : optional;
      if (some.length > 0) chosen.push(this.random.pick(some));
      if (optional.length > 0 && this.random.chance(0.25)) chosen.push(this.random.pick(optional));
    } else {
      for (const field of optional) {
        const isObject = isInputObjectType(getNamedType(field.type));
        // A row seldom gets another key.
        const likely = isObject ? 0.5 / (1 + depth) : /^(id|rowId|nodeId)$/.test(field.name) ? 0.1 : 0.5;
        if (this.random.chance(likely)) chosen.push(field);
      }
      if (chosen.length === 0 && optional.length > 0) chosen.push(this.random.pick(optional));
    }
    return [...new Set(chosen)];
  }

  /** An input member called like a field that leads to another type is about that type. */
  #subject(about: GraphQLCompositeType | undefined, name: string): GraphQLCompositeType | undefined {
    if (!about || isUnionType(about)) return about;
    const field = about.getFields()[name];
    return (field && isCompositeType(getNamedType(field.type)) && entityOf(field.type)) || about;
  }

  #leaf(scalar: string, slot: Slot): Lossless | undefined {
    const { names, purpose } = slot;
    const [name = ''] = names;
    const page = this.#page(scalar, name);
    if (page) return page;
    const known = this.#known(scalar, slot);
    const isKey = scalar === 'ID' || /(^i|I|_i)ds?$/.test(name) || this.#isLookedUpBy(slot);
    const fresh = purpose === 'question' ? 0.1 : isKey ? 0.1 : 0.6;
    if (known.length === 0 || this.random.chance(fresh)) {
      const made = this.#make(scalar, isKey && purpose === 'question');
      if (made !== undefined) return made;
    }
    if (known.length === 0) return undefined;
    const value = this.random.pick(known);
    if (typeof value === 'string' && /like|contains|includes|startsWith|search|text|^q$/i.test(name))
      return value.slice(0, 1 + this.random.below(value.length || 1));
    return value;
  }

  #page(scalar: string, name: string): Lossless | undefined {
    if (scalar !== 'Int') return undefined;
    if (/^(first|last|limit|take|perPage|pageSize)$/.test(name))
      return new Digits(String(1 + this.random.below(6)));
    if (/^(offset|skip)$/.test(name)) return new Digits(String(this.random.below(4)));
    return /^page$/.test(name) ? new Digits(String(this.random.below(2))) : undefined;
  }

  /** Values that there are for a slot: of the field it is called like, of the key it refers to, of fields called alike. */
  #known(scalar: string, { about, names }: Slot): readonly Lossless[] {
    const [name = ''] = names;
    if (/^(after|before|cursor)$/.test(name)) return this.#ofFieldsNamed(/ursor$/);
    for (const called of names) {
      const own = this.#ofField(about, called);
      if (own.length > 0) return own;
      const reference = this.#referredTo(about, called, scalar);
      if (reference.length > 0) return reference;
    }
    const alike = this.#ofFieldsNamed(new RegExp(`^${name}$`));
    return alike.length > 0 && name !== 'id' ? alike : (this.#byScalar.get(scalar) ?? []);
  }

  #ofField(type: GraphQLCompositeType | undefined, name: string): readonly Lossless[] {
    if (!type) return [];
    const types = isAbstractType(type) ? [type, ...this.schema.getPossibleTypes(type)] : [type];
    return types.flatMap((one) => this.#byField.get(`${one.name}.${name}`) ?? []);
  }

  #ofFieldsNamed(pattern: RegExp): readonly Lossless[] {
    return [...this.#byField].flatMap(([coordinate, values]) =>
      pattern.test(coordinate.split('.')[1] ?? '') ? values : [],
    );
  }

  /** `authorId`, `author_id`, `authorIds`: keys of the type of the field `author`, or of the type called so. */
  #referredTo(about: GraphQLCompositeType | undefined, name: string, scalar: string): readonly Lossless[] {
    const stem = /^(.+?)_?ids?$/i.exec(name)?.[1]?.toLowerCase();
    if (!stem) return [];
    const fields: GraphQLField<unknown, unknown>[] =
      about && !isUnionType(about) ? Object.values(about.getFields()) : [];
    const field = fields.find(
      (one) => one.name.toLowerCase() === stem && isCompositeType(getNamedType(one.type)),
    );
    const type =
      (field && entityOf(field.type)) ??
      Object.values(this.schema.getTypeMap()).find(
        (one) =>
          isCompositeType(one) && (one.name.toLowerCase() === stem || `${one.name.toLowerCase()}s` === stem),
      );
    if (!isCompositeType(type) || isUnionType(type)) return [];
    const keys = Object.values(type.getFields()).filter((one) => isLeafType(getNamedType(one.type)));
    const key =
      keys.find((one) => /^(id|_id|rowId)$/.test(one.name) && getNamedType(one.type).name === scalar) ??
      keys.find((one) => /^(id|_id|rowId)$/.test(one.name)) ??
      keys.find((one) => getNamedType(one.type).name === 'ID');
    return key ? this.#ofField(type, key.name) : [];
  }

  /** whether the query type has a field that returns one such object, and takes an argument called so */
  #isLookedUpBy({ about, names: [name = ''] }: Slot): boolean {
    return Object.values(this.schema.getQueryType()?.getFields() ?? {}).some(
      (field) => about && getNamedType(field.type) === about && field.args.some((one) => one.name === name),
    );
  }

  #make(scalar: string, isMissing: boolean): Lossless | undefined {
    const number = this.random.below(100);
    if (scalar === 'Boolean') return this.random.chance(0.5);
    if (/^(Int|Float|Money|Decimal)$/.test(scalar)) return new Digits(String(number));
    if (scalar.startsWith('Big')) {
      const isText = typeof this.#byScalar.get(scalar)?.[0] === 'string';
      return isText ? String(number) : new Digits(String(number));
    }
    if (scalar === 'String') return isMissing ? 'missing' : `New ${++this.#made}`;
    if (scalar === 'ID') return isMissing ? 'missing' : undefined;
    if (/date/i.test(scalar)) return `2026-0${1 + (number % 9)}-01T00:00:00.000Z`;
    if (scalar.startsWith('JSON')) return new Map([['n', new Digits(String(number))]]);
    return undefined;
  }
}

/** What a list, a page or a connection is made of; a payload's first entity; else the type itself. */
export function entityOf(type: GraphQLOutputType): GraphQLCompositeType | undefined {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return undefined;
  if (isUnionType(named)) return named.getTypes()[0];
  const fields = named.getFields();
  const lower = fields['nodes'] ?? fields['items'] ?? fields['edges'] ?? fields['node'];
  if (lower && lower.type !== type && isCompositeType(getNamedType(lower.type))) return entityOf(lower.type);
  return named;
}

function keep(map: Map<string, Lossless[]>, key: string, value: Lossless): void {
  const values = map.get(key) ?? [];
  values.push(value);
  if (values.length > KEPT) values.splice(KEPT / 2, 1);
  map.set(key, values);
}

function isRequired(field: GraphQLInputField): boolean {
  return isNonNullType(field.type) && field.defaultValue === undefined;
}
