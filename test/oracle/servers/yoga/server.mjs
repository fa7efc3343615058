/**
 * GraphQL Yoga over rows in memory, written by hand as most APIs are: keys of several kinds, Relay's connections and
 * nodes, filters through relations, unions, figures about lists, mutations that return payloads, entities, or little.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { GraphQLScalarType, Kind } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';

const from1to = (count) => Array.from({ length: count }, (_, index) => index + 1);
const users = from1to(6).map((id) => ({
  kind: 'User',
  id: `u${id}`,
  name: `U${id}`,
  boss: id > 1 ? `u${id >> 1}` : null,
}));
const robots = from1to(2).map((id) => ({ kind: 'Robot', id: `b${id}`, name: `R${id}`, model: `x${id}` }));
const products = from1to(12).map((id) => ({
  kind: 'Product',
  sku: `s${id}`,
  region: id % 2 ? 'eu' : 'us',
  price: 10 * id,
  owner: `u${1 + (id % 6)}`,
  tags: [`t${id % 3}`, `t${id % 4}`],
}));
const reviews = from1to(24).map((id) => ({
  kind: 'Review',
  id: `r${id}`,
  stars: 1 + (id % 5),
  text: `text ${id}`,
  author: `u${1 + (id % 6)}`,
  sku: `s${1 + (id % 12)}`,
}));
const blobs = new Map([
  ['9007199254740993', 'a'],
  ['9007199254740992', 'b'],
]);
let made = 100;

const typeDefs = /* GraphQL */ `
  scalar JSON
  scalar BigInt
  interface Node {
    id: ID!
  }
  interface Named {
    name: String!
  }
  type User implements Node & Named {
    id: ID!
    name: String!
    boss: User
    staff: [User!]!
    products(region: String): [Product!]!
    bestProduct: Product
    reviews(first: Int = 3): ReviewConnection!
    reviewCount: Int!
    settings: JSON
  }
  type Robot implements Node & Named {
    id: ID!
    name: String!
    model: String
  }
  type Product {
    sku: String!
    region: String!
    price: Int!
    owner: User
    offers: [Offer!]!
    tags: [String!]!
    reviews: [Review!]!
    averageStars: Float
  }
  type Offer {
    label: String!
    product: Product!
  }
  type Review implements Node {
    id: ID!
    stars: Int!
    text: String
    author: User!
    product: Product
  }
  type ReviewConnection {
    edges: [ReviewEdge!]!
    totalCount: Int!
    pageInfo: PageInfo!
  }
  type ReviewEdge {
    cursor: String!
    node: Review!
  }
  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }
  type Blob {
    id: BigInt!
    text: String!
  }
  type Stats {
    users: Int!
    products: Int!
    averagePrice: Float!
  }
  type Group {
    id: ID
    products: Int!
    region: String!
  }
  union Hit = User | Product | Robot
  enum Order {
    PRICE_ASC
    PRICE_DESC
    OWNER_NAME_ASC
  }
  input By @oneOf {
    id: ID
    name: String
  }
  input UserFilter {
    name: String
    boss: UserFilter
  }
  input ProductFilter {
    region: String
    minPrice: Int
    owner: UserFilter
    and: [ProductFilter!]
  }
  type Query {
    node(id: ID!): Node
    user(by: By!): User
    users(filter: UserFilter): [User!]!
    named: [Named!]!
    product(sku: String!): Product
    products(filter: ProductFilter, order: Order, limit: Int): [Product!]!
    productCount(filter: ProductFilter): Int!
    reviews(first: Int = 3, after: String, minStars: Int): ReviewConnection!
    cheapest: Product
    latestReview: Review
    stats: Stats!
    groups: [Group!]!
    blob(id: BigInt!): Blob
    blobs: [Blob!]!
    numbers: JSON!
    search(text: String!): [Hit!]!
  }
  input ReviewInput {
    sku: String!
    author: ID!
    stars: Int!
    text: String
  }
  type ReviewPayload {
    review: Review
    errors: [String!]!
  }
  type DeletePayload {
    deletedId: ID
  }
  type MovePayload {
    ok: Boolean!
    result: MoveResult
  }
  type MoveResult {
    moved: [Product!]!
  }
  type Mutation {
    rename(id: ID!, name: String!): User
    hire(name: String!, boss: ID): User!
    promote(id: ID!, boss: ID): User
    setPrice(sku: String!, price: Int!): Product
    setOwner(userId: ID!, skus: [String!]!): User
    move(skus: [String!]!, region: String!): MovePayload!
    addProduct(sku: String!, region: String!, price: Int!, owner: ID): Product
    removeProduct(sku: String!): Product
    addReview(input: ReviewInput!): ReviewPayload!
    editReview(id: ID!, stars: Int!): Review
    deleteReview(id: ID!): DeletePayload!
    clearReviews(sku: String!): Int!
    setBlob(id: BigInt!, text: String!): Blob!
  }
`;

/** Numbers that JavaScript cannot hold, as servers of other languages send them: marked here, unmarked on their way out. */
const number = (digits) => `#${digits}#`;
const withNumbers = (body) => body.replace(/"#([^"#]*)#"/g, '$1');
const withoutNumbers = (body) => body.replace(/([[:,]\s*)(\d{16,})(?=\s*[,\]}])/g, '$1"$2"');
const NUMBERS = ['9007199254740993', '1234567890.123456789012', '0.10', '-0', '1e400'];
const BigInteger = new GraphQLScalarType({
  name: 'BigInt',
  serialize: number,
  parseValue: String,
  parseLiteral: (node) => (node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : undefined),
});

const userOf = (id) => users.find((user) => user.id === id) ?? null;
const productOf = (sku) => products.find((product) => product.sku === sku) ?? null;
const remove = (rows, matches) => {
  const index = rows.findIndex(matches);
  return index < 0 ? null : rows.splice(index, 1)[0];
};
const matchesUser = (user, { name, boss } = {}) =>
  (!name || user?.name === name) && (!boss || (user !== null && matchesUser(userOf(user?.boss), boss)));
const matches = (product, filter) => {
  const { region, minPrice, owner, and } = filter ?? {};
  return (
    (!region || product.region === region) &&
    (!minPrice || product.price >= minPrice) &&
    (!owner || matchesUser(userOf(product.owner), owner)) &&
    (and ?? []).every((one) => matches(product, one))
  );
};
const ORDERS = {
  PRICE_ASC: (a, b) => a.price - b.price,
  PRICE_DESC: (a, b) => b.price - a.price,
  OWNER_NAME_ASC: (a, b) => (userOf(a.owner)?.name ?? '').localeCompare(userOf(b.owner)?.name ?? ''),
};
const average = (numbers) =>
  numbers.length ? numbers.reduce((sum, one) => sum + one, 0) / numbers.length : null;
const connection = (rows, { first, after }) => {
  const start = after ? rows.findIndex(({ id }) => id === after) + 1 : 0;
  const page = rows.slice(start, start + Math.max(0, first ?? 3));
  return {
    totalCount: rows.length,
    edges: page.map((node) => ({ cursor: node.id, node })),
    pageInfo: { hasNextPage: start + page.length < rows.length, endCursor: page.at(-1)?.id ?? null },
  };
};

const typeOf = { __resolveType: ({ kind }) => kind };
const resolvers = {
  BigInt: BigInteger,
  Node: typeOf,
  Named: typeOf,
  Hit: typeOf,
  User: {
    boss: ({ boss }) => userOf(boss),
    staff: ({ id }) => users.filter(({ boss }) => boss === id),
    products: ({ id }, { region }) =>
      products.filter((one) => one.owner === id && (!region || one.region === region)),
    bestProduct: ({ id }) => products.filter(({ owner }) => owner === id).sort(ORDERS.PRICE_DESC)[0] ?? null,
    reviews: ({ id }, page) =>
      connection(
        reviews.filter(({ author }) => author === id),
        page,
      ),
    reviewCount: ({ id }) => reviews.filter(({ author }) => author === id).length,
    settings: ({ id }) => ({ id, __typename: 'Other', nested: [{ id: 1 }] }),
  },
  Product: {
    owner: ({ owner }) => userOf(owner),
    offers: (product) => [{ label: `now ${product.price}`, product }],
    reviews: ({ sku }) => reviews.filter((review) => review.sku === sku),
    averageStars: ({ sku }) =>
      average(reviews.filter((review) => review.sku === sku).map(({ stars }) => stars)),
  },
  Review: { author: ({ author }) => userOf(author), product: ({ sku }) => productOf(sku) },
  Query: {
    node: (_, { id }) => [...users, ...robots, ...reviews].find((row) => row.id === id) ?? null,
    user: (_, { by }) => users.find((user) => (by.id ? user.id === by.id : user.name === by.name)) ?? null,
    users: (_, { filter }) => users.filter((user) => matchesUser(user, filter ?? {})),
    named: () => [...users, ...robots],
    product: (_, { sku }) => productOf(sku),
    products: (_, { filter, order, limit }) => {
      const found = products.filter((product) => matches(product, filter));
      return (order ? found.sort(ORDERS[order]) : found).slice(0, limit ?? 100);
    },
    productCount: (_, { filter }) => products.filter((product) => matches(product, filter)).length,
    reviews: (_, { minStars, ...page }) =>
      connection(
        reviews.filter(({ stars }) => stars >= (minStars ?? 0)),
        page,
      ),
    cheapest: () => [...products].sort(ORDERS.PRICE_ASC)[0] ?? null,
    latestReview: () => reviews.at(-1) ?? null,
    stats: () => ({
      users: users.length,
      products: products.length,
      averagePrice: average(products.map(({ price }) => price)) ?? 0,
    }),
    groups: () =>
      ['eu', 'us'].map((region) => ({
        region,
        products: products.filter((one) => one.region === region).length,
      })),
    blob: (_, { id }) => (blobs.has(String(id)) ? { id: String(id), text: blobs.get(String(id)) } : null),
    numbers: () => NUMBERS.map(number),
    blobs: () => [...blobs].map(([id, text]) => ({ id, text })),
    search: (_, { text }) => [
      ...users.filter(({ name }) => name.includes(text)),
      ...products.filter(({ sku }) => sku.includes(text)),
      ...robots.filter(({ name }) => name.includes(text)),
    ],
  },
  Mutation: {
    rename: (_, { id, name }) => userOf(id) && Object.assign(userOf(id), { name }),
    hire: (_, { name, boss }) => (
      users.push({ kind: 'User', id: `u${++made}`, name, boss: boss ?? null }),
      users.at(-1)
    ),
    promote: (_, { id, boss }) =>
      userOf(id) && Object.assign(userOf(id), { boss: boss === id ? null : (boss ?? null) }),
    setPrice: (_, { sku, price }) => productOf(sku) && Object.assign(productOf(sku), { price }),
    setOwner: (_, { userId, skus }) => {
      for (const product of products) if (skus.includes(product.sku)) product.owner = userId;
      return userOf(userId);
    },
    move: (_, { skus, region }) => {
      const moved = products.filter(({ sku }) => skus.includes(sku));
      for (const product of moved) product.region = region;
      return { ok: moved.length > 0, result: { moved } };
    },
    addProduct: (_, { owner, ...values }) => {
      if (productOf(values.sku)) return null;
      products.push({ kind: 'Product', tags: [], owner: owner ?? null, ...values });
      return products.at(-1);
    },
    removeProduct: (_, { sku }) => remove(products, (product) => product.sku === sku),
    addReview: (_, { input }) => {
      if (!userOf(input.author)) return { review: null, errors: ['no such author'] };
      reviews.push({ kind: 'Review', id: `r${++made}`, text: null, ...input });
      return { review: reviews.at(-1), errors: [] };
    },
    editReview: (_, { id, stars }) => {
      const review = reviews.find((one) => one.id === id);
      return review ? Object.assign(review, { stars }) : null;
    },
    deleteReview: (_, { id }) => ({ deletedId: remove(reviews, (review) => review.id === id)?.id ?? null }),
    clearReviews: (_, { sku }) => {
      let count = 0;
      while (remove(reviews, (review) => review.sku === sku)) count++;
      return count;
    },
    setBlob: (_, { id, text }) => (blobs.set(String(id), text), { id: String(id), text }),
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  logging: false,
  maskedErrors: false,
});
const server = createServer(async (request, response) => {
  const body = withoutNumbers(await text(request));
  const headers = {
    'content-type': 'application/json',
    accept: request.headers.accept ?? 'application/json',
  };
  const answer = await yoga.fetch('http://127.0.0.1/graphql', { method: 'POST', headers, body });
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(withNumbers(await answer.text()));
});
server.listen(Number(process.env.PORT), '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/graphql` })}\n`),
);
