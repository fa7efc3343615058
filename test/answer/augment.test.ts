import * as fc from 'fast-check';
import { getNamedType, isAbstractType, isObjectType, parse, validate, type GraphQLNamedType } from 'graphql';
import type { Knowledge } from '../../src/operation/operation';
import { asking, compiled, knowledgeOf } from './harness';

/** How the types of a schema identify their objects: fields of one name have all kinds of types. */
const KEYS = [
  ['', 'id: ID!'],
  ['', 'id: Int!'],
  ['', 'id: String!'],
  ['', 'id: ID'],
  ['@key(fields: "id")', 'id: ID'],
  ['@key(fields: "id")', 'id: [Int]'],
  ['@key(fields: "code")', 'code: ID!'],
  ['@key(fields: "code")', 'code: Int'],
  ['@key(fields: "id code")', 'id: Int! code: Float!'],
  ['', 'code: String'],
] as const;
const NAMES = ['A', 'A_id', 'B', 'B_', 'C'] as const;

interface Drawn {
  readonly key: number;
  readonly refs: readonly number[];
  readonly isNode: boolean;
}

const types = fc.array(
  fc.record({
    key: fc.nat(KEYS.length - 1),
    refs: fc.array(fc.nat(20), { minLength: 3, maxLength: 3 }),
    isNode: fc.boolean(),
  }),
  { minLength: 2, maxLength: NAMES.length },
);

/** Types with the same fields `a`, `b` and `c`, which lead to other types, and a union and an interface of them. */
function sdlOf(drawn: readonly Drawn[]): string {
  const names = drawn.map((_, index) => NAMES[index]!);
  const all = [...names, 'Any', 'Named'];
  const defined = drawn.map(({ key, refs, isNode }, index) => {
    const [directive, fields] = KEYS[key]!;
    const hasId = isNode && fields.startsWith('id: ID!');
    const leads = ['a', 'b', 'c'].map((name, at) => {
      const to = all[refs[at]! % all.length]!;
      return `${name}: ${refs[at]! % 3 === 0 ? `[${to}!]` : to}`;
    });
    return `type ${names[index]} implements Named ${hasId ? '& Node' : ''} ${directive} { ${fields} name: String! ${leads.join(' ')} }`;
  });
  return `interface Named { name: String! } interface Node { id: ID! } union Any = ${names.join(' | ')}
    ${defined.join('\n')} type Query { any: [Any] named: Named node: Node ${names.map((name) => `_${name}: ${name}`).join(' ')} }`;
}

/** Selections that meet under one name, below different types. */
function selectionOf(
  type: GraphQLNamedType,
  knowledge: Knowledge,
  choices: Iterator<number>,
  depth: number,
): string {
  const next = () => choices.next().value as number;
  const below = (to: GraphQLNamedType) =>
    depth === 0 ? '{ __typename }' : selectionOf(to, knowledge, choices, depth - 1);
  if (isAbstractType(type)) {
    const members = knowledge.schema.getPossibleTypes(type).filter(() => next() % 3 > 0);
    return `{ __typename ${members.map((one) => `... on ${one.name} ${selectionOf(one, knowledge, choices, depth)}`).join(' ')} }`;
  }
  if (!isObjectType(type)) return '';
  const fields = type.getFields();
  const chosen = ['a', 'b', 'c', 'id', 'code', 'name'].filter((name) => fields[name] && next() % 3 === 0);
  const selected = chosen.map((name) => {
    const named = getNamedType(fields[name]!.type);
    const alias = next() % 4 === 0 ? 'x: ' : '';
    return `${alias}${name}${isObjectType(named) || isAbstractType(named) ? ` ${below(named)}` : ''}`;
  });
  return `{ __typename ${selected.join(' ')} }`;
}

function* repeated(numbers: readonly number[]): Generator<number> {
  for (let at = 0; ; at++) yield numbers[at % numbers.length]!;
}

it('adds nothing that makes a valid operation invalid, whatever types meet in one selection', () => {
  let checked = 0;
  fc.assert(
    fc.property(types, fc.array(fc.nat(100), { minLength: 5, maxLength: 60 }), (drawn, numbers) => {
      const knowledge = knowledgeOf(sdlOf(drawn));
      const choices = repeated(numbers);
      const root = ['any', 'named', `_${NAMES[numbers[0]! % drawn.length]}`];
      const body = root.map((name) => {
        const type = getNamedType(knowledge.schema.getQueryType()!.getFields()[name]!.type);
        return `${name} ${selectionOf(type, knowledge, choices, 2)}`;
      });
      const text = `{ ${body.join(' ')} }`;
      // What its client got wrong is upstream's to say.
      fc.pre(validate(knowledge.schema, parse(text)).length === 0);
      checked++;
      const errors = validate(knowledge.schema, compiled(knowledge, text).question.document);
      expect(errors.map(({ message }) => message)).toEqual([]);
    }),
    { numRuns: 120 },
  );
  expect(checked).toBeGreaterThan(50);
});

it.each([
  ['ID! and Int!', 'type User { id: ID! name: String! } type Team { id: Int! title: String! }'],
  [
    'ID! and ID',
    'type User { id: ID! name: String! } type Team @key(fields: "id") { id: ID title: String! }',
  ],
])('asks for keys of types %s below fragments of one field', (_, types) => {
  const knowledge =
    knowledgeOf(`${types} union Found = Post | Page type Post { author: User } type Page { author: Team }
    type Query { found: Found }`);
  const text = '{ found { ... on Post { author { name } } ... on Page { author { title } } } }';
  expect(validate(knowledge.schema, compiled(knowledge, text).question.document)).toEqual([]);
});

describe('P93 what is added to an operation', () => {
  it.each([
    ['of a list of groups', '{ counts { done count } }', ''],
    ['of a union', '{ rows { ... on DoneCount { done count } } }', 'union Row = DoneCount | Task'],
    [
      'of an interface',
      '{ rows { ... on DoneCount { done count } } }',
      'interface Row { id: ID } extend type DoneCount implements Row extend type Task implements Row',
    ],
  ])('P93 is no id that may be null, which rows could be grouped by: %s', (_, text, row) => {
    const knowledge = knowledgeOf(`type DoneCount { id: ID done: Boolean count: Int }
      type Task { id: ID! name: String! } ${row === '' ? 'union Row = Task' : row}
      type Query { counts: [DoneCount!]! rows: [Row!]! }`);
    let asked = 0;
    const group = { __typename: 'DoneCount', done: true, count: 3, id: () => (asked++, null) };
    const { data, plain } = asking(knowledge, text, {}, { counts: [group], rows: [group] });
    expect(data).toEqual(plain.data);
    expect(asked).toBe(0);
  });

  it('is an id that may be null, where @key says that it is the key', () => {
    const knowledge = knowledgeOf(
      'type Task @key(fields: "id") { id: ID name: String } type Query { task: Task }',
    );
    const { tags, collected } = asking(
      knowledge,
      '{ task { name } }',
      {},
      { task: () => ({ id: 7, name: 'x' }) },
    );
    expect(tags).toContain('Task:7');
    expect(collected.untagged).toBeUndefined();
  });
});
