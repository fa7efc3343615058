import { crc32 } from 'node:zlib';
import {
  getNullableType,
  GraphQLError,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isAbstractType,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLTypeResolver,
} from 'graphql';
import type { OracleWorld } from './world';

/** An object of a made-up world: there is one of a type and a number, and all of its values follow from both. */
export interface Thing {
  readonly type: string;
  readonly number: number;
}

export interface Telling {
  /** when the world was as a field says: an eighth of all fields say something else in each */
  readonly versionOf: (info: GraphQLResolveInfo) => number;
  /** some fields answer later */
  readonly isLate?: boolean;
}

const NUMBERS = 6;

/** The resolvers of a world: the same field of the same object with the same arguments says the same, or fails the same. */
export function resolversOf(
  world: OracleWorld,
  { versionOf, isLate = false }: Telling,
): {
  fieldResolver: GraphQLFieldResolver<unknown, unknown>;
  typeResolver: GraphQLTypeResolver<unknown, unknown>;
} {
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (source, args, _, info) => {
    const thing = source as Thing;
    const name = `${world.seed} ${thing.type} ${thing.number} ${info.fieldName} ${JSON.stringify(args)}`;
    const hash = crc32(name);
    const version = versionOf(info);
    const isKey = ['id', 'sku', 'a', 'b'].includes(info.fieldName);
    const changed = version > 0 && !isKey && crc32(`${name} ${version}`) % 8 === 0 ? version : 0;
    const make = (): unknown => {
      if (!isKey || hash % 7 === 0) fail(`${name} fails ${changed}`, world.failing);
      return valueOf(world, info.returnType, {
        thing,
        field: info.fieldName,
        place: name,
        name: `${name} ${changed}`,
      });
    };
    return isLate ? sometimesLater(make, hash) : make();
  };
  return { fieldResolver, typeResolver: (value) => (value as Thing).type };
}

/**
 * What fails or is null does so later: where an item of a list fails at once, graphql-js forgets the promises of those
 * before it, and one of them that is rejected ends the process.
 */
function sometimesLater(make: () => unknown, hash: number): unknown {
  if (hash % 3 === 0) return later(make, hash % 5);
  try {
    return nullsLater(make());
  } catch (error) {
    return later(() => {
      throw error;
    }, 0);
  }
}

function nullsLater(value: unknown): unknown {
  if (value === null || value instanceof Error) return Promise.resolve(value);
  return Array.isArray(value) ? value.map(nullsLater) : value;
}

async function later(make: () => unknown, turns: number): Promise<unknown> {
  for (let turn = 0; turn < turns; turn++) await undefined;
  return nullsLater(make());
}

/** Some throw, and some return what they would have thrown. */
function fail(name: string, failing: number): void {
  if (crc32(name) % 1000 >= failing) return;
  throw new GraphQLError('failed', { extensions: crc32(name) % 2 === 0 ? { code: 'OUT' } : {} });
}

/** What a value follows from. */
interface Made {
  readonly thing: Thing;
  readonly field: string;
  /** of its object, field and arguments */
  readonly place: string;
  /** the same, with the version */
  readonly name: string;
}

function valueOf(world: OracleWorld, type: GraphQLOutputType, made: Made): unknown {
  const hash = crc32(made.name);
  // In a world where nothing fails what may not be null is not.
  if (hash % 10 === 0 && (!isNonNullType(type) || hash % 1000 < world.failing)) return null;
  if (hash % 1000 === 501 && world.failing > 0) return new Error('returned');
  const nullable = getNullableType(type);
  if (isListType(nullable))
    return Array.from({ length: crc32(`${made.name} length`) % 4 }, (_, index) =>
      valueOf(world, nullable.ofType, { ...made, name: `${made.name}.${index}` }),
    );
  if (isCompositeType(nullable)) {
    const types = isAbstractType(nullable) ? world.schema.getPossibleTypes(nullable) : [nullable];
    const chosen = types[hash % types.length];
    return chosen ? { type: chosen.name, number: numberOf(chosen.name, made) } : null;
  }
  const { thing, field } = made;
  if (field === 'id') return `${thing.type}:${thing.number}`;
  if (field === 'sku') return thing.number;
  if (field === 'a') return String(thing.number % 2);
  if (field === 'b') return Math.floor(thing.number / 2);
  if (isEnumType(nullable)) return hash % 2 === 0 ? 'RED' : 'GREEN';
  switch (String(nullable)) {
    case 'Int':
      return hash % 100;
    case 'Float':
      return hash / 16;
    case 'Boolean':
      return hash % 2 === 0;
    case 'JSON':
      return hash % 3 === 0 ? { id: hash % 9, x: [null, { __typename: '"}' }] } : [`${hash}`];
    default:
      return `é"\\${hash % 1000}`;
  }
}

/** An edge is one of its node; there is one Query; a connection is what its place makes it, also when its content changes. */
function numberOf(type: string, { thing, field, place, name }: Made): number {
  if (type === 'Query') return 0;
  if (thing.type.endsWith('Edge') && field === 'node') return thing.number;
  const isOfPlace = type.endsWith('Connection') || type === 'PageInfo';
  return crc32(`${isOfPlace ? place : name} which`) % NUMBERS;
}
