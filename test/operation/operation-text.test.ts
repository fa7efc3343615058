import { buildSchema, parse, print, visit, type DocumentNode } from 'graphql';
import { operationText } from '../../src/operation/operation-text';
import { generateOperations } from '../policy/generate-operations';

const NONE = new Map<string, number>();

const SCHEMA = buildSchema(`
  type Query { pages(first: Int = 3, by: By, tags: [String!]): [Page!]!  node(id: ID!): Node  find(text: String!): Found }
  input By { field: String!  descending: Boolean }
  interface Node { id: ID! }
  type Page implements Node { id: ID!  title(in: Language): String  author: Author }
  type Author implements Node { id: ID!  name: String  pages(first: Int): [Page!] }
  enum Language { DE EN }
  union Found = Page | Author
`);

const WRITTEN = [
  '{ a }',
  'query A { a, b }',
  'query ($a: Int, $b: [Int!]! = [1, 2] @deprecated) @c(d: $a) { a: b(c: $a) @skip(if: true) @d { e } ...F @f }' +
    ' fragment F on T @g { ... { h } ... @include(if: $a) { i } ... on U @j { k } }',
  '{ a(b: {c: [1, 1.0, -2e3], d: {}}, e: null, f: true, g: G) }',
  '{ a(b: "\\"é\\n\\u0007, ", c: "", d: []) b }',
  '{ a(b: """\n  two\n  lines "quoted"\n""") }',
  '"for people" mutation M { a { b { c } d } }',
  'subscription S($on: On) { a(on: $on) }',
];

/** As it means: a string's form says nothing, nor does a description. */
function meant(document: DocumentNode): string {
  return print(
    visit(document, {
      StringValue: (node) => ({ ...node, block: false }),
      OperationDefinition: (node) => ({ ...node, description: undefined }),
    }),
  );
}

describe('the text of an operation for its key', () => {
  it('is the operation, so that no two have one', () => {
    const all = [...WRITTEN, ...generateOperations(SCHEMA, { seed: 1, count: 120 })];
    for (const text of all) {
      const document = parse(text, { noLocation: true });
      expect(meant(parse(operationText(document, NONE)))).toBe(meant(document));
    }
  });

  it('is one however the operation is laid out', () => {
    for (const text of WRITTEN) {
      const again = parse(print(parse(text)));
      expect(operationText(again, NONE)).toBe(operationText(parse(text), NONE));
    }
  });

  it('has numbers for variables wherever they stand, and no name of theirs', () => {
    const of = (a: string, b: string): string =>
      operationText(
        parse(
          `query ($${a}: Int = 1, $${b}: Int) { a(b: [$${a}, {c: $${b}}]) @d(e: $${b}) ...F } fragment F on T { f(g: $${a}) }`,
        ),
        new Map([a, b].map((name, number) => [name, number])),
      );
    expect(of('x', 'y')).toBe(of('y', 'x'));
    expect(of('x', 'y')).toBe(
      'query ($0:Int=1,$1:Int){a(b:[$0,{c:$1}])@d(e:$1) ...F }fragment F on T{f(g:$0) }',
    );
  });
});
