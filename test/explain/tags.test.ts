import { explained, knowledgeWith, SIGNED_IN } from './harness';

describe('what an answer is purged by', () => {
  it.each([
    [
      'entities and lists',
      '{ trips { title country { name } } }',
      {},
      {
        entities: ['Country:<code>', 'Trip:<id>'],
        lists: ['[Trip]'],
      },
    ],
    [
      'what has no key',
      '{ reviews { edges { node { text } } } }',
      {},
      {
        entities: ['Review:<id>'],
        types: ['ReviewConnection', 'ReviewEdge'],
        lists: ['[Review]'],
      },
    ],
    [
      'every type behind a union',
      '{ search(text: "po") { __typename } }',
      {},
      {
        entities: ['Country:<code>', 'Traveller:<id>', 'Trip:<id>'],
        lists: ['[SearchResult]'],
      },
    ],
    [
      'a declared tag with its value',
      'query($id: ID!) { tripsBy(travellerId: $id) { id } }',
      { id: '7' },
      {
        declared: ['trips-by-7'],
      },
    ],
    [
      'a declared tag without it',
      'query($id: ID!) { tripsBy(travellerId: $id) { id } }',
      {},
      {
        declared: ['trips-by-<id>'],
      },
    ],
    [
      'the entity that is missing',
      'query($id: ID!) { trip(id: $id) { title } }',
      { id: 7 },
      {
        ifMissing: ['Trip:7', '[Trip]'],
      },
    ],
    [
      'each type that may be missing',
      '{ node(id: "x") { id } }',
      {},
      {
        ifMissing: ['Review:x', 'Traveller:x', 'Trip:x', '[Node]'],
      },
    ],
    ['the list of what no argument names', '{ me { name } }', {}, { ifMissing: ['[Traveller]'] }],
  ])('holds %s', (_, text, variables, tags) => {
    expect(explained(text, variables).tags).toMatchObject(tags);
  });
});

describe('what an answer depends on beside what it shows', () => {
  const knowledge = knowledgeWith(`
    type Post { id: ID! title: String! author: Author }
    type Author { id: ID! name: String! }
    input Where { author: AuthorWhere }
    input AuthorWhere { name: String }
    type Query { latest: Post post(id: ID!): Post posts(where: Where): [Post!]! postCount(where: Where): Int! }`);
  const where = { author: { name: 'x' } };

  it.each([
    ['the lists of an object that nothing names', '{ latest { title } }', { lists: ['[Post]'], changes: [] }],
    ['no lists of one that is named', '{ post(id: 7) { title } }', { lists: [], changes: [] }],
    [
      'any change of a type, through its arguments',
      'query ($where: Where) { posts(where: $where) { title } }',
      { lists: ['[Post]'], changes: ['~Author'] },
    ],
    [
      'what may be in the lists of a type that it counts',
      'query ($where: Where) { postCount(where: $where) }',
      { lists: ['[Post]'], changes: ['~Author', '~[Post]'] },
    ],
  ])('is %s', (_, text, tags) => {
    expect(explained(text, { where }, {}, knowledge).tags).toMatchObject(tags);
  });
});

describe('what a mutation purges', () => {
  it.each([
    [
      'what it returns and its lists',
      'mutation { renameTrip(id: 1, title: "x") { id } }',
      {
        entities: ['Trip:1', 'Trip:<id>'],
        askedAfterwards: ['Trip.traveller', 'Trip.country'],
        lists: ['[Node]', '[SearchResult]', '[Trip]'],
        declared: [],
        silent: [],
      },
    ],
    [
      'what its payload carries',
      'mutation { createReview(input: {authorId: 1, country: "PT", rating: 1}) { __typename } }',
      {
        entities: ['Country:PT', 'Traveller:1'],
        lists: ['[Node]', '[Review]'],
      },
    ],
    [
      'no lists where it is told so',
      'mutation { likeReview(id: 1) { likes } }',
      {
        entities: ['Review:1', 'Review:<id>'],
        lists: [],
      },
    ],
    [
      'what it declares',
      'mutation($id: ID!) { deleteTrip(id: $id) pinTrip(travellerId: 9, tripId: $id) }',
      {
        entities: ['Trip:<id>'],
        declared: ['trips-by-9', 'trips-by-{}'],
      },
    ],
    [
      'nothing, where it is told so',
      'mutation { sendPostcard(tripId: 1, text: "") }',
      {
        entities: [],
        lists: [],
        types: [],
        declared: [],
        silent: [],
        because: [
          {
            field: 'Mutation.sendPostcard',
            purges: ['nothing: @purges says that it changes nothing that is shown'],
          },
        ],
      },
    ],
  ])('is %s', (_, text, purges) => {
    expect(explained(text).purges).toMatchObject(purges);
  });

  it('is nothing that anything tells of', () => {
    const knowledge = knowledgeWith('type Query { a: Int } type Mutation { finish: Boolean }');
    expect(explained('mutation { finish }', {}, {}, knowledge).purges).toEqual({
      entities: [],
      lists: [],
      session: false,
      types: [],
      declared: [],
      silent: ['Mutation.finish'],
      askedAfterwards: [],
      because: [
        {
          field: 'Mutation.finish',
          purges: ['nothing: neither its name, its arguments nor its answer tell what it changes'],
        },
      ],
    });
  });

  it('is what the session was shown, where there are sessions', () => {
    const knowledge = knowledgeWith(
      'type Query { a: Int } type Mutation { logOut: Boolean count: Int @purges(session: false) }',
    );
    const session = (text: string, settings = {}) => explained(text, {}, settings, knowledge).purges?.session;
    expect(session('mutation { logOut }')).toBe(false);
    expect(session('mutation { logOut }', SIGNED_IN)).toBe(true);
    expect(session('mutation { count }', SIGNED_IN)).toBe(false);
  });

  it('shows where inside an input the value of a tag comes from', () => {
    const knowledge = knowledgeWith(`
      type Query { thing: Thing } type Thing { id: ID! }
      input Where { thing: Inner! } input Inner { id: ID! tags: [String!] }
      type Mutation { remove(where: Where!): Boolean @purges(tags: ["Thing:{$args.where.thing.id}"]) }`);
    const { purges } = explained('mutation($where: Where!) { remove(where: $where) }', {}, {}, knowledge);
    expect(purges?.entities).toEqual(['Thing:<where.thing.id>']);
  });
});
