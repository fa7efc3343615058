import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildASTSchema, concatAST, extendSchema, parse, Source } from 'graphql';
import * as fc from 'fast-check';
import {
  checkSchema,
  FINDINGS,
  mutationsThatPurgeNothing,
  type Finding,
  type FindingCode,
} from '../../src/policy/check';
import { DIRECTIVES_SDL } from '../../src/policy/directives';
import { readRules } from '../../src/policy/read-rules';
import { github } from './github';

// The schema of GitHub takes seconds to build where other work goes on.
jest.setTimeout(60_000);

/** What is cached, purged and keyed as it should be: nothing to find. */
const GOOD = `
  type Query {
    post(id: ID!): Post
    posts: [Post!]!
    postsBy(user: User!): [Post!]! @cacheTag(format: "posts-by-{$args.user.id}-{$args.user.name}")
    me: Viewer @cacheControl(scope: PRIVATE)
    page: PostConnection @cacheControl(maxAge: 5)
    total: Int @cacheControl(maxAge: 5)
  }
  input User { id: ID! name: String! }
  type Mutation {
    addPost(title: String!): PostPayload
    likePost(id: ID!): Post @purges(lists: false)
    deletePost(id: ID!): Boolean @purges(tags: ["Post:{$args.id}", "[Post]"])
    pin(user: User!): Boolean @purges(tags: ["posts-by-{$args.user.id}-{$args.user.name}"])
  }
  type PostPayload { post: Post }
  type Post @cacheControl(maxAge: 60, swr: 10) { id: ID! title: String votes: Int @cacheControl(maxAge: 5) meta: Meta }
  type Meta @cacheControl(inheritMaxAge: true) { text: String }
  type Viewer @cacheControl(scope: PRIVATE) { name: String }
  type PostConnection { edges: [PostEdge!] @cacheControl(inheritMaxAge: true) }
  type PostEdge { cursor: String node: Post }
`;

function check(sdl: string): Finding[] {
  const source = new Source(sdl, 'schema/api.graphql');
  const document = concatAST([parse(DIRECTIVES_SDL), parse(source)]);
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  return checkSchema(schema, readRules(schema, { defaultMaxAge: 0 }), [source]);
}

/** A schema with these root fields and whatever else; `{ x: Int @cacheControl(maxAge: 1) }` where the rest is enough. */
const query = (fields: string, rest = '') => `type Query { x: Int ${fields} } ${rest}`;
const mutation = (fields: string, rest = '') =>
  `type Query { post: Post tagged(a: ID): Int @cacheTag(format: "t-{$args.a}") } type Post { id: ID! } ${rest}
   type Mutation { touch: Post ${fields} }`;

const CASES: [FindingCode, string, string, string][] = [
  ['unreadable-argument', 'a maxAge in quotes', 'Query.a', query('a: Int @cacheControl(maxAge: "5")')],
  ['unreadable-argument', 'a scope in quotes', 'Query.a', query('a: Int @cacheControl(scope: "PUBLIC")')],
  [
    'unreadable-argument',
    'an unknown scope',
    'T',
    query('a: T @cacheControl(maxAge: 1)', 'type T @cacheControl(scope: NONE) { id: ID }'),
  ],
  ['unreadable-argument', 'a tag without a format', 'Query.a', query('a: Int @cacheTag')],
  ['negative-seconds', 'maxAge', 'Query.a', query('a: Int @cacheControl(maxAge: -1)')],
  ['negative-seconds', 'swr', 'Query.a', query('a: Int @cacheControl(maxAge: 1, swr: -1)')],
  [
    'contradictory-max-age',
    'both',
    'T.t',
    query(
      'a: T @cacheControl(maxAge: 1)',
      'type T { id: ID t: T @cacheControl(maxAge: 1, inheritMaxAge: true) }',
    ),
  ],
  [
    'repeated-directive',
    'two on one field',
    'Query.a',
    query('a: Int @cacheControl(maxAge: 1) @cacheControl(maxAge: 2)'),
  ],
  ['swr-without-max-age', 'on a field', 'Query.a', query('a: Int @cacheControl(swr: 5)')],
  ['swr-without-max-age', 'beside maxAge 0', 'Query.a', query('a: Int @cacheControl(maxAge: 0, swr: 5)')],
  [
    'swr-without-max-age',
    'on a type',
    'T',
    query('a: T @cacheControl(maxAge: 1)', 'type T @cacheControl(swr: 5) { id: ID }'),
  ],
  ['inherit-at-root', 'on a root field', 'Query.a', query('a: Int @cacheControl(inheritMaxAge: true)')],
  ['unused-directive', 'nothing said', 'Query.a', query('a: Int @cacheControl')],
  ['unused-directive', 'a hint on a mutation', 'Mutation.m', mutation('m: Post @cacheControl(maxAge: 5)')],
  ['unused-directive', 'a tag on a mutation', 'Mutation.m', mutation('m: Post @cacheTag(format: "t")')],
  [
    'unused-directive',
    'a plain value that inherits',
    'T.b',
    query('a: T', 'type T @cacheControl(maxAge: 1) { id: ID b: Int @cacheControl(inheritMaxAge: true) }'),
  ],
  ['unused-directive', 'a key on the query type', 'Query', 'type Query @key(fields: "id") { id: ID }'],
  [
    'max-age-never-applies',
    'below a maxAge of 0',
    'T.b',
    query('a: T', 'type T { id: ID b: Int @cacheControl(maxAge: 5) }'),
  ],
  [
    'max-age-never-applies',
    'on a field of an interface',
    'I.b',
    query(
      'a: I',
      'interface I @cacheControl(maxAge: 9) { b: Int @cacheControl(maxAge: 5) } type T implements I { b: Int }',
    ),
  ],
  [
    'max-age-never-applies',
    'on a type behind a union',
    'T',
    query('a: U @cacheControl(maxAge: 9)', 'union U = T type T @cacheControl(maxAge: 5) { id: ID }'),
  ],
  [
    'max-age-never-applies',
    'on a type whose readers have their own',
    'T',
    query('a: T @cacheControl(maxAge: 9)', 'type T @cacheControl(maxAge: 5) { id: ID }'),
  ],
  [
    'max-age-never-applies',
    'on a type below a maxAge of 0',
    'T',
    query('a: S', 'type S { t: T } type T @cacheControl(maxAge: 5) { id: ID }'),
  ],
  [
    'max-age-without-effect',
    'longer than what leads to it',
    'T.b',
    query('a: T', 'type T @cacheControl(maxAge: 5) { id: ID b: Int @cacheControl(maxAge: 6) }'),
  ],
  ['unreachable-type', 'a hint on it', 'T', query('', 'type T @cacheControl(maxAge: 5) { id: ID }')],
  ['unreachable-type', 'a hint in it', 'T.id', query('', 'type T { id: ID @cacheControl(maxAge: 5) }')],
  [
    'public-field-of-private-type',
    'said of a field',
    'Query.a',
    query('a: T @cacheControl(maxAge: 5, scope: PUBLIC)', 'type T @cacheControl(scope: PRIVATE) { id: ID }'),
  ],
  [
    'public-without-effect',
    'said of a union',
    'Query.a',
    query(
      'a: U @cacheControl(maxAge: 5, scope: PUBLIC)',
      'union U = T type T @cacheControl(scope: PRIVATE) { id: ID }',
    ),
  ],
  [
    'public-against-interface',
    'a type',
    'T',
    query(
      'a: T',
      'interface I @cacheControl(scope: PRIVATE) { id: ID } type T implements I @cacheControl(scope: PUBLIC) { id: ID }',
    ),
  ],
  [
    'public-against-interface',
    'a field',
    'T.b',
    query(
      'a: T',
      'interface I { b: ID @cacheControl(scope: PRIVATE) } type T implements I { b: ID @cacheControl(scope: PUBLIC) }',
    ),
  ],
  [
    'private-by-type',
    'a union',
    'Query.a',
    query('a: U @cacheControl(maxAge: 5)', 'union U = T type T @cacheControl(scope: PRIVATE) { id: ID }'),
  ],
  [
    'private-by-type',
    'a type',
    'Query.a',
    query('a: T @cacheControl(maxAge: 5)', 'type T @cacheControl(scope: PRIVATE) { id: ID }'),
  ],
  ['key-unusable', 'a field that is not there', 'T', query('a: T', 'type T @key(fields: "gone") { id: ID }')],
  [
    'key-unusable',
    'a field that is an object',
    'T',
    query('a: T', 'type T @key(fields: "t") { id: ID t: T }'),
  ],
  ['key-unusable', 'no selection', 'T', query('a: T', 'type T @key(fields: "}") { id: ID }')],
  ['key-nested', 'an object', 'T', query('a: T', 'type T @key(fields: "t { id }") { id: ID t: T }')],
  [
    'cached-type-without-key',
    'by a field',
    'T',
    query('a: T @cacheControl(maxAge: 5)', 'type T { name: String }'),
  ],
  [
    'cached-type-without-key',
    'behind an interface',
    'T',
    query('a: I @cacheControl(maxAge: 5)', 'interface I { x: Int } type T implements I { x: Int }'),
  ],
  ['tag-format-malformed', 'a brace', 'Query.a', query('a: Int @cacheTag(format: "t-{args.b}")')],
  [
    'tag-format-malformed',
    'a placeholder first',
    'Query.a',
    query('a(b: ID): Int @cacheTag(format: "{$args.b}")'),
  ],
  [
    'tag-format-malformed',
    'two in a row',
    'Mutation.m',
    mutation('m(a: ID!, b: ID!): Post @purges(tags: ["t{$args.a}{$args.b}"])'),
  ],
  [
    'tag-format-unknown-argument',
    'on a field',
    'Query.a',
    query('a(b: ID): Int @cacheTag(format: "t-{$args.c}")'),
  ],
  [
    'tag-format-unknown-argument',
    'within an input',
    'Query.a',
    query('a(b: B): Int @cacheTag(format: "t-{$args.b.d}")', 'input B { c: ID }'),
  ],
  [
    'tag-format-unknown-argument',
    'on a type',
    'T',
    query('a: T', 'type T @cacheTag(format: "t-{$args.id}") { id: ID }'),
  ],
  [
    'tag-format-unknown-argument',
    'on a mutation',
    'Mutation.m',
    mutation('m: Post @purges(tags: ["Post:{$args.id}"])'),
  ],
  ['tag-format-unknown-key', 'on a field', 'Query.a', query('a: Int @cacheTag(format: "t-{$key.id}")')],
  [
    'tag-format-unknown-key',
    'on a type',
    'T',
    query('a: T', 'type T @cacheTag(format: "t-{$key.sku}") { id: ID }'),
  ],
  [
    'tag-format-unknown-key',
    'on an interface',
    'I',
    query('a: I', 'interface I @cacheTag(format: "t-{$key.id}") { x: Int } type T implements I { x: Int }'),
  ],
  [
    'tag-format-of-another-kind',
    'an entity',
    'Query.a',
    query('a(b: ID): Int @cacheTag(format: "posts:{$args.b}")'),
  ],
  ['tag-format-of-another-kind', 'a list', 'Query.a', query('a: Int @cacheTag(format: "[T]")')],
  [
    'tag-format-of-another-kind',
    'a type',
    'Query.a',
    query('a: T @cacheTag(format: "T")', 'type T { id: ID }'),
  ],
  [
    'tag-never-purged',
    'a tag',
    'Query.a',
    query('a: Int @cacheTag(format: "t")', 'type Mutation { m: Int @purges(tags: ["s"]) }'),
  ],
  ['purges-not-on-mutation', 'on a query', 'Query.a', query('a: Int @purges(tags: ["x"])')],
  [
    'purges-unknown-type',
    'an entity',
    'Mutation.m',
    mutation('m(a: ID!): Int @purges(tags: ["Pots:{$args.a}"])'),
  ],
  ['purges-unknown-type', 'a list', 'Mutation.m', mutation('m: Int @purges(tags: ["[Pots]"])')],
  [
    'purges-wrong-key',
    'too few values',
    'Mutation.m',
    mutation('m(a: ID!): T @purges(tags: ["T:{$args.a}"])', 'type T @key(fields: "a b") { a: ID b: ID }'),
  ],
  [
    'purges-wrong-key',
    'a type without key',
    'Mutation.m',
    mutation('m(a: ID!): T @purges(tags: ["T:{$args.a}"])', 'type T { a: ID }'),
  ],
  [
    'purges-wrong-key',
    'an interface',
    'Mutation.m',
    mutation(
      'm(a: ID!): T @purges(tags: ["I:{$args.a}"])',
      'interface I { id: ID } type T implements I { id: ID }',
    ),
  ],
  [
    'purges-optional-argument',
    'a nullable one',
    'Mutation.m',
    mutation('m(a: ID): Int @purges(tags: ["Post:{$args.a}"])'),
  ],
  ['purges-unmatched-tag', 'one nobody carries', 'Mutation.m', mutation('m: Int @purges(tags: ["nowhere"])')],
  ['mutation-purges-nothing', 'a Boolean', 'Mutation.m', mutation('m: Boolean')],
  [
    'mutation-purges-nothing',
    'a payload that no query returns',
    'Mutation.m',
    mutation('m: P', 'type P { ok: Boolean }'),
  ],
  ['mutation-purges-nothing', 'only malformed tags', 'Mutation.m', mutation('m: Int @purges(tags: ["{"])')],
  [
    'list-nobody-purges',
    'a list whose element is only touched',
    'Query.a',
    query(
      'a: [T] @cacheControl(maxAge: 5)',
      'type T { id: ID } type Mutation { m: T @purges(lists: false) }',
    ),
  ],
  [
    'list-purged-from-outside',
    'a list nothing touches',
    'Query.a',
    query('a: [T] @cacheControl(maxAge: 5)', 'type T { id: ID }'),
  ],
];

describe('checking a schema', () => {
  it.each(CASES)('finds %s: %s', (code, _, coordinate, sdl) => {
    const found = check(sdl).filter((finding) => finding.code === code);
    expect(found).toEqual([
      expect.objectContaining({ coordinate, severity: FINDINGS[code][0], remedy: FINDINGS[code][1] }),
    ]);
    expect(found[0]).toMatchObject({
      file: 'schema/api.graphql',
      line: expect.any(Number),
      column: expect.any(Number),
    });
  });

  it('has a case for everything it can find', () => {
    expect([...new Set(CASES.map(([code]) => code))].sort()).toEqual(Object.keys(FINDINGS).sort());
  });

  it('finds nothing in a schema that is as it should be', () => {
    expect(check(GOOD)).toEqual([]);
  });

  it.each([
    [
      'a list that a declared tag reaches',
      query(
        'a(b: ID!): [T] @cacheControl(maxAge: 5) @cacheTag(format: "t-{$args.b}")',
        'type T { id: ID } type Mutation { m(c: ID!): T @purges(lists: false, tags: ["t-{$args.c}"]) }',
      ),
      'list-nobody-purges',
    ],
    [
      'a list of an interface whose types are created',
      query(
        'a: [I] @cacheControl(maxAge: 5)',
        'interface I { id: ID } type T implements I { id: ID } type Mutation { m: T }',
      ),
      'list-nobody-purges',
    ],
    [
      'an argument with a default',
      mutation('m(a: ID! = 1): Int @purges(tags: ["Post:{$args.a}"])'),
      'purges-optional-argument',
    ],
    [
      'a nullable argument with a default',
      mutation('m(a: ID = 1): Int @purges(tags: ["Post:{$args.a}"])'),
      'purges-optional-argument',
    ],
    [
      'a composite key in full',
      mutation(
        'm(a: ID!): Int @purges(tags: ["T:{$args.a}:{$args.a}"])',
        'type T @key(fields: "a b") { a: ID b: ID }',
      ),
      'purges-wrong-key',
    ],
    [
      'a part of what holds it',
      query(
        'a: T @cacheControl(maxAge: 5)',
        'type T { id: ID m: M } type M @cacheControl(inheritMaxAge: true) { x: Int }',
      ),
      'cached-type-without-key',
    ],
    [
      'a type that one way of several keeps',
      query(
        'a: T b: S c: T',
        'type S @cacheControl(maxAge: 9) { t: T } type T { x: Int @cacheControl(maxAge: 5) } extend type T @cacheControl(inheritMaxAge: true)',
      ),
      'max-age-never-applies',
    ],
    [
      'a private field',
      query(
        'a: T @cacheControl(maxAge: 5, scope: PRIVATE)',
        'type T @cacheControl(scope: PRIVATE) { id: ID }',
      ),
      'private-by-type',
    ],
  ])('does not mind %s', (_, sdl, code) => {
    expect(check(sdl).filter((finding) => finding.code === code)).toEqual([]);
  });

  it('points to the directive, or to the name of what has none', () => {
    const [unreadable] = check('type Query {\n  "Text."\n  a: Int\n    @cacheControl(maxAge: "5")\n}');
    expect(unreadable).toMatchObject({ file: 'schema/api.graphql', line: 4, column: 27 });
    const [nothing] = check('type Query { a: Int }\ntype Mutation {\n  "Text."\n  m: Int\n}');
    expect(nothing).toMatchObject({ code: 'mutation-purges-nothing', line: 4, column: 3 });
  });

  it('gives no place in what the operator did not write', () => {
    const upstream = buildASTSchema(
      parse(DIRECTIVES_SDL + query('a: T', 'type T { id: ID } type Mutation { m: Int }')),
    );
    const overlay = new Source('extend type T @cacheControl(maxAge: -1)', 'overlay.graphql');
    const schema = extendSchema(upstream, parse(overlay));
    const found = checkSchema(schema, readRules(schema, { defaultMaxAge: 0 }), [overlay]);
    expect(found.map(({ code, file }) => [code, file])).toEqual([
      ['negative-seconds', 'overlay.graphql'],
      ['mutation-purges-nothing', undefined],
    ]);
  });

  it('lists the worst first, and the same for definitions in any order', () => {
    const definitions = [
      'type T { b: Int @cacheControl(maxAge: -1) }',
      ...GOOD.split('\n  type ')
        .slice(1)
        .map((text) => `type ${text}`),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(definitions, { minLength: definitions.length }), (shuffled) => {
        const found = check(shuffled.join('\n')).map(({ code, coordinate }) => `${code} ${coordinate}`);
        expect(found).toEqual(['negative-seconds T.b', 'unreachable-type T.b']);
      }),
      { numRuns: 20 },
    );
  });

  it('P21 names the mutations that yield nothing to purge', () => {
    const schema = buildASTSchema(
      parse(`${DIRECTIVES_SDL}
        type Query { post: Post }
        type Post { id: ID! }
        type Mutation {
          add: Post  addAll: [Post!]  addPayload: Payload
          count: Boolean  empty: Ok  counted: Boolean @purges(tags: ["total"])
        }
        type Payload { post: Post }
        type Ok { ok: Boolean }
      `),
    );
    const rules = readRules(schema, { defaultMaxAge: 0 });
    expect(mutationsThatPurgeNothing(schema, rules)).toEqual(['count', 'empty']);
  });
});

describe('on real schemas', () => {
  it('finds no error in the example, and the mutation that is there to be found', () => {
    const folder = join(__dirname, '../../schema');
    const sources = readdirSync(folder).map(
      (file) => new Source(readFileSync(join(folder, file), 'utf8'), file),
    );
    const schema = buildASTSchema(
      concatAST([parse(DIRECTIVES_SDL), ...sources.map((source) => parse(source))]),
    );
    const found = checkSchema(schema, readRules(schema, { defaultMaxAge: 0 }), sources);
    expect(
      found.filter(({ severity }) => severity !== 'note').map(({ code, coordinate }) => [code, coordinate]),
    ).toEqual([['mutation-purges-nothing', 'Mutation.sendPostcard']]);
    for (const finding of found) expect(finding.line).toBeGreaterThan(0);
  });

  it('checks the schema of GitHub with an overlay', () => {
    const schema = github();
    const found = checkSchema(schema, readRules(schema, { defaultMaxAge: 0 }), []);
    const nothing = found
      .filter(({ code }) => code === 'mutation-purges-nothing')
      .map(({ coordinate }) => coordinate);
    expect(nothing).toContain('Mutation.abortQueuedMigrations');
    expect(nothing).not.toContain('Mutation.createIssue');
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(found).toContainEqual(
      expect.objectContaining({ code: 'private-by-type', coordinate: 'Query.node' }),
    );
  });
});
