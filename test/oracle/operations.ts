/** Random operations, valid for a schema: what clients of any habit might send. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  parse,
  validate,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from '../kit/random';
import type { Question } from './ask';
import { isList, isMembers, printLossless, type Lossless } from './lossless';
import { entityOf, SELECTS, type Purpose, type Values } from './values';

export interface Operation extends Question {
  readonly document: DocumentNode;
}

const DEEPEST_QUESTION = 5;
const DEEPEST_CHANGE = 3;

/** Fields that lead back to the root, or are the machinery of federation: asked seldom, or never. */
const LEADS_BACK = /^query$/;
const MACHINERY = /^_(entities|service)$/;

export class OperationWriter {
  constructor(
    readonly schema: GraphQLSchema,
    readonly random: Random,
    readonly values: Values,
  ) {}

  /** @returns undefined when what came out cannot be asked; ask again */
  question(): Operation | undefined {
    const query = this.schema.getQueryType()!;
    const draft = new Draft(this, 'question', DEEPEST_QUESTION);
    const fields = Object.values(query.getFields());
    const count = this.random.chance(0.8) ? 1 : 2;
    const texts = Array.from({ length: count }, (_, index) =>
      draft.field(this.random.pick(fields), 1, this.random.chance(0.3) ? `root${index}` : ''),
    );
    return this.#finish('query', draft, texts);
  }

  /** A mutation by this field of the mutation type. @returns undefined as above */
  change(field: GraphQLField<unknown, unknown>): Operation | undefined {
    const draft = new Draft(this, 'change', DEEPEST_CHANGE);
    return this.#finish('mutation', draft, [draft.field(field, 1, '')]);
  }

  /** All plain values of a root field's objects and of those below, to learn what there is. */
  everything(field: GraphQLField<unknown, unknown>): Operation | undefined {
    const draft = new Draft(this, 'question', DEEPEST_CHANGE);
    return this.#finish('query', draft, [draft.everything(field, 1)]);
  }

  #finish(kind: 'query' | 'mutation', draft: Draft, texts: (string | undefined)[]): Operation | undefined {
    if (texts.some((text) => text === undefined)) return undefined;
    const variables =
      draft.variables.length > 0 ? `(${draft.variables.map(({ text }) => text).join(', ')})` : '';
    const query = [`${kind} Asked${variables} { ${texts.join(' ')} }`, ...draft.fragments].join(' ');
    const document = parse(query, { noLocation: true });
    if (validate(this.schema, document).length > 0) return undefined;
    const values = new Map(draft.variables.map(({ name, value }) => [name, value]));
    return { query, variables: printLossless(values), document };
  }
}

/** An operation under way. */
class Draft {
  readonly variables: { name: string; text: string; value: Lossless }[] = [];
  readonly fragments: string[] = [];
  readonly #random: Random;
  #aliases = 0;

  constructor(
    readonly writer: OperationWriter,
    readonly purpose: Purpose,
    readonly deepest: number,
  ) {
    this.#random = writer.random;
  }

  /** @returns undefined when it has an argument for which there is no value, or lies too deep */
  field(field: GraphQLField<unknown, unknown>, depth: number, alias: string): string | undefined {
    const type = getNamedType(field.type);
    if (MACHINERY.test(field.name) || (LEADS_BACK.test(field.name) && !this.#random.chance(0.05)))
      return undefined;
    if (isCompositeType(type) && depth > this.deepest) return undefined;
    const args = this.#arguments(field, depth === 1 ? this.purpose : 'question');
    if (args === undefined) return undefined;
    const head = `${alias ? `${alias}: ` : ''}${field.name}${args}${this.#directive()}`;
    if (!isCompositeType(type)) return head;
    return `${head} { ${this.#selections(type, depth + 1)} }`;
  }

  everything(field: GraphQLField<unknown, unknown>, depth: number): string | undefined {
    const type = getNamedType(field.type);
    if (MACHINERY.test(field.name) || LEADS_BACK.test(field.name)) return undefined;
    const args = this.#arguments(field, 'question', 0);
    if (args === undefined) return undefined;
    const head = `${field.name}${args}`;
    if (!isCompositeType(type)) return head;
    return depth > this.deepest ? undefined : `${head} { ${this.#all(type, depth + 1).join(' ')} }`;
  }

  #all(type: GraphQLCompositeType, depth: number): string[] {
    if (isAbstractType(type)) {
      const types = this.writer.schema.getPossibleTypes(type).filter((one) => !this.#isRoot(one));
      return [
        '__typename',
        ...types.map((one) => `... on ${one.name} { ${this.#all(one, depth).join(' ')} }`),
      ];
    }
    const texts = Object.values(
      (type as { getFields(): Record<string, GraphQLField<unknown, unknown>> }).getFields(),
    )
      .filter((field) => field.args.every((argument) => !isRequiredArgument(argument)))
      .flatMap((field) => this.everything(field, depth) ?? []);
    // Fields of the types of one union may be of different types under one name.
    return texts.length > 0 ? texts : ['__typename'];
  }

  #isRoot(type: unknown): boolean {
    return type === this.writer.schema.getQueryType();
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const texts = isAbstractType(type) ? this.#ofAbstract(type, depth) : this.#ofFields(type, depth);
    const text = texts.length > 0 ? texts.join(' ') : '__typename';
    if (!this.#random.chance(0.12)) return text;
    const name = `Part${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${type.name} { ${text} }`);
    return `...${name}`;
  }

  #ofAbstract(type: GraphQLCompositeType, depth: number): string[] {
    const types = this.writer.schema
      .getPossibleTypes(type as Parameters<GraphQLSchema['getPossibleTypes']>[0])
      .filter((one) => !this.#isRoot(one));
    const texts = this.#random.chance(0.5) ? ['__typename'] : [];
    if (!isUnionType(type) && this.#random.chance(0.6)) texts.push(...this.#ofFields(type, depth));
    const some = new Set(types.length > 0 ? [this.#random.pick(types), this.#random.pick(types)] : []);
    for (const one of some)
      texts.push(`... on ${one.name} { ${this.#ofFields(one, depth).join(' ') || '__typename'} }`);
    return texts;
  }

  #ofFields(type: GraphQLCompositeType, depth: number): string[] {
    if (isUnionType(type)) return [];
    const fields = Object.values(type.getFields());
    const leaves = fields.filter((field) => !isCompositeType(getNamedType(field.type)));
    const objects = fields.filter((field) => isCompositeType(getNamedType(field.type)));
    const chosen = new Set<GraphQLField<unknown, unknown>>();
    for (let count = 1 + this.#random.below(3); count > 0 && leaves.length > 0; count--)
      chosen.add(this.#random.pick(leaves));
    for (let count = depth <= 2 ? 2 : 1; count > 0 && objects.length > 0; count--)
      if (this.#random.chance(0.75)) chosen.add(this.#random.pick(objects));
    return [...chosen].flatMap((field) => {
      const hasArguments = field.args.length > 0 || isObjectType(getNamedType(field.type));
      const alias = this.#random.chance(hasArguments ? 0.4 : 0.1) ? `as${++this.#aliases}` : '';
      return this.field(field, depth, alias) ?? [];
    });
  }

  #directive(): string {
    if (!this.#random.chance(0.02)) return '';
    return this.#random.chance(0.5) ? ' @include(if: true)' : ' @skip(if: false)';
  }

  /**
   * @param purpose of a mutation only its own arguments change something; those below select what is shown
   * @param optional how many of the optional ones are given
   */
  #arguments(
    field: GraphQLField<unknown, unknown>,
    purpose: Purpose,
    optional = purpose === 'question' ? 0.35 : 0.75,
  ): string | undefined {
    const texts: string[] = [];
    for (const argument of field.args) {
      const isGiven =
        isRequiredArgument(argument) ||
        (purpose === 'change' && SELECTS.test(argument.name)) ||
        this.#random.chance(optional);
      if (!isGiven) continue;
      const value = this.writer.values.valueOf(argument.type, {
        about: this.#subject(field, purpose),
        names: [argument.name],
        purpose,
      });
      if (value !== undefined) texts.push(`${argument.name}: ${this.#written(argument, value)}`);
      else if (isRequiredArgument(argument)) return undefined;
    }
    return texts.length > 0 ? `(${texts.join(', ')})` : '';
  }

  /** What the arguments of a field are about: what it returns, or what its payload carries, or what its name speaks of. */
  #subject(field: GraphQLField<unknown, unknown>, purpose: Purpose): GraphQLCompositeType | undefined {
    const entity = entityOf(field.type);
    const { schema } = this.writer;
    if (purpose === 'question' && entity) return entity;
    const named = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !type.name.startsWith('__') && !this.#isRoot(type))
      .filter(({ name }) => field.name.toLowerCase().includes(name.toLowerCase().replace(/item$/, '')))
      .sort((a, b) => b.name.length - a.name.length)[0];
    const carried =
      entity && isObjectType(entity) && /payload|result|response|connection$/i.test(entity.name)
        ? Object.values(entity.getFields())
            .map(({ type }) => entityOf(type))
            .find((type) => type && !this.#isRoot(type))
        : entity;
    return carried ?? (isCompositeType(named) ? named : entity);
  }

  #written(argument: GraphQLArgument, value: Lossless): string {
    if (this.#random.chance(0.5)) return literal(argument.type, value);
    const name = `v${this.variables.length}`;
    this.variables.push({ name, text: `$${name}: ${String(argument.type)}`, value });
    return `$${name}`;
  }
}

/** A value as GraphQL writes it. @param type undefined within a scalar that takes any shape */
function literal(type: GraphQLInputType | undefined, value: Lossless): string {
  if (isNonNullType(type)) return literal(type.ofType, value);
  if (isList(value)) {
    const element = isListType(type) ? (type.ofType as GraphQLInputType) : undefined;
    return `[${value.map((one) => literal(element, one)).join(', ')}]`;
  }
  if (isMembers(value)) {
    const fields = isInputObjectType(type) ? type.getFields() : {};
    return `{ ${[...value].map(([name, member]) => `${name}: ${literal(fields[name]?.type, member)}`).join(', ')} }`;
  }
  return isEnumType(type) ? String(value) : printLossless(value);
}
