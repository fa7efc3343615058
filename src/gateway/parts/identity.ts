import {
  getNamedType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type SelectionNode,
} from 'graphql';
import { fieldNode, onType } from '../../answer/internal-fields';
import { PART_PREFIX, PART_TYPE } from '../../policy/part-names';
import type { Rules } from '../../policy/rules';
import { connectionNode, edgeNode, fieldOf, isRootType, possibleTypes } from '../../policy/type-shape';
import { classOfMeaning } from './classes';
import type { TypeSource } from './specialise';

/** How the objects of a type are told from one another in several answers. */
export interface Identity {
  /** what each slice is asked for besides: the type where it is not certain, and the key */
  readonly additions: readonly SelectionNode[];
  /** identities with the same one can be compared, whatever type their fields return */
  readonly signature: string;
  /**
   * The strictest class of what is added, by the class of undeclared fields: a slice of a wider one could not be asked
   * for it.
   */
  readonly classes: readonly [number, number];
  /** there is one in its place, which its parent and its arguments tell: it has no key and is never an item */
  readonly isSingle: boolean;
}

/** Types behind an interface or union that has no key of its own: with more the text of a slot would be too long. */
const MOST_TYPES = 64;

/** A single object without a key that its place tells: a root type, a connection or what says which page of one it is. */
const SINGLE: Identity = { additions: [], signature: 'single', classes: [0, 0], isSingle: true };

/**
 * The identities of one schema's types. An object without a key has none, unless it is of Relay's shape: an edge is told by
 * its node, a connection and a PageInfo by where they stand.
 */
export class Identities {
  readonly #known = new Map<string, Identity | undefined>();

  constructor(
    readonly source: TypeSource,
    readonly rules: Rules,
  ) {}

  /** @returns undefined where objects cannot be told from one another */
  of(type: GraphQLCompositeType): Identity | undefined {
    if (this.#known.has(type.name)) return this.#known.get(type.name);
    const made = isObjectType(type) ? this.#ofObject(type) : this.#ofAbstract(type);
    this.#known.set(type.name, made);
    return made;
  }

  #ofObject(type: GraphQLObjectType): Identity | undefined {
    // It may have a field `node`, too.
    if (isRootType(this.source.schema, type)) return SINGLE;
    const keys = this.rules.keyFields(type.name);
    if (keys) return this.#keyed(type, keys, type);
    const node = edgeNode(type, this.rules);
    if (node) return this.#edge(type, node);
    const isSingle = connectionNode(type, this.rules) !== undefined || 'hasNextPage' in type.getFields();
    return isSingle ? SINGLE : undefined;
  }

  /** @param here the type of the objects that are told so */
  #keyed(
    type: GraphQLObjectType | GraphQLInterfaceType,
    keys: readonly string[],
    here: GraphQLCompositeType,
  ): Identity {
    const aliases = keys.map((key) => partAlias(type, key));
    return {
      additions: keys.map((key, index) => fieldNode(aliases[index]!, key)),
      signature: aliases.join(' '),
      classes: this.#strictest(keys.map((key) => this.#classes(here, key))),
      isSingle: false,
    };
  }

  /** `node` may be there already, or not be in this slice, so it is asked for under a name of its own. */
  #edge(edge: GraphQLObjectType, type: GraphQLCompositeType): Identity | undefined {
    const node = this.of(type);
    if (!node || node.isSingle || node.additions.length === 0) return undefined;
    return {
      additions: [fieldNode(`${PART_PREFIX}node`, 'node', node.additions)],
      signature: `node { ${node.signature} }`,
      classes: this.#strictest([this.#classes(edge, 'node'), node.classes]),
      isSingle: false,
    };
  }

  #ofAbstract(type: GraphQLCompositeType): Identity | undefined {
    const types = possibleTypes(this.source.schema, type);
    const keyed = types.filter(({ name }) => this.rules.keyFields(name));
    // Of a root type there is one, and its type tells it.
    if (
      keyed.length === 0 ||
      types.some((one) => !keyed.includes(one) && !isRootType(this.source.schema, one))
    )
      return undefined;
    const typeName = fieldNode(PART_TYPE, '__typename');
    const shared = this.#shared(type, keyed);
    if (shared) {
      // The class is that of the types that can be here, not of all that the interface has.
      const identity = this.#keyed(shared.type, [shared.key], type);
      const additions =
        shared.type === type ? identity.additions : [onType(shared.type.name, identity.additions)];
      return { ...identity, additions: [typeName, ...additions] };
    }
    if (types.length > MOST_TYPES) return undefined;
    const each = keyed.map((one) => [one, this.#ofObject(one)!] as const);
    return {
      additions: [typeName, ...each.map(([{ name }, { additions }]) => onType(name, additions))],
      signature: `of ${type.name}`,
      classes: this.#strictest(each.map(([, { classes }]) => classes)),
      isSingle: false,
    };
  }

  #classes(type: GraphQLCompositeType, field: string): Identity['classes'] {
    const meaning = this.source.sets.ofType(type).withoutRoots.meaning(field);
    return [classOfMeaning(meaning, 0), classOfMeaning(meaning, 1)];
  }

  #strictest(all: readonly Identity['classes'][]): Identity['classes'] {
    return [0, 1].map((undeclared) => Math.max(...all.map((classes) => classes[undeclared]!))) as [
      number,
      number,
    ];
  }

  /** The one field that is the key of all, and a field of the type itself or of an interface that all implement. */
  #shared(
    type: GraphQLCompositeType,
    keyed: readonly GraphQLObjectType[],
  ): { readonly type: GraphQLInterfaceType; readonly key: string } | undefined {
    const keys = new Set(keyed.map(({ name }) => this.rules.keyFields(name)!.join(' ')));
    const [key] = keys;
    if (keys.size !== 1 || key === undefined || key.includes(' ')) return undefined;
    const candidates = isInterfaceType(type) ? [type] : keyed[0]!.getInterfaces();
    const found = candidates.find((candidate) => {
      const field = candidate.getFields()[key];
      return (
        field &&
        isNonNullType(field.type) &&
        (candidate === type || keyed.every((one) => one.getInterfaces().includes(candidate)))
      );
    });
    return found && { type: found, key };
  }
}

/** One alias is one field of one type wherever it is asked for, so that no two of them are in each other's way. */
function partAlias(type: GraphQLCompositeType, field: string): string {
  const returns = fieldOf(type, field)!.type;
  const named = getNamedType(returns);
  return `${PART_PREFIX}${field.length}_${field}_${named.name}${isNonNullType(returns) ? '' : '_'}`;
}
