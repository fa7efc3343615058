import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { seededRandom, type Random } from '../kit/random';

export interface GeneratorOptions {
  readonly seed: number;
  readonly count: number;
  /** levels of fields and fragments; 5 unless told */
  readonly maxDepth?: number;
  /** fields in one selection set, about; 4 unless told */
  readonly breadth?: number;
  /** leave fields out by @skip and @include, some with a variable; true unless told */
  readonly directives?: boolean;
  /** how often an argument is given that may be left out; 0.2 unless told */
  readonly optional?: number;
  /** the literal to write for an argument; one that fits its type unless told */
  readonly literal?: (field: GraphQLField<unknown, unknown>, argument: GraphQLArgument) => string | undefined;
}

/**
 * Valid query operations over any schema, with aliases, arguments, inline and named fragments, type conditions and
 * directives. The same options give the same texts.
 */
export function generateOperations(schema: GraphQLSchema, options: GeneratorOptions): string[] {
  const random = seededRandom(options.seed);
  return Array.from({ length: options.count }, () => new Generator(schema, random, options).operation());
}

class Generator {
  readonly #fragments: string[] = [];
  readonly #maxDepth: number;
  readonly #breadth: number;
  readonly #directives: boolean;
  readonly #optional: number;
  readonly #literal: NonNullable<GeneratorOptions['literal']>;
  #aliases = 0;

  constructor(
    readonly schema: GraphQLSchema,
    readonly random: Random,
    options: GeneratorOptions,
  ) {
    this.#maxDepth = options.maxDepth ?? 5;
    this.#breadth = options.breadth ?? 4;
    this.#directives = options.directives ?? true;
    this.#optional = options.optional ?? 0.2;
    this.#literal = options.literal ?? (() => undefined);
  }

  operation(): string {
    const body = this.#selectionSet(this.schema.getQueryType()!, 1, new Set());
    const uses = [body, ...this.#fragments].some((text) => text.includes('$flag'));
    return [`query Generated${uses ? '($flag: Boolean! = true)' : ''} ${body}`, ...this.#fragments].join(
      '\n',
    );
  }

  /** @param used response keys of the place the set is merged into, where one key may not mean two things */
  #selectionSet(type: GraphQLCompositeType, depth: number, used: Set<string>): string {
    const selections = Array.from({ length: 1 + this.random.below(this.#breadth) }, () =>
      this.#selection(type, depth, used),
    );
    return `{ ${selections.join(' ')} }`;
  }

  #selection(type: GraphQLCompositeType, depth: number, used: Set<string>): string {
    const isFragment = depth < this.#maxDepth && this.random.chance(isAbstractType(type) ? 0.4 : 0.1);
    if (isFragment) return this.#fragment(type, depth, used);
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    const possible = fields.filter(
      (field) => depth < this.#maxDepth || !isCompositeType(getNamedType(field.type)),
    );
    if (possible.length === 0 || this.random.chance(0.05)) return '__typename';
    return this.#field(this.random.pick(possible), depth, used);
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number, used: Set<string>): string {
    const isTaken = used.has(field.name) || this.random.chance(0.2);
    const alias = isTaken ? `alias${(this.#aliases += 1)}: ` : '';
    if (!isTaken) used.add(field.name);
    const named = getNamedType(field.type);
    const head = `${alias}${field.name}${this.#arguments(field)}`;
    const usedBelow = new Set<string>();
    const once = () =>
      `${head}${this.#directive()}${isCompositeType(named) ? ` ${this.#selectionSet(named, depth + 1, usedBelow)}` : ''}`;
    // The same field twice is one field with what both select.
    return this.random.chance(0.04) ? `${once()} ${once()}` : once();
  }

  #fragment(type: GraphQLCompositeType, depth: number, used: Set<string>): string {
    const condition = this.random.pick(this.#conditions(type));
    const body = this.#selectionSet(condition, depth + 1, used);
    if (this.random.chance(0.6)) {
      const on = condition === type && this.random.chance(0.3) ? '' : ` on ${condition.name}`;
      return `...${on}${this.#directive()} ${body}`;
    }
    const name = `Fragment${this.#fragments.length}`;
    this.#fragments.push(`fragment ${name} on ${condition.name} ${body}`);
    const spread = () => `...${name}${this.#directive()}`;
    return this.random.chance(0.2) ? `${spread()} ... { ${spread()} }` : spread();
  }

  /** The types a fragment may have here: those that share an object type with it. */
  #conditions(type: GraphQLCompositeType): GraphQLCompositeType[] {
    if (!isAbstractType(type)) return [type, ...type.getInterfaces()];
    const members = [...this.schema.getPossibleTypes(type)];
    return [type, ...members, ...members.flatMap((member) => member.getInterfaces())];
  }

  #directive(): string {
    if (!this.#directives || !this.random.chance(0.1)) return '';
    return this.random.pick([
      ' @include(if: $flag)',
      ' @skip(if: $flag)',
      ' @include(if: true)',
      ' @skip(if: false)',
      ' @include(if: false)',
      ' @skip(if: true)',
    ]);
  }

  #arguments(field: GraphQLField<unknown, unknown>): string {
    const chosen = field.args.filter(
      (argument) => isRequiredArgument(argument) || this.random.chance(this.#optional),
    );
    if (chosen.length === 0) return '';
    const values = chosen.map(
      (argument) => `${argument.name}: ${this.#literal(field, argument) ?? this.#value(argument.type)}`,
    );
    return `(${values.join(', ')})`;
  }

  #value(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#value(type.ofType);
    if (isListType(type)) return `[${this.#value(type.ofType)}]`;
    if (isEnumType(type)) return this.random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      // `@oneOf` wants exactly one; elsewhere only what is required, so that the value ends.
      const chosen = type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField);
      return `{${chosen.map((field) => `${field.name}: ${this.#value(field.type)}`).join(', ')}}`;
    }
    const values: Record<string, string> = { Int: '7', Float: '1.5', Boolean: 'true' };
    return values[type.name] ?? `"${type.name}-${this.random.below(3)}"`;
  }
}
