import * as fc from 'fast-check';
import {
  execute,
  getNamedType,
  GraphQLScalarType,
  isAbstractType,
  isObjectType,
  parse,
  type ExecutionResult,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { ExactNumber, writeJson } from '../../src/json/exact-number';
import { DIRECTIVES_SDL } from '../../src/schema/directives';

/** How a type identifies its objects, or does not. */
const KEYS = [
  '{ id: ID!',
  '{ id: Int!',
  '{ id: ID',
  '{ id: Exact!',
  '@key(fields: "code") { code: Exact!',
  '@key(fields: "code") { code: Exact',
  '@key(fields: "id code") { id: ID! code: Exact!',
  '{ code: String',
] as const;
const NAMES = ['A', 'B', 'C', 'D'] as const;
/** Numbers as no double writes them. */
const NUMBERS = [
  '9007199254740993',
  '1234567890.123456789012',
  '1e400',
  '-0',
  '1.10',
  '7',
  '0.5',
  '1E5',
  '-1.0e-7',
];

export interface ArbitraryApi {
  readonly sdl: string;
  readonly schema: GraphQLSchema;
  /** The bytes that graphql-js answers with; its errors without their locations. */
  answer(query: string): Promise<string>;
}

const drawnTypes = fc.array(
  fc.record({ key: fc.nat(KEYS.length - 1), refs: fc.array(fc.nat(40), { minLength: 2, maxLength: 2 }) }),
  { minLength: 2, maxLength: NAMES.length },
);

/** @param failing one key field of so many fails; 0: none does */
export const arbitraryApi = fc
  .record({ types: drawnTypes, failing: fc.constantFrom(0, 2, 5), salt: fc.nat(1000) })
  .map(({ types, failing, salt }): ArbitraryApi => {
    const all = [...types.map((_, index) => NAMES[index]!), 'Any', 'Named'];
    const defined = types.map(({ key, refs }, index) => {
      const leads = ['a', 'b'].map((name, at) => {
        const to = all[refs[at]! % all.length]!;
        const type = [to, `${to}!`, `[${to}]`, `[${to}!]!`][refs[at]! % 4]!;
        return `${name}: ${type} @cacheControl(maxAge: 60)`;
      });
      return `type ${NAMES[index]} implements Named @cacheControl(maxAge: 60) ${KEYS[key]!} name: String! n: Exact ${leads.join(' ')} }`;
    });
    const sdl = `scalar Exact interface Named { name: String! } union Any = ${all.slice(0, -2).join(' | ')} ${defined.join('\n')}
      type Query { ${all.map((name) => `_${name}: ${name} @cacheControl(maxAge: 60)`).join(' ')} list: [Any!] @cacheControl(maxAge: 60) }`;
    const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES_SDL, sdl] });
    const exact = schema.getType('Exact') as GraphQLScalarType;
    exact.serialize = (value) => new ExactNumber(String(value));
    const draw = (seed: number, of: string) => {
      let hash = seed + salt;
      for (const character of of) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
      return hash;
    };
    const typeOf = (seed: number) => NAMES[seed % types.length]!;
    return {
      sdl,
      schema,
      async answer(query) {
        const { data, errors } = (await execute({
          schema,
          document: parse(query),
          rootValue: { seed: 1 },
          typeResolver: (source) => typeOf((source as { seed: number }).seed),
          fieldResolver: ({ seed }: { seed: number }, _, __, { fieldName, returnType }) => {
            const drawn = draw(seed, fieldName);
            const isKey = fieldName === 'id' || fieldName === 'code';
            if (isKey && failing > 0 && drawn % failing === 0) throw new Error(`no ${fieldName}`);
            const named = getNamedType(returnType);
            if (named.name === 'Exact') return NUMBERS[drawn % NUMBERS.length];
            if (named.name === 'Int') return drawn % 1000;
            if (!isObjectType(named) && !isAbstractType(named)) return `${fieldName} "__lm_key_id":${drawn}`;
            const child = { seed: drawn };
            return String(returnType).startsWith('[') ? [child, { seed: drawn + 1 }] : child;
          },
        })) as ExecutionResult;
        const said = errors?.map(({ message, path }) => ({ message, path }));
        return writeJson({ ...(said && { errors: said }), data });
      },
    };
  });

/** An operation of an API: selections that meet under one name, below different types, with and without keys. */
export function operationOf(schema: GraphQLSchema, choices: readonly number[]): string {
  let at = 0;
  const next = () => choices[at++ % choices.length]!;
  const selection = (type: GraphQLNamedType, depth: number): string => {
    if (isAbstractType(type)) {
      const members = schema.getPossibleTypes(type).filter(() => next() % 3 > 0);
      const typename = next() % 2 > 0 || members.length === 0 ? '__typename ' : '';
      return `{ ${typename}${members.map((one) => `... on ${one.name} ${selection(one, depth)}`).join(' ')} }`;
    }
    if (!isObjectType(type)) return '';
    const fields = type.getFields();
    const chosen = ['a', 'b', 'n', 'id', 'code', 'name'].filter((name) => fields[name] && next() % 3 === 0);
    const selected = chosen.map((name) => {
      const named = getNamedType(fields[name]!.type);
      const isLeaf = !isObjectType(named) && !isAbstractType(named);
      const below = isLeaf ? '' : depth === 0 ? ' { __typename }' : ` ${selection(named, depth - 1)}`;
      return `${isLeaf && next() % 4 === 0 ? `x_${name}: ` : ''}${name}${below}`;
    });
    return `{ ${selected.join(' ') || '__typename'} }`;
  };
  const roots = Object.values(schema.getQueryType()!.getFields()).filter(() => next() % 2 === 0);
  const asked = roots.length > 0 ? roots : [schema.getQueryType()!.getFields()['list']!];
  return `{ ${asked.map(({ name, type }) => `${name} ${selection(getNamedType(type), 2)}`).join(' ')} }`;
}
