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
import { fieldNode, onType, PART_PREFIX, PART_TYPE } from '../../answer/internal-fields';
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
  /** the fields of the additions: a slice of a wider class than they have could not be asked for them */
  readonly asked: readonly (readonly [GraphQLCompositeType, string])[];
  /** there is one in its place, which its parent and its arguments tell: it has no key and is never an item */
  readonly isSingle: boolean;
}

/** Types behind an interface or union that has no key of its own: with more the text of a slot would be too long. */
const MOST_TYPES = 64;

/** A single object without a key that its place tells: a root type, a connection or what says which page of one it is. */
const SINGLE: Identity = { additions: [], signature: 'single', asked: [], isSingle: true };

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

  /** The strictest class of what has to be added. @param undeclared the class of what nobody declared */
  classOf({ asked }: Identity, undeclared: number): number {
    return asked.reduce(
      (strictest, [type, field]) =>
        Math.max(strictest, classOfMeaning(this.source.sets.ofType(type).meaning(field), undeclared)),
      0,
    );
  }

  #ofObject(type: GraphQLObjectType): Identity | undefined {
    const keys = this.rules.keyFields(type.name);
    if (keys) return this.#keyed(type, keys);
    const node = edgeNode(type, this.rules);
    if (node) return this.#edge(type, node);
    const isSingle =
      isRootType(this.source.schema, type) ||
      connectionNode(type, this.rules) !== undefined ||
      'hasNextPage' in type.getFields();
    return isSingle ? SINGLE : undefined;
  }

  #keyed(type: GraphQLObjectType | GraphQLInterfaceType, keys: readonly string[]): Identity {
    const aliases = keys.map((key) => partAlias(type, key));
    return {
      additions: keys.map((key, index) => fieldNode(aliases[index]!, key)),
      signature: aliases.join(' '),
      asked: keys.map((key) => [type, key] as const),
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
      asked: [[edge, 'node'], ...node.asked],
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
      const identity = this.#keyed(shared.type, [shared.key]);
      const additions =
        shared.type === type ? identity.additions : [onType(shared.type.name, identity.additions)];
      return { ...identity, additions: [typeName, ...additions] };
    }
    if (types.length > MOST_TYPES) return undefined;
    const each = keyed.map((one) => [one, this.#ofObject(one)!] as const);
    return {
      additions: [typeName, ...each.map(([{ name }, { additions }]) => onType(name, additions))],
      signature: `of ${type.name}`,
      asked: each.flatMap(([, { asked }]) => asked),
      isSingle: false,
    };
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
