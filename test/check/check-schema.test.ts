import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildASTSchema, concatAST, extendSchema, parse, Source, type GraphQLSchema } from 'graphql';
import * as fc from 'fast-check';
import { checkSchema, errorsOfSchema, FINDINGS, type Finding } from '../../src/check/check-schema';
import { Findings } from '../../src/check/finding';
import { checkViewerFields } from '../../src/check/privacy';
import { mutationsThatPurgeNothing } from '../../src/policy/touched-types';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { readRules } from '../../src/policy/rules';
import { mutation, query } from './case';
import { CACHING_CASES } from './cases-caching';
import { PURGING_CASES } from './cases-purging';
import { github } from '../policy/github';

// The schema of GitHub takes seconds to build where other work goes on.
/** What is cached, purged and keyed as it should be: nothing to find. */
const GOOD = `
  type Query {
    post(id: ID!): Post
    posts: [Post!]!
    postsBy(user: User!): [Post!]! @cacheTag(format: "posts-by-{$args.user.id}-{$args.user.name}")
    me: Viewer @cacheControl(scope: PRIVATE)
    page: PostConnection @cacheControl(maxAge: 5)
    total: Int @cacheControl(maxAge: 5) @cacheTag(format: "totals")
    places(country: ID!): [Place!] @cacheTag(format: "places-in-{$args.country}")
  }
  type Place @cacheControl(maxAge: 60) @table(name: "public.places", lists: ["name"], parents: [], tags: ["places-in-{$row.country}"])
    @cacheTag(format: "place-{$key.id}") @table(name: "translation", key: "", tags: ["Place:{$row.place_id}", "[Place]"]) { id: ID! name: String }
  input User { id: ID! name: String! }
  type Mutation {
    addPost(title: String!): PostPayload @purges(tags: ["totals"])
    likePost(id: ID!): Post @purges(lists: false)
    deletePost(id: ID!): Boolean @purges(tags: ["Post:{$args.id}", "[Post]"])
    movePlace(id: ID!): Place @purges(tags: ["place-{$args.id}"])
    pin(user: User!): Boolean @purges(tags: ["posts-by-{$args.user.id}-{$args.user.name}"])
  }
  type PostPayload { post: Post }
  type Post @cacheControl(maxAge: 60, swr: 10) { id: ID! title: String votes: Int @cacheControl(maxAge: 5) meta: Meta }
  type Meta @cacheControl(inheritMaxAge: true) { text: String }
  type Viewer @cacheControl(scope: PRIVATE) { name: String }
  type PostConnection { edges: [PostEdge!] @cacheControl(inheritMaxAge: true) }
  type PostEdge { cursor: String node: Post }
`;

function check(sdl: string, by = checkSchema): Finding[] {
  const source = new Source(sdl, 'schema/api.graphql');
  const document = concatAST([parse(DIRECTIVES_SDL), parse(source)]);
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  return by(schema, readRules(schema, { defaultMaxAge: 0 }), [source]);
}

const CASES = [...CACHING_CASES, ...PURGING_CASES];

describe('checking a schema', () => {
  it.each(CASES)('finds %s: %s', (code, _, coordinate, sdl) => {
    const found = check(sdl).filter((finding) => finding.code === code);
    expect(found).toEqual([
      expect.objectContaining({ coordinate, severity: FINDINGS[code][0], remedy: FINDINGS[code][2] }),
    ]);
    expect(found[0]).toMatchObject({
      file: 'schema/api.graphql',
      line: expect.any(Number),
      column: expect.any(Number),
    });
  });

  it.each(CASES)(
    'finds the same errors where it looks for these alone: %s, %s',
    (_code, _what, _where, sdl) => {
      expect(check(sdl, errorsOfSchema)).toEqual(check(sdl).filter(({ severity }) => severity === 'error'));
    },
  );

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
      'list-never-purged',
    ],
    [
      'a plain value with a declared tag',
      query('a: Int @cacheControl(maxAge: 5) @cacheTag(format: "t")'),
      'value-nobody-purges',
    ],
    [
      'a number in rows that a mutation sets',
      query(
        'a: [T] @cacheControl(maxAge: 5)',
        'type T { by: U userId: Int rank: Int } type U { id: ID! } type Mutation { m(rank: Int): T }',
      ),
      'value-nobody-purges',
    ],
    ['a plain value that is not kept', query('a: Int'), 'value-nobody-purges'],
    [
      'a list of an interface whose types are created',
      query(
        'a: [I] @cacheControl(maxAge: 5)',
        'interface I { id: ID } type T implements I { id: ID } type Mutation { m: T }',
      ),
      'list-never-purged',
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
      'a tag with the key of what has the field',
      query('a: T', 'type T { id: ID! b: [T!] @cacheTag(format: "of-{$key.id}") }'),
      'tag-format-unknown-key',
    ],
    [
      'a part of what holds it',
      query(
        'a: T @cacheControl(maxAge: 5)',
        'type T { id: ID! m: M } type M @cacheControl(inheritMaxAge: true) { x: Int }',
      ),
      'cached-type-without-key',
    ],
    [
      'what is part of a list, its pages and figures',
      query(
        'a: TConnection @cacheControl(maxAge: 5) tMeta: Meta @cacheControl(maxAge: 5)',
        `type T { id: ID! } type TConnection { edges: [TEdge!]! pageInfo: PageInfo! sums: Sums }
         type TEdge @cacheControl(maxAge: 5) { node: T } type PageInfo @cacheControl(maxAge: 5) { hasNextPage: Boolean }
         type Sums @cacheControl(maxAge: 5) { x: Int } type Meta { count: Int } type Mutation { m: T }`,
      ),
      'cached-type-without-key',
    ],
    [
      'an object that a mutation returns',
      query('a: T @cacheControl(maxAge: 5)', 'type T { x: Int } type Mutation { m: T }'),
      'object-nobody-purges',
    ],
    [
      'an object about a list that a mutation purges',
      query(
        'ts: [T] tStats: Stats @cacheControl(maxAge: 5)',
        'type T { id: ID! } type Stats { x: Int } type Mutation { m: T }',
      ),
      'object-nobody-purges',
    ],
    [
      'a count that its name, or its filter, tells of',
      query(
        'ts(where: Where): [T] tCount: Int @cacheControl(maxAge: 5) howMany(where: Where): Int @cacheControl(maxAge: 5)',
        'input Where { x: Int } type T { id: ID! } type Mutation { m: T }',
      ),
      'value-nobody-purges',
    ],
    [
      'arguments that say what they look at',
      query(
        'a(name: String, after: String, sort: SortBy, author: String, since: DateTime, id: ID): [T] @cacheControl(maxAge: 5)',
        'scalar DateTime enum SortBy { NAME } type T { id: ID! name: String author: U } type U { id: ID! }',
      ),
      'argument-not-read',
    ],
    [
      'arguments of a list that says what it depends on',
      query('a(text: String): [T] @cacheControl(maxAge: 5) @cacheTag(format: "t")', 'type T { id: ID! }'),
      'argument-not-read',
    ],
    [
      'any change of a type as what a field depends on',
      query('a: Int @cacheControl(maxAge: 5) @cacheTag(format: "~T")', 'type T { id: ID! }'),
      'tag-never-purged',
    ],
    [
      'lists of a private entity',
      query(
        'a: T @cacheControl(maxAge: 5)',
        'type T @cacheControl(scope: PRIVATE) { id: ID! lines: [L!]! @cacheControl(maxAge: 5) } type L { id: ID! }',
      ),
      'list-purged-from-outside',
    ],
    [
      'types with the same key and nothing else in common',
      mutation('m: Row', 'type Row { id: ID! price: Int } extend type Post { title: String }'),
      'entity-under-several-names',
    ],
    [
      'types that are one entity by declaration',
      mutation(
        'm: Row',
        'type Row @key(fields: "id", entity: "Post") { id: ID! title: String } extend type Post { title: String }',
      ),
      'entity-under-several-names',
    ],
    [
      'the name of an entity in a purge',
      mutation(
        'm(id: ID!): Int @purges(tags: ["Thing:{$args.id}", "[Thing]", "Thing"])',
        'extend type Post @key(fields: "id", entity: "Thing")',
      ),
      'purges-unknown-type',
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

  it.each([
    [
      'its only ID!',
      'a: T @cacheControl(maxAge: 5)',
      'type T { nodeId: ID! authorId: ID name: String }',
      'nodeId',
    ],
    [
      'what looks it up',
      'a(sku: String!, region: String!): T @cacheControl(maxAge: 5)',
      'type T { sku: String! region: String! price: Int }',
      'sku region',
    ],
    [
      'an id that may be null',
      'a(id: ID!): T @cacheControl(maxAge: 5)',
      'type T { id: ID name: String }',
      'id',
    ],
    [
      'one in a payload',
      'a(id: ID!): P @cacheControl(maxAge: 5)',
      'type P { data: T } type T @cacheControl(maxAge: 5) { id: ID name: String }',
      'id',
    ],
    ['nothing', 'a: T @cacheControl(maxAge: 5)', 'type T { id: ID name: String }', undefined],
  ])('P25 proposes as a key %s', (_, fields, types, key) => {
    const found = check(query(fields, `${types} type Mutation { m: T }`));
    const { message } = found.find(
      ({ code, coordinate }) => code === 'cached-type-without-key' && coordinate === 'T',
    )!;
    if (key === undefined) expect(message).not.toContain('@key');
    else expect(message).toContain(`@key(fields: "${key}")`);
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

  it('has one line for all types behind an interface, and that line mends them', () => {
    const rest = `interface Likable { viewerHasLiked(round: Int): Boolean! }
      type A implements Likable @cacheControl(maxAge: 60) { id: ID! viewerHasLiked(round: Int): Boolean! myVote: Int }
      type B implements Likable @cacheControl(maxAge: 60) { id: ID! viewerHasLiked(round: Int): Boolean! }`;
    const shared = (more: string) =>
      check(`type Query { a: A b: [B!] @cacheControl(maxAge: 5) } ${rest} ${more}`).filter(
        ({ code }) => code === 'viewer-field-shared',
      );
    const found = shared('');
    expect(found.map(({ coordinate, also }) => [coordinate, also])).toEqual([
      ['A.viewerHasLiked', ['B.viewerHasLiked']],
      ['A.myVote', undefined],
    ]);
    const mend = found.flatMap((one) => one.mend!);
    expect(mend).toEqual([
      'extend interface Likable { viewerHasLiked(round: Int): Boolean! @cacheControl(scope: PRIVATE) }',
      'extend type A { myVote: Int @cacheControl(scope: PRIVATE) }',
    ]);
  });

  it.each([
    ['declared PUBLIC', 'viewerHasLiked: Boolean @cacheControl(scope: PUBLIC)', ''],
    ['declared PRIVATE', 'viewerHasLiked: Boolean @cacheControl(scope: PRIVATE)', ''],
    ['never kept', 'viewerHasLiked: Boolean @cacheControl(maxAge: 0)', ''],
    ['a figure about viewers', 'viewerCount: Int viewers: [T!]', ''],
    ['behind a private field alone', 'x: Int', 'type V { myRating: Int }'],
  ])('takes no field for the viewer’s that is %s', (_, fields, rest) => {
    const found = check(`type Query { a: T mine: V @cacheControl(maxAge: 5, scope: PRIVATE) }
      type T @cacheControl(maxAge: 60) { id: ID! ${fields} } ${rest || 'type V { x: Int }'}`);
    expect(found.filter(({ code }) => code === 'viewer-field-shared')).toEqual([]);
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
    const silent = mutationsThatPurgeNothing(schema, rules).map(({ field }) => field.name);
    expect(silent).toEqual(['count', 'empty']);
  });
});

describe('on real schemas', () => {
  it('finds nothing to mend in the example', () => {
    const folder = join(__dirname, '../../schema');
    const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
    const sources = files.map((file) => new Source(readFileSync(join(folder, file), 'utf8'), file));
    const schema = buildASTSchema(
      concatAST([parse(DIRECTIVES_SDL), ...sources.map((source) => parse(source))]),
    );
    const found = checkSchema(schema, readRules(schema, { defaultMaxAge: 0 }), sources);
    expect(found.filter(({ severity }) => severity !== 'note')).toEqual([]);
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

  it('names the fields of GitHub that are the viewer’s, and its lines mend them all', () => {
    // The other checks take seconds.
    const shared = (schema: GraphQLSchema) => {
      const findings = new Findings([]);
      checkViewerFields({ schema, rules: readRules(schema, { defaultMaxAge: 60 }), findings });
      return findings.sorted();
    };
    const found = shared(github());
    const named = found.flatMap(({ coordinate, also = [] }) => [coordinate, ...also]);
    expect(named).toEqual(
      expect.arrayContaining([
        'Repository.viewerHasStarred',
        'Gist.viewerHasStarred',
        'User.isFollowingViewer',
      ]),
    );
    expect(named.filter((name) => !/viewer|currentUser/i.test(name))).toEqual([]);
    const mended = extendSchema(github(), parse(found.flatMap(({ mend }) => mend!).join('\n')), {
      assumeValid: true,
    });
    expect(shared(mended)).toEqual([]);
  });
});
