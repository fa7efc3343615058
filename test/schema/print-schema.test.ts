import { parse } from 'graphql';
import { createExampleSchema } from '../../src/example/schema';
import { readRules } from '../../src/policy/rules';
import { buildFullSchema } from '../../src/schema/full-schema';
import { loadSchema } from '../../src/schema/load-schema';
import { printWholeSchema } from '../../src/schema/print-schema';
import { schemaVersion } from '../../src/schema/schema-keeper';
import { cleanupAfterEach } from '../kit/cleanup';
import { github } from '../policy/github';
import { createSharedSchema } from '../policy/shared-schema';
import { load, writeFiles } from './sdl';

const cleanup = cleanupAfterEach();

/** Everything that SDL can say beside directives of ours. */
const SDL = `
  "The roots."
  schema { query: Root mutation: Change }
  type Root {
    """
    Of several lines,
      one of them further in, with a \\"""quote\\""".
    """
    a("One." one: [Int!]! = [1], two: In = {b: [A], c: "x\\ny"}): Int @deprecated(reason: "Say \\"b\\".")
    old: Int @deprecated
    one: Node
    any: Any
    data(of: JSON = {a: [1, {b: null}], c: true}): JSON
  }
  type Change { a(in: One): Int }
  interface Node { id: ID! }
  interface Sub implements Node { id: ID! }
  type Leaf implements Sub & Node { id: ID! "A leaf's." name: String }
  union Any = Leaf | Other
  type Other { a: Int }
  "Kinds." enum Kind { "First." A B @deprecated(reason: "no") }
  input In { b: [Kind!] = [A, B] c: String "Of it." d: In old: Int @deprecated }
  input One @oneOf { a: Int b: String }
  scalar JSON @specifiedBy(url: "https://json.example")
  directive @lang(code: String = "en") repeatable on FIELD | QUERY
`;

/** graphql-js cannot introspect a default that is an object. */
const PLAIN = SDL.replace(' = {a: [1, {b: null}], c: true}', '');

const OVERLAY = `
  extend type Root { one: Node @cacheControl(maxAge: 5, swr: 1) @cacheTag(format: "a") @cacheTag(format: "b") }
  extend interface Node @cacheControl(scope: PRIVATE)
  extend union Any @cacheControl(maxAge: 7)
  extend type Leaf @key(fields: "id name")
  extend type Change { a: Int @purges(tags: ["Leaf"], lists: false) }
`;

it.each([
  [
    'an introspected schema with an overlay',
    () => load(cleanup, [OVERLAY], PLAIN).then(({ schema }) => schema),
  ],
  ['a schema that stands alone', () => load(cleanup, [SDL]).then(({ schema }) => schema)],
  ['the example', () => createExampleSchema()],
  ['every way of @cacheControl', () => createSharedSchema(1, 0)],
  ['the schema of GitHub', () => github()],
])('prints %s as SDL that says the same, alone', async (_, make) => {
  const schema = await make();
  const printed = printWholeSchema(schema);
  const again = buildFullSchema(parse(printed), false);
  expect(schemaVersion(again)).toBe(schemaVersion(schema));
  expect(printWholeSchema(again)).toBe(printed);
});

it('prints of a directive that was given again what came of it', async () => {
  const sdl = `
    type Query @cacheControl(scope: PRIVATE, maxAge: 3) { a: Leaf @cacheControl(inheritMaxAge: true, swr: 2) }
    type Leaf { a: Int }
  `;
  const overlay = `
    extend type Query { a: Leaf @cacheControl(maxAge: 5) }
    extend type Query { a: Leaf @cacheControl(scope: PUBLIC) }
  `;
  const { schema } = await load(cleanup, [sdl, overlay]);
  const printed = printWholeSchema(schema);
  expect(printed).toContain('a: Leaf @cacheControl(swr: 2, maxAge: 5, scope: PUBLIC)');
  const again = readRules(buildFullSchema(parse(printed), false), { defaultMaxAge: 0 });
  const before = readRules(schema, { defaultMaxAge: 0 });
  expect(again.fieldHint('Query', 'a')).toEqual(before.fieldHint('Query', 'a'));
  expect(again.typeHint('Query')).toEqual(before.typeHint('Query'));
});

it('can be given as SCHEMA in front of the same upstream, which is then not asked', async () => {
  const { schema } = await load(cleanup, [OVERLAY], PLAIN);
  const folder = await writeFiles(cleanup, { 'whole.graphql': printWholeSchema(schema) });
  const whole = await loadSchema({
    patterns: ['whole.graphql'],
    folder,
    introspect: () => Promise.reject(new Error('asked')),
  });
  expect(schemaVersion(whole.schema)).toBe(schemaVersion(schema));
});
