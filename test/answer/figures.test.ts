import { asking, knowledgeOf } from './harness';

/** The tags of an answer that are of lists, `[Post]`, of any change of a type, `~Post`, or of what is in its lists, `~[Post]`. */
const depends = (tags: readonly string[]) =>
  tags.filter((tag) => tag.startsWith('~') || tag.startsWith('[')).join(' ');

const knowledge = knowledgeOf(`
  type Order { id: ID! title: String! total: Int! amount: Int! paid: Boolean city: City buyer: User }
  type City { id: ID! name: String! }
  type User { id: ID! name: String! latest: Order orderCount(where: OrderWhere): Int! totals: Sums }
  input OrderWhere { title: String city: CityWhere }
  input CityWhere { name: String }
  interface Connection { totalCount: Int! }
  type OrderConnection implements Connection { edges: [OrderEdge!]! totalCount: Int! pageInfo: PageInfo! sums: Sums facets: [Facet!]! }
  type OrderEdge { cursor: String! node: Order! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Sums { total: Int average: Float }
  type Facet { value: String! count: Int! }
  type OrderPage { items(sort: String): [Order!]! total: Int! revenue: Int! }
  type OrderSearch { result: OrderResult! total: Int! took: Float }
  type OrderResult { items: [Order!]! }
  type CityGroup { city: String! count: Int! orders: [Order!]! }
  type CityCount { city: String! count: Int! }
  type Ranked { rank: Int! order: Order! }
  type OrderMeta { count: Int! }
  type OrderAggregate { count(columns: [OrderColumn!], distinct: Boolean, field: String): Int! sum: Sums nodes: [Order!]! }
  enum OrderColumn { TITLE TOTAL }
  type OrderGroup { keys: [String!] max: Sums }
  type Viewer { name: String! orders(first: Int): [Order!]! users: [User!]! favourite: Order settings: Settings }
  type Settings { theme: String! }
  type Query {
    orders(where: OrderWhere, first: Int): [Order!]!
    cities(where: CityWhere): [City!]!
    user: User
    ordersByCity: [CityGroup!]!
    orderPage: OrderPage
    orderConnection(first: Int, where: OrderWhere, distinctOn: [String!]): OrderConnection
    abstractConnection: Connection!
    orderSearch: OrderSearch!
    ranked: [Ranked!]!
    _allOrdersMeta(filter: OrderWhere, page: Int): OrderMeta
    figures(where: OrderWhere): OrderMeta
    ordersAggregate(where: OrderWhere): OrderAggregate!
    groupOrders(by: [String!]!, where: OrderWhere): [OrderGroup!]!
    cityCounts: [CityCount!]!
    orderCount: Int!
    orderTotal: Int!
    grandAmount: Int!
    unpaidCount: Int!
    howMany(where: OrderWhere): Int!
    titles(where: OrderWhere): [String!]!
    userNames: [String!]!
    viewer: Viewer!
    serverTime: String!
    sumUp(filter: OrderSumFilter): [Bucket!]!
    stats: Stats!
    topOrders(filter: TopOrderFilter): TopOrderConnection
    allTopOrders: [TopOrder!]!
  }
  type Stats { orders: Int! users: Int! averagePrice: Float! orderedAt: String }
  type TopOrder { title: String total: Int }
  type TopOrderConnection { nodes: [TopOrder]! totalCount: Int! }
  input TopOrderFilter { title: String }
  input OrderSumFilter { since: String }
  type Bucket { value: Float }
`);

const order = (id: number) => ({
  __typename: 'Order',
  id,
  title: `Order ${id}`,
  total: 5,
  amount: 5,
  city: null,
  buyer: null,
});
const connection = {
  __typename: 'OrderConnection',
  edges: [{ cursor: 'a', node: order(1) }],
  totalCount: 1,
  pageInfo: { hasNextPage: false, endCursor: null },
  sums: { total: 5, average: 5 },
  facets: [],
};
const roots = {
  orders: [],
  user: { id: 1, name: 'A', latest: order(9), orderCount: 3, totals: { total: 1 } },
  ordersByCity: [],
  orderPage: { items: [], total: 0, revenue: 0 },
  orderConnection: connection,
  abstractConnection: connection,
  orderSearch: { result: { items: [] }, total: 0, took: 1 },
  ranked: [{ rank: 1, order: order(1) }],
  _allOrdersMeta: { count: 0 },
  figures: { count: 0 },
  ordersAggregate: { count: 0, sum: { total: 0 }, nodes: [] },
  groupOrders: [],
  cityCounts: [],
  orderCount: 0,
  orderTotal: 0,
  grandAmount: 0,
  unpaidCount: 0,
  howMany: 0,
  titles: [],
  userNames: [],
  viewer: { name: 'A', orders: [], users: [], favourite: null, settings: { theme: 'x' } },
  serverTime: 'now',
  sumUp: [],
  stats: { orders: 1, users: 2, averagePrice: 3, orderedAt: '' },
  topOrders: { nodes: [], totalCount: 0 },
  allTopOrders: [],
};

describe('a figure about a list', () => {
  it.each([
    [
      'P18 groups, by the list that they hold',
      '{ ordersByCity { city count } }',
      '[CityGroup] [Order] ~Order',
    ],
    ['P18 a page whose list takes arguments', '{ orderPage { total } }', '[Order]'],
    ['P18 a connection that is known by an interface', '{ abstractConnection { totalCount } }', '[Order]'],
    ['P18 a list two objects further down', '{ orderSearch { total } }', '[Order]'],
    ['a count beside a list', '{ orderConnection { totalCount } }', '[Order]'],
    ['a count beside a page of it', '{ orderConnection(first: 2) { totalCount } }', '[Order]'],
    [
      'a count that is filtered',
      '{ orderConnection(where: { title: "A" }) { totalCount } }',
      '[Order] ~[Order]',
    ],
    [
      'a sum that is filtered',
      '{ orderConnection(where: { title: "A" }) { sums { total } } }',
      '[Order] ~Order',
    ],
    [
      'what is called a total in a sum, filtered and beside a count',
      '{ ordersAggregate(where: { title: "A" }) { count sum { total } } }',
      '[Order] ~Order ~[Order]',
    ],
    [
      'where a page ends',
      '{ orderConnection(where: { title: "A" }) { pageInfo { hasNextPage endCursor } } }',
      '[Order]',
    ],
    ['a sum beside a list', '{ orderConnection { sums { total average } } }', '[Order] ~Order'],
    ['a sum in a page', '{ orderPage { revenue } }', '[Order] ~Order'],
    ['facets beside a list', '{ orderConnection { facets { value count } } }', '[Facet] [Order] ~Order'],
    ['the list itself', '{ orderConnection { edges { cursor node { title } } } }', '[Order]'],
    ['a list of wrappers', '{ ranked { rank } }', '[Order] [Ranked]'],
    [
      'what takes the filter of a list',
      '{ _allOrdersMeta(filter: { title: "A" }) { count } }',
      '[Order] ~[Order]',
    ],
    ['the same, unfiltered', '{ _allOrdersMeta(page: 1) { count } }', '[Order]'],
    ['the same, whatever its name', '{ figures { count } }', '[Order]'],
    ['an aggregate', '{ ordersAggregate { sum { total } } }', '[Order] ~Order'],
    ['the count of an aggregate', '{ ordersAggregate { count } }', '[Order]'],
    ['how many have a value', '{ ordersAggregate { count(columns: [TITLE]) } }', '[Order] ~Order'],
    ['how many values there are', '{ ordersAggregate { count(distinct: true) } }', '[Order] ~Order'],
    [
      'the same of those that a filter lets through',
      '{ ordersAggregate(where: { title: "A" }) { count(field: "total") } }',
      '[Order] ~Order',
    ],
    [
      'how many there are with different values',
      '{ orderConnection(distinctOn: ["city"]) { totalCount } }',
      '[Order] ~Order',
    ],
    ['the nodes of an aggregate', '{ ordersAggregate { nodes { id } } }', '[Order]'],
    [
      'an aggregate that is filtered through another type',
      '{ ordersAggregate(where: { city: { name: "A" } }) { count } }',
      '[Order] ~City ~[Order]',
    ],
    [
      'rows of a group-by',
      '{ groupOrders(by: ["city"], where: { title: "A" }) { keys max { total } } }',
      '[OrderGroup] [Order] [Sums] ~Order',
    ],
    [
      'rows of a group-by, when there are none',
      '{ groupOrders(by: []) { keys } }',
      '[OrderGroup] [Order] [Sums] ~Order',
    ],
    ['groups that only their filter speaks of', '{ sumUp { value } }', '[Bucket] [Order] ~Order'],
    ['numbers that are called like types', '{ stats { orders users } }', '[Order] [User] ~Order ~User'],
    ['a number beside such', '{ stats { averagePrice } }', '[Order] [User] ~Order ~User'],
    ['no figure: a text beside such', '{ stats { orderedAt } }', ''],
    ['rows of a view, by its name', '{ allTopOrders { title } }', '[Order] [TopOrder] ~Order'],
    ['rows of a view, in a connection', '{ topOrders { nodes { title } } }', '[TopOrder] ~Order ~TopOrder'],
    ['how many rows a view has', '{ topOrders { totalCount } }', '[Order] [TopOrder]'],
    ['groups that only their filter speaks of', '{ cityCounts { city count } }', '[CityCount] [City] ~City'],
    ['a count, by its name', '{ orderCount }', '[Order]'],
    ['a sum, by its name', '{ orderTotal }', '[Order] ~Order'],
    ['P18 a count, by what it is counted by', '{ unpaidCount }', '[Order] ~Order'],
    ['P18 a sum, by what is summed up', '{ grandAmount }', '[Order] ~Order'],
    ['a number, by its filter', '{ howMany }', '[Order] ~Order'],
    [
      'texts, by their filter and through another type',
      '{ titles(where: { city: null }) }',
      '[Order] ~City ~Order',
    ],
    ['texts, by their name', '{ userNames }', '[User] ~User'],
    [
      'a count of an entity, by its filter',
      '{ user { orderCount(where: { city: {} }) } }',
      '[Order] [User] ~City ~[Order]',
    ],
    ['no figure: what belongs to an entity', '{ user { totals { total } } }', '[User]'],
    ['no figure: what nothing speaks of', '{ serverTime }', ''],
    ['no figure: lists side by side in one object', '{ viewer { orders { id } } }', '[Order]'],
    ['no figure: an object side by side with lists', '{ viewer { favourite { id } } }', '[Order]'],
  ])('depends on the types of the list: %s', (_, text, expected) => {
    const { tags, data, plain, collected } = asking(knowledge, text, {}, roots);
    expect(depends(tags)).toBe(expected);
    expect(data).toEqual(plain.data);
    expect(collected.untagged).toBeUndefined();
  });

  it.each([
    ['a page', 'orderPage', '{ orderPage { total } }', '[OrderPage] [Order]'],
    ['an aggregate', '_allOrdersMeta', '{ _allOrdersMeta { count } }', '[OrderMeta] [Order] ~Order'],
  ])('P17 is refused when there is none, and the list changes: %s', (_, field, text, expected) => {
    expect(depends(asking(knowledge, text, {}, { ...roots, [field]: null }).tags)).toBe(expected);
  });
});

describe('an object at the root that its arguments do not name', () => {
  const posts = knowledgeOf(`
    interface Node { id: ID! }
    type Post implements Node { id: ID! nodeId: ID! slug: String! title: String! category: String author: Author }
    type Author implements Node { id: ID! name: String! latestPost: Post }
    type Product @key(fields: "sku region") @key(fields: "ean") { sku: String! region: String! ean: String price: Int }
    type Me { post: Post latest: Post }
    type Shop { featured: Post post(id: ID!): Post name: String }
    union Found = Post | Nothing
    type Nothing { why: String }
    input By { id: ID slug: String or: [By!] title: Match }
    input Match { eq: String gt: ID }
    input Where { id: IdMatch }
    input IdMatch { _eq: ID _gte: ID }
    type Query {
      latestPost: Post
      newest(category: String, first: ID): Post!
      post(id: ID, slug: String): Post
      postByTitle(title: String): Post
    postBySlug(slug: String!): Post
      postByNodeId(nodeId: ID!): Post
      one(by: By): Post
      find(where: Where): Post
      node(id: ID!): Node
      random: Node
      found: Found
      product(sku: String!, region: String!): Product
      productByEan(ean: String!): Product
      cheapest(region: String): Product
      author: Author
      me: Post @cacheControl(scope: PRIVATE, maxAge: 5)
      mine: Me @cacheControl(scope: PRIVATE, maxAge: 5)
      shop: Shop
      latest(where: By): Post
    }
  `);
  const post = {
    __typename: 'Post',
    id: '7',
    nodeId: 'n7',
    slug: 's',
    title: 't',
    category: 'news',
    author: { __typename: 'Author', id: '1', name: 'A', latestPost: null },
  };
  const product = { sku: 'a', region: 'eu', ean: '123', price: 5 };
  const answers = {
    latestPost: post,
    newest: post,
    post,
    postBySlug: post,
    postByTitle: post,
    postByNodeId: post,
    one: post,
    find: post,
    node: post,
    random: post,
    found: post,
    product,
    productByEan: product,
    cheapest: product,
    me: post,
    mine: { post, latest: post },
    author: { id: '1', name: 'A', latestPost: post },
    shop: { featured: post, post, name: 'x' },
    latest: post,
  };

  it.each([
    ['without arguments', '{ latestPost { id } }', '[Post]'],
    ['with others', '{ newest(category: "news") { category } }', '[Post]'],
    ['with one that is equal to its key by chance', '{ newest(first: 7) { id } }', '[Post]'],
    ['with a value that it no longer has', '{ post(id: 8) { id } }', '[Post]'],
    [
      'with a filter that it is not the only one to pass',
      '{ find(where: { id: { _gte: 7 } }) { id } }',
      '[Post]',
    ],
    ['with its key among several', '{ one(by: { or: [{ id: 7 }, { id: 8 }] }) { id } }', '[Post]'],
    ['with part of its key', '{ cheapest(region: "eu") { price } }', '[Product]'],
    ['with a slug that nobody selected', '{ postBySlug(slug: "s") { title } }', '[Post]'],
    ['with a slug that it does not have', '{ postBySlug(slug: "old") { slug } }', '[Post]'],
    ['with a title, which two may have', '{ postByTitle(title: "t") { title } }', '[Post]'],
    [
      'with a slug, where its name says that it is the latest',
      '{ latest(where: { slug: "s" }) { slug } }',
      '[Post]',
    ],
    ['of an interface', '{ random { id } }', '[Node]'],
    ['of a union', '{ found { ... on Post { id } } }', '[Found]'],
    ['in an object without a key', '{ shop { featured { id } } }', '[Post]'],
  ])('carries the tag of its lists: %s', (_, text, expected) => {
    expect(depends(asking(posts, text, {}, answers).tags)).toBe(expected);
  });

  it.each([
    ['its key', '{ post(id: 7) { title } }'],
    ['its key, a number', '{ post(id: "7") { title } }'],
    ['its key in a variable', 'query ($id: ID) { post(id: $id) { title } }'],
    ['its key in an object', '{ one(by: { id: 7 }) { title } }'],
    ['its key by an operator', '{ find(where: { id: { _eq: 7 } }) { title } }'],
    ['its key, behind an interface', '{ node(id: 7) { __typename } }'],
    ['its key, in an object without a key', '{ shop { post(id: 7) { title } } }'],
    ['its whole key', '{ product(sku: "a", region: "eu") { price } }'],
    ['another key', '{ productByEan(ean: "123") { price } }'],
    ['an identifier beside its key', '{ postByNodeId(nodeId: "n7") { title } }'],
    ['a slug that it has', '{ postBySlug(slug: "s") { s: slug title } }'],
    ['a slug that it has, as it is named after its type', '{ post(slug: "s") { slug } }'],
  ])('carries none where they name it: %s', (_, text) => {
    expect(depends(asking(posts, text, { id: 7 }, answers).tags)).toBe('');
  });

  it.each([
    ['private', '{ me { id } }', ''],
    ['below something private', '{ mine { latest { id } } }', ''],
    ['below an entity', '{ author { latestPost { id } } }', '[Author]'],
  ])('carries none where others cover it: %s', (_, text, expected) => {
    expect(depends(asking(posts, text, {}, answers).tags)).toBe(expected);
  });
});

describe('a row of figures without a key', () => {
  const rows = knowledgeOf(`
    type Order { id: ID! amount: Int! weight: Int! }
    type User { id: ID! name: String! stats: [UserStat!]! }
    type UserStat { user: User! userId: Int! orders_count: Int! amountAverage: Float }
    type Load { user: User! userId: Int! weight: Int! }
    type UserStats { nodes: [UserStat!]! count: Int! }
    type Query { userStats: [UserStat!]! userStatsAggregate: UserStats! loads: [Load!]! orders: [Order!]! users: [User!]! user: User }
    type Mutation { setWeight(weight: Int!): Load }
  `);
  const one = { user: { id: 1 }, userId: 1, orders_count: 1, amountAverage: 1, weight: 1 };
  const root = { userStats: [one], loads: [one] };
  const none = { userStats: [], userStatsAggregate: { nodes: [], count: 0 }, user: { id: 1, stats: [] } };
  it.each([
    ['P18 depends on what it counts', '{ userStats { orders_count } }', '[Order] [UserStat] [User] ~Order'],
    [
      'P18 depends on what it measures',
      '{ userStats { amountAverage } }',
      '[Order] [UserStat] [User] ~Order',
    ],
    [
      'P18 comes and goes with that, whatever is shown',
      '{ userStats { userId } }',
      '[UserStat] [User] ~Order',
    ],
    ['does not on what it holds the key of', '{ loads { userId } }', '[Load] [User]'],
    ['does not where a mutation sets it', '{ loads { weight } }', '[Load] [User]'],
  ])('%s', (_, text, expected) => {
    expect(depends(asking(rows, text, {}, root).tags)).toBe(expected);
  });

  it.each([
    ['a list', '{ userStats { user { name } } }', '[UserStat] [User] ~Order'],
    ['how many', '{ userStatsAggregate { count } }', '[UserStat] [User] ~Order'],
    ['a list of an entity', '{ user { stats { userId } } }', '[UserStat] [User] ~Order'],
  ])('P18 may be the first of its kind: %s', (_, text, expected) => {
    expect(depends(asking(rows, text, {}, none).tags)).toBe(expected);
  });
});

it('takes the id of the query type itself for no figure about what has a node id', () => {
  const own = knowledgeOf(`
    interface Node { nodeId: ID! }
    type Post implements Node { id: ID! nodeId: ID! score: Int! }
    type Query implements Node { nodeId: ID! node(nodeId: ID!): Node postId: ID totalScore: Int }
  `);
  expect(depends(asking(own, '{ nodeId }', {}, { nodeId: 'query' }).tags)).toBe('');
  expect(depends(asking(own, '{ postId }', {}, { postId: '1' }).tags)).toBe('[Post] ~Post');
  expect(depends(asking(own, '{ totalScore }', {}, { totalScore: 1 }).tags)).toBe('[Post] ~Post');
});
