import { buildSchema, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { isValid } from '../../src/operation/validity';
import { generateOperations } from '../policy/generate-operations';
import { seededRandom, type Random } from '../policy/random';
import { createSharedSchema } from '../policy/shared-schema';

const schema = buildSchema(`
  directive @note(text: String) repeatable on FIELD | QUERY | VARIABLE_DEFINITION
  directive @once(n: Int!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | FRAGMENT_DEFINITION
  enum Size { S M L }
  input Range { least: Int! = 1  most: Int  within: [Range!] }
  input Choice @oneOf { id: ID  name: String }
  interface Node { id: ID! }
  type Item implements Node { id: ID!  name(short: Boolean): String  size: Size  of: [Item!]!  owner: Owner }
  type Owner implements Node { id: ID!  name: Int  items(first: Int! = 2, in: Range): [Item] }
  union Any = Item | Owner
  type Query { item(id: ID!, sizes: [Size!]): Item  node(by: Choice!): Node  any(in: Range, n: Float): [Any!]  me: Owner }
  type Mutation { rename(id: ID!, name: String!): Item }
  type Subscription { items: Item  owners: Owner }
`);

/** Between them they hold what every rule looks at. */
const VALID = [
  `query Q($id: ID!, $sizes: [Size!] = [S, M] @note(text: "a"), $short: Boolean = true) @note @note { item(id: $id, sizes: $sizes) { ...F name(short: $short) of { id @once(n: 1) } } me { items { id } } } fragment F on Item { id size owner { ...G } } fragment G on Owner { name items(first: 3) { size } }`,
  `query A($r: Range, $n: Float) { any(in: $r, n: $n) { ... on Item { title: name } ... on Owner { name } ... on Node { id } __typename } } query B($n: Int) { any(n: 2, in: { least: 2, most: $n, within: [{ most: 3 }, { least: $n }] }) { ...H @skip(if: false) } } fragment H on Item { id }`,
  `query One($by: Choice!) { node(by: $by) { id ... on Item { of { of { id } } } } other: node(by: { id: "7" }) { id } }`,
  `mutation M($name: String! = "x") { rename(id: 4, name: $name) { id name } again: rename(id: "a", name: """b""") { size } }`,
  `subscription S { items { id owner { name } } }`,
  `{ __schema { types { name fields { name } } } __type(name: "Item") { kind } me { id id items(first: 1, in: null) { id } } }`,
];

const TOKEN = /"""[^"]*"""|"[^"]*"|\.\.\.|[$@]?\w+|[^\s\w]/g;

/** A few tokens are left out, doubled, exchanged or put in from another document. */
function mangle(text: string, pool: readonly string[], random: Random): string {
  const tokens = text.match(TOKEN)!;
  for (let times = 1 + random.below(2); times > 0; times--) {
    const at = random.below(tokens.length);
    const kind = random.below(4);
    if (kind === 0) tokens.splice(at, 1 + random.below(2));
    else if (kind === 1) tokens.splice(at, 0, ...tokens.slice(at, at + 1 + random.below(6)));
    else if (kind === 2) tokens[at] = random.pick(pool);
    else tokens.splice(at, 0, random.pick(pool));
    if (tokens.length === 0) return '';
  }
  return tokens.join(' ');
}

function read(text: string): DocumentNode | undefined {
  try {
    return parse(text, { noLocation: true });
  } catch {
    return undefined;
  }
}

const agrees = (to: GraphQLSchema, document: DocumentNode): [boolean, boolean] => [
  isValid(to, document),
  validate(to, document).length === 0,
];

describe('isValid says what graphql-js says', () => {
  it.each(VALID)('%s', (text) => {
    expect(agrees(schema, parse(text))).toEqual([true, true]);
  });

  it('of documents that were mangled', () => {
    const random = seededRandom(1);
    const pool = [...new Set(VALID.flatMap((text) => text.match(TOKEN)!))];
    const broken = new Set<string>();
    let valid = 0;
    for (let round = 0; round < 8000; round++) {
      const text = mangle(random.pick(VALID), pool, random);
      const document = read(text);
      if (!document) continue;
      const errors = validate(schema, document);
      for (const { message } of errors) broken.add(message.replace(/".*"|\d+/g, '_'));
      if (errors.length === 0) valid++;
      expect({ text, isValid: isValid(schema, document) }).toEqual({ text, isValid: errors.length === 0 });
    }
    // Otherwise this shows less than it seems to.
    expect(valid).toBeGreaterThan(100);
    expect(broken.size).toBeGreaterThan(30);
  });

  it('of operations with everything in them', () => {
    const shared = createSharedSchema(1, 0);
    for (const text of generateOperations(shared, { seed: 5, count: 150 }))
      expect(agrees(shared, parse(text))).toEqual([true, true]);
  });

  it('of what is not to be executed', () => {
    for (const text of ['type T { a: Int }', '{ me { id } } scalar X', 'extend type Item { b: Int }'])
      expect(agrees(schema, parse(text))).toEqual([false, false]);
  });

  it('of a schema that is not valid itself: that is for validate to throw', () => {
    const broken = buildSchema('type Item { id: ID }', { assumeValidSDL: true });
    expect(isValid(broken, parse('{ id }'))).toBe(false);
    expect(() => validate(broken, parse('{ id }'))).toThrow('Query root type');
  });
});
