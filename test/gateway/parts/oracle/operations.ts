import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from '../../../kit/random';

const BOOLEANS = ['x', 'y', 'z'] as const;

export interface MadeOperation {
  readonly text: string;
  /** two fields may stand under one name, so that it need not be valid */
  readonly mayConflict: boolean;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * One operation, most likely a valid one: nested and repeated fragments, aliases that look like something else, one response
 * key in several places of one set, conditions.
 */
export function makeOperation(schema: GraphQLSchema, random: Random): MadeOperation {
  return new Maker(schema, random).make();
}

class Maker {
  readonly #fragments = new Map<string, string>();
  /** response key -> the field, and the other way round for those that found theirs taken */
  readonly #named = new Map<string, string>();
  readonly #names = new Map<string, string>();
  #left = 24;
  #usesNumber = false;
  #mayConflict = false;

  constructor(
    readonly schema: GraphQLSchema,
    readonly random: Random,
  ) {}

  make(): MadeOperation {
    const body = this.#set(this.schema.getQueryType()!, 5);
    const text = body + [...this.#fragments.values()].join('');
    const booleans = BOOLEANS.filter((name) => text.includes(`$${name})`));
    const declared = [
      ...booleans.map((name) => `$${name}: Boolean${this.random.chance(0.3) ? ' = true' : '!'}`),
      ...(this.#usesNumber ? ['$n: Int = 4'] : []),
    ];
    const variables: Record<string, unknown> = {};
    for (const name of booleans) variables[name] = this.random.chance(0.5);
    if (this.#usesNumber && this.random.chance(0.5)) variables['n'] = this.random.below(4);
    return {
      text: `query${declared.length > 0 ? ` (${declared.join(', ')})` : ''} ${text}`,
      mayConflict: this.#mayConflict,
      variables,
    };
  }

  #set(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.random.below(depth > 3 ? 5 : 3);
    const selections: string[] = [];
    const fragments = isUnionType(type) ? 0.85 : isAbstractType(type) ? 0.45 : 0.2;
    for (let at = 0; at < count && (at === 0 || this.#left > 0); at++) {
      this.#left--;
      if (this.#left > 0 && this.random.chance(fragments)) selections.push(this.#fragment(type, depth));
      else selections.push(this.#field(type, depth));
    }
    return `{ ${selections.join(' ')} }`;
  }

  #field(type: GraphQLCompositeType, depth: number): string {
    const { random } = this;
    if (isUnionType(type) || random.chance(0.1))
      return `${random.chance(0.3) ? 'kind: ' : ''}__typename${this.#condition()}`;
    const all = Object.values(type.getFields());
    const fields = all.filter((field) => depth > 1 || !isCompositeType(getNamedType(field.type)));
    const composite = fields.filter((field) => isCompositeType(getNamedType(field.type)));
    const field =
      composite.length > 0 && this.#left > 0 && random.chance(0.5)
        ? random.pick(composite)
        : random.pick(fields.length > 0 ? fields : all);
    const named = getNamedType(field.type);
    const args = this.#arguments(field.args.length > 0 && field.args[0]!.name === 'n', field.args[1]?.name);
    const wanted = random.chance(0.2) ? random.pick(['id', 'x', 'y', 'name']) : field.name;
    const responseKey = this.#responseKey(wanted, `${field.name}${args}: ${String(field.type)}`);
    const alias = responseKey === field.name ? '' : `${responseKey}: `;
    const below = isCompositeType(named) ? ` ${this.#below(named, depth - 1)}` : '';
    return `${alias}${field.name}${args}${this.#condition()}${below}`;
  }

  /** Few names, so that they meet; nearly always one for one field, so that most operations are valid. */
  #responseKey(wanted: string, field: string): string {
    const known = this.#named.get(wanted) ?? field;
    if (this.random.chance(0.01)) {
      this.#mayConflict = true;
      return wanted;
    }
    const name = known === field ? wanted : (this.#names.get(field) ?? `k${this.#names.size}`);
    if (name === wanted) this.#named.set(wanted, field);
    else this.#names.set(field, name);
    return name;
  }

  #below(type: GraphQLCompositeType, depth: number): string {
    return depth <= 1 && isUnionType(type) ? '{ __typename }' : this.#set(type, Math.max(depth, 1));
  }

  #arguments(hasNumber: boolean, second: string | undefined): string {
    if (!hasNumber || this.random.chance(0.6)) return '';
    const value = this.random.chance(0.4) ? '$n' : String(this.random.below(3));
    if (value === '$n') this.#usesNumber = true;
    return `(n: ${value}${second === 's' && this.random.chance(0.3) ? ', s: "é"' : ''})`;
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const { random } = this;
    const condition = this.#related(type);
    const name = `F${condition.name}${depth}${random.below(2)}`;
    if (random.chance(0.4) && depth > 0) {
      if (!this.#fragments.has(name)) {
        // Empty until it is finished, so that none spreads itself.
        this.#fragments.set(name, '');
        const body = this.#set(condition, Math.max(1, depth - 1));
        this.#fragments.set(name, ` fragment ${name} on ${condition.name} ${body}`);
      }
      if (this.#fragments.get(name) !== '') return `...${name}${this.#condition()}`;
    }
    const on = condition === type && random.chance(0.3) ? '' : ` on ${condition.name}`;
    return `...${on}${this.#condition()} ${this.#set(condition, depth)}`;
  }

  #related(type: GraphQLCompositeType): GraphQLCompositeType {
    const possible = isAbstractType(type) ? this.schema.getPossibleTypes(type) : [type];
    const member = this.random.pick(possible);
    if (!member || this.random.chance(0.3)) return type;
    const above = member.getInterfaces();
    return above.length > 0 && this.random.chance(0.4) ? this.random.pick(above) : member;
  }

  #condition(): string {
    if (!this.random.chance(0.12)) return '';
    const value = this.random.chance(0.8)
      ? `$${this.random.pick(BOOLEANS)}`
      : String(this.random.chance(0.5));
    return ` @${this.random.chance(0.5) ? 'skip' : 'include'}(if: ${value})`;
  }
}
