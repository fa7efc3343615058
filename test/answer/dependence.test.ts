import { asking, knowledgeOf } from './harness';

/** The tags of an answer that say of which types any change refuses it, `~Author`, and those of lists, `[Post]`. */
const depends = (tags: readonly string[]) => tags.filter((tag) => tag.startsWith('~') || tag.startsWith('['));

const TYPES = `
  type Author { id: ID! name: String! posts: [Post!]! country: Country }
  type Country { id: ID! name: String! }
  type Comment { id: ID! text: String! author: Author }
`;

const PRISMA = `${TYPES}
  type Post { id: ID! title: String! author: Author comments: [Comment!]! parent: Post }
  input StringFilter { equals: String contains: String }
  input AuthorRelationFilter { is: AuthorWhereInput isNot: AuthorWhereInput }
  input CommentListRelationFilter { some: CommentWhereInput every: CommentWhereInput none: CommentWhereInput }
  input AuthorWhereInput { AND: [AuthorWhereInput!] name: StringFilter country: CountryRelationFilter posts: PostListRelationFilter }
  input CountryRelationFilter { is: CountryWhereInput }
  input CountryWhereInput { name: StringFilter }
  input CommentWhereInput { text: StringFilter author: AuthorRelationFilter }
  input PostListRelationFilter { some: PostWhereInput }
  input PostWhereInput {
    AND: [PostWhereInput!] OR: [PostWhereInput!] NOT: [PostWhereInput!]
    title: StringFilter author: AuthorRelationFilter comments: CommentListRelationFilter parent: PostWhereInput
  }
  enum SortOrder { asc desc }
  input CountOrder { _count: SortOrder }
  input AuthorOrder { name: SortOrder }
  input PostOrder { title: SortOrder author: AuthorOrder comments: CountOrder }
  type Query {
    posts(where: PostWhereInput, orderBy: [PostOrder!], take: Int): [Post!]!
    authors(where: AuthorWhereInput): [Author!]!
    ordered(orderBy: [PostOrder!] = [{ author: { name: asc } }]): [Post!]!
  }
`;

const HASURA = `${TYPES}
  type Post { id: ID! title: String! author: Author comments: [Comment!]! }
  input text_exp { _eq: String _in: [String!] }
  input author_exp { _and: [author_exp!] _not: author_exp name: text_exp country: country_exp }
  input country_exp { name: text_exp }
  input comment_exp { text: text_exp author: author_exp }
  input comments_aggregate_exp { count: Int_exp }
  input Int_exp { _gt: Int }
  input post_exp { _and: [post_exp!] _or: [post_exp!] _not: post_exp title: text_exp author: author_exp comments: comment_exp comments_aggregate: comments_aggregate_exp }
  enum order_by { asc desc }
  input author_order { name: order_by }
  input aggregate_order { count: order_by }
  input post_order { title: order_by author: author_order comments_aggregate: aggregate_order }
  type Query { posts(where: post_exp, order_by: [post_order!], limit: Int): [Post!]! }
`;

const POSTGRAPHILE = `
  type Author { nodeId: ID! id: Int! name: String! postsByAuthorId: PostsConnection! }
  type Post { nodeId: ID! id: Int! title: String! authorId: Int authorByAuthorId: Author }
  type PostsConnection { nodes: [Post]! edges: [PostEdge!]! totalCount: Int! pageInfo: PageInfo! }
  type PostEdge { cursor: String node: Post }
  type PageInfo { hasNextPage: Boolean! }
  type AuthorsConnection { nodes: [Author]! totalCount: Int! }
  input StringFilter { equalTo: String }
  input AuthorFilter { name: StringFilter postsByAuthorId: AuthorToManyPostFilter postsByAuthorIdExist: Boolean }
  input AuthorToManyPostFilter { some: PostFilter }
  input PostFilter { title: StringFilter authorByAuthorId: AuthorFilter authorByAuthorIdExists: Boolean and: [PostFilter!] }
  input PostCondition { authorId: Int title: String }
  enum PostsOrderBy { NATURAL ID_ASC TITLE_ASC AUTHOR_ID_ASC AUTHOR_BY_AUTHOR_ID__NAME_ASC AUTHOR_BY_AUTHOR_ID__ID_ASC }
  enum AuthorsOrderBy { NATURAL NAME_ASC POSTS_BY_AUTHOR_ID__COUNT_DESC }
  type Query {
    allPosts(first: Int, condition: PostCondition, filter: PostFilter, orderBy: [PostsOrderBy!]): PostsConnection
    allAuthors(filter: AuthorFilter, orderBy: [AuthorsOrderBy!]): AuthorsConnection
  }
`;

const OTHERS = `${TYPES}
  scalar JSON
  type Post { id: ID! title: String! author: Author tags: [Tag!]! labels: [Tag!]! meta: Meta }
  type Tag { id: ID! name: String! }
  type Meta { editor: Author note: String }
  input Where { authorName: String authorId: ID author_in: [ID!] commentsCount: Int tagged: TagFilter tags_SOME: TagWhere }
  input TagFilter { name: String }
  input TagWhere { name: String }
  input MetaWhere { editor: Name note: String }
  input Name { name: String }
  enum Order { author__name title }
  type Query {
    posts(
      where: Where, filter: JSON, sort: [String!], order: Order, authorName: String, author: ID, labels: [String!], meta: MetaWhere,
      authorExists: Boolean, first: Int
    ): [Post!]!
    tags(filter: TagFilter): [Tag!]!
  }
`;

describe('P25 a list depends on any change of a type that it is filtered or ordered through', () => {
  const empty = {
    posts: [],
    ordered: [],
    authors: [],
    allPosts: { nodes: [], edges: [], totalCount: 0 },
    allAuthors: { nodes: [] },
  };
  const prisma = knowledgeOf(PRISMA);
  const hasura = knowledgeOf(HASURA);
  const postgraphile = knowledgeOf(POSTGRAPHILE);
  const others = knowledgeOf(OTHERS);

  it.each([
    ['a related filter', prisma, 'posts(where: { author: { is: { name: { equals: "A" } } } })', '~Author'],
    [
      'a negated one',
      prisma,
      'posts(where: { NOT: [{ author: { isNot: { name: { equals: "A" } } } }] })',
      '~Author',
    ],
    [
      'one within OR',
      prisma,
      'posts(where: { OR: [{ title: { equals: "A" } }, { author: { is: {} } }] })',
      '~Author',
    ],
    ['a null', prisma, 'posts(where: { author: null })', '~Author'],
    ['a null further in', prisma, 'posts(where: { author: { is: null } })', '~Author'],
    [
      'a list of related ones',
      prisma,
      'posts(where: { comments: { some: { text: { contains: "x" } } } })',
      '~Comment',
    ],
    [
      'a relation of a relation',
      prisma,
      'posts(where: { comments: { every: { author: { is: { country: { is: { name: { equals: "PT" } } } } } } } })',
      '~Author ~Comment ~Country',
    ],
    ['a relation to the same type', prisma, 'posts(where: { parent: { title: { equals: "A" } } })', '~Post'],
    [
      'a relation and back',
      prisma,
      'posts(where: { author: { is: { posts: { some: {} } } } })',
      '~Author ~Post',
    ],
    ['a related order', prisma, 'posts(orderBy: [{ title: asc }, { author: { name: asc } }])', '~Author'],
    ['a count of related ones', prisma, 'posts(orderBy: [{ comments: { _count: desc } }])', '~Comment'],
    ['a default', prisma, 'ordered', '~Author'],
    [
      'nothing but itself',
      prisma,
      'posts(where: { title: { equals: "A" } }, orderBy: [{ title: desc }], take: 5)',
      '',
    ],
    ['nothing but itself, within AND', prisma, 'posts(where: { AND: [{ title: { equals: "A" } }] })', ''],
    ['Hasura: a relation', hasura, 'posts(where: { author: { name: { _eq: "A" } } })', '~Author'],
    [
      'Hasura: _and, _or, _not',
      hasura,
      'posts(where: { _and: [{ _or: [{ _not: { author: { _not: {} } } }] }] })',
      '~Author',
    ],
    ['Hasura: an order', hasura, 'posts(order_by: [{ author: { name: asc } }])', '~Author'],
    [
      'Hasura: an aggregate',
      hasura,
      'posts(where: { comments_aggregate: { count: { _gt: 1 } } })',
      '~Comment',
    ],
    [
      'Hasura: an order by an aggregate',
      hasura,
      'posts(order_by: [{ comments_aggregate: { count: desc } }])',
      '~Comment',
    ],
    [
      'Hasura: nothing',
      hasura,
      'posts(where: { title: { _in: ["author.name"] } }, order_by: [{ title: asc }], limit: 1)',
      '',
    ],
    [
      'PostGraphile: a relation',
      postgraphile,
      'allPosts(filter: { authorByAuthorId: { name: { equalTo: "A" } } })',
      '~Author',
    ],
    [
      'PostGraphile: whether there is one',
      postgraphile,
      'allPosts(filter: { authorByAuthorIdExists: true })',
      '~Author',
    ],
    [
      'PostGraphile: some of many',
      postgraphile,
      'allAuthors(filter: { postsByAuthorId: { some: { title: { equalTo: "A" } } } })',
      '~Post',
    ],
    [
      'PostGraphile: an order',
      postgraphile,
      'allPosts(orderBy: [ID_ASC, AUTHOR_BY_AUTHOR_ID__NAME_ASC])',
      '~Author',
    ],
    [
      'PostGraphile: an order by a count',
      postgraphile,
      'allAuthors(orderBy: [POSTS_BY_AUTHOR_ID__COUNT_DESC])',
      '~Post',
    ],
    [
      'PostGraphile: an order by the reference itself',
      postgraphile,
      'allPosts(orderBy: [AUTHOR_ID_ASC, NATURAL, TITLE_ASC])',
      '',
    ],
    [
      'PostGraphile: a condition',
      postgraphile,
      'allPosts(first: 2, condition: { authorId: 3, title: "author.name" })',
      '',
    ],
    ['a name that begins with a reference', others, 'posts(where: { authorName: "A" })', '~Author'],
    ['such a name of an argument', others, 'posts(authorName: "A")', '~Author'],
    ['whether there is one', others, 'posts(authorExists: true)', '~Author'],
    [
      'the reference itself',
      others,
      'posts(where: { authorId: 3, author_in: [4] }, author: 5, first: 2)',
      '',
    ],
    ['the name of what it refers to', others, 'posts(labels: ["bug"])', '~Tag'],
    [
      "an input that only the other type's lists take",
      others,
      'posts(where: { tagged: { name: "x" } })',
      '~Tag',
    ],
    ['a name with an operator', others, 'posts(where: { tags_SOME: { name: "x" } })', '~Tag'],
    ['JSON', others, 'posts(filter: { author: { name: "A" } })', '~Author'],
    [
      'a path in a text',
      others,
      'posts(sort: ["title:asc", "author.country.name:desc"])',
      '~Author ~Country',
    ],
    ['a text that is no path', others, 'posts(sort: ["author"], filter: "author")', ''],
    ['an enum', others, 'posts(order: author__name)', '~Author'],
    ['an enum of its own', others, 'posts(order: title)', ''],
    ['a part of it that leads on', others, 'posts(meta: { editor: { name: "A" } })', '~Author ~Meta'],
  ])('through %s', (_, knowledge, field, expected) => {
    const body = field.startsWith('all') ? '{ nodes { id } }' : '{ id }';
    const { tags } = asking(knowledge, `{ ${field} ${body} }`, {}, empty);
    expect(
      depends(tags)
        .filter((tag) => tag.startsWith('~'))
        .join(' '),
    ).toBe(expected);
  });

  it.each([
    ['a value that is sent', { where: { author: { is: { name: { equals: 'A' } } } } }, '~Author'],
    ['a null that is sent', { where: { author: null } }, '~Author'],
    ['another value', { where: { title: { equals: 'A' } } }, ''],
    ['no value', {}, ''],
  ])('by %s in a variable', (_, variables, expected) => {
    const text = 'query ($where: PostWhereInput) { posts(where: $where) { id } }';
    expect(
      depends(asking(prisma, text, variables, empty).tags)
        .filter((tag) => tag.startsWith('~'))
        .join(' '),
    ).toBe(expected);
  });

  it.each([
    ['sent', { is: { name: { equals: 'x' } } }, '~Author'],
    ['left out', undefined, ''],
  ])('by a variable within, when it is %s', (_, is, expected) => {
    const text =
      'query ($author: AuthorRelationFilter) { posts(where: { author: $author, title: { contains: "x" } }) { id } }';
    const { tags } = asking(prisma, text, is && { author: is }, empty);
    expect(
      depends(tags)
        .filter((tag) => tag.startsWith('~'))
        .join(' '),
    ).toBe(expected);
  });

  it('also where the list is below an object, and once for all of them', () => {
    const knowledge = knowledgeOf(
      `${PRISMA} extend type Author { written(where: PostWhereInput): [Post!]! }`,
    );
    const authors = [1, 2].map((id) => ({ id, name: 'A', written: [] }));
    const text = '{ authors { name written(where: { comments: { none: {} } }) { id } } }';
    expect(asking(knowledge, text, {}, { authors }).tags).toEqual([
      'Author',
      'Author:1',
      'Author:2',
      '[Author]',
      '[Post]',
      '~Comment',
    ]);
  });

  it('through an interface, for every type behind it', () => {
    const knowledge =
      knowledgeOf(`interface Owner { name: String! } type User implements Owner { id: ID! name: String! }
      type Team implements Owner { id: ID! name: String! } type Repo { id: ID! owner: Owner! }
      input OwnerWhere { name: String } input RepoWhere { owner: OwnerWhere } type Query { repos(where: RepoWhere): [Repo!]! }`);
    const { tags } = asking(
      knowledge,
      '{ repos(where: { owner: { name: "x" } }) { id } }',
      {},
      { repos: [] },
    );
    expect(tags).toEqual(['[Repo]', '~Team', '~User']);
  });

  it('refuses to keep an answer whose arguments are too large to look through', () => {
    const text = 'query ($where: PostWhereInput) { posts(where: $where) { id } }';
    const OR = Array.from({ length: 20_000 }, () => ({ title: { equals: 'x' } }));
    const { collected } = asking(prisma, text, { where: { OR } }, empty);
    expect(collected.untagged).toBe('the arguments of Query.posts');
  });

  it('P47 looks through so much of a request, whatever number of fields it is given to', () => {
    const fields = Array.from({ length: 20 }, (_, at) => `a${at}: posts(where: $where) { id }`);
    const text = `query ($where: PostWhereInput) { ${fields.join(' ')} }`;
    const OR = Array.from({ length: 300 }, () => ({ title: { equals: 'x' } }));
    const few = asking(prisma, text, { where: { OR: OR.slice(0, 10) } }, empty);
    expect(few.collected.untagged).toBeUndefined();
    const many = asking(prisma, text, { where: { OR } }, empty);
    expect(many.collected.untagged).toBe('the arguments of Query.posts');
  });
});
