/** Apollo's gateway over three subgraphs: users, products and reviews, entities spread over all of them. */
import { ApolloGateway, IntrospectAndCompose } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { gql } from 'graphql-tag';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires", "@inaccessible"])';

const from1to = (count) => Array.from({ length: count }, (_, index) => index + 1);
const users = from1to(5).map((id) => ({
  id: `u${id}`,
  name: `U${id}`,
  email: `u${id}@x`,
  bestFriend: `u${1 + (id % 5)}`,
}));
const products = from1to(8).map((id) => ({
  upc: `p${id}`,
  name: `P${id}`,
  price: id * 10,
  weight: id,
  maker: `m${id % 3}`,
}));
const reviews = from1to(20).map((id) => ({
  id: `r${id}`,
  body: `b${id}`,
  stars: 1 + (id % 5),
  author: `u${1 + (id % 5)}`,
  product: `p${1 + (id % 8)}`,
}));
let made = 100;

const find = (rows, key, value) => rows.find((row) => row[key] === value) ?? null;
const change = (row, values) => row && Object.assign(row, values);
const remove = (rows, matches) => {
  const index = rows.findIndex(matches);
  return index < 0 ? null : rows.splice(index, 1)[0];
};

const subgraphs = [
  {
    sdl: `
      type Query { user(id: ID!): User users(nameLike: String): [User!]! newestUser: User }
      type Mutation { renameUser(id: ID!, name: String!): User addUser(name: String!): User! befriend(id: ID!, friend: ID!): User deleteUser(id: ID!): User }
      type User @key(fields: "id") { id: ID! name: String! email: String @inaccessible bestFriend: User admirers: [User!]! }`,
    resolvers: {
      Query: {
        user: (_, { id }) => find(users, 'id', id),
        users: (_, { nameLike = '' }) => users.filter(({ name }) => name.includes(nameLike ?? '')),
        newestUser: () => users.at(-1) ?? null,
      },
      Mutation: {
        renameUser: (_, { id, name }) => change(find(users, 'id', id), { name }),
        addUser: (_, { name }) => (
          users.push({ id: `u${++made}`, name, email: null, bestFriend: null }),
          users.at(-1)
        ),
        befriend: (_, { id, friend }) => change(find(users, 'id', id), { bestFriend: friend }),
        deleteUser: (_, { id }) => {
          while (remove(reviews, ({ author }) => author === id));
          return remove(users, (user) => user.id === id);
        },
      },
      User: {
        __resolveReference: ({ id }) => find(users, 'id', id),
        bestFriend: ({ bestFriend }) => find(users, 'id', bestFriend),
        admirers: ({ id }) => users.filter((user) => user.bestFriend === id),
      },
    },
  },
  {
    sdl: `
      type Query { product(upc: ID!): Product topProducts(first: Int = 5): [Product!]! cheapest: Product products(minPrice: Int, maker: String): [Product!]! priceSum: Int! }
      type Mutation { setPrice(upc: ID!, price: Int!): Product addProduct(name: String!, price: Int!, maker: String): Product removeProduct(upc: ID!): Boolean! raisePrices(by: Int!): Int! }
      type Product @key(fields: "upc") { upc: ID! name: String! price: Int weight: Int maker: Maker }
      type Maker { name: String! products: [Product!]! }`,
    resolvers: {
      Query: {
        product: (_, { upc }) => find(products, 'upc', upc),
        topProducts: (_, { first }) => [...products].sort((a, b) => b.price - a.price).slice(0, first),
        cheapest: () => [...products].sort((a, b) => a.price - b.price)[0] ?? null,
        products: (_, { minPrice, maker }) =>
          products.filter(
            (product) => product.price >= (minPrice ?? 0) && (!maker || product.maker === maker),
          ),
        priceSum: () => products.reduce((sum, { price }) => sum + price, 0),
      },
      Mutation: {
        setPrice: (_, { upc, price }) => change(find(products, 'upc', upc), { price }),
        addProduct: (_, values) => (
          products.push({ weight: 1, maker: 'm0', ...values, upc: `p${++made}` }),
          products.at(-1)
        ),
        removeProduct: (_, { upc }) => remove(products, (product) => product.upc === upc) !== null,
        raisePrices: (_, { by }) => (products.forEach((product) => (product.price += by)), products.length),
      },
      Product: {
        __resolveReference: ({ upc }) => find(products, 'upc', upc),
        maker: ({ maker }) => maker && { name: maker },
      },
      Maker: { products: ({ name }) => products.filter(({ maker }) => maker === name) },
    },
  },
  {
    sdl: `
      type Query { reviews(stars: Int): [Review!]! review(id: ID!): Review }
      type Mutation { addReview(upc: ID!, author: ID!, body: String!, stars: Int!): Review editReview(id: ID!, body: String, stars: Int): ReviewResult! deleteReview(id: ID!): Boolean! }
      type ReviewResult { ok: Boolean! review: Review }
      type Review @key(fields: "id") { id: ID! body: String! stars: Int! author: User product: Product }
      type User @key(fields: "id") { id: ID! reviews: [Review!]! reviewCount: Int! }
      type Product @key(fields: "upc") { upc: ID! weight: Int @external reviews: [Review!]! averageStars: Float shipping: Int @requires(fields: "weight") }`,
    resolvers: {
      Query: {
        reviews: (_, { stars }) => reviews.filter((review) => !stars || review.stars === stars),
        review: (_, { id }) => find(reviews, 'id', id),
      },
      Mutation: {
        addReview: (_, { upc, ...values }) => (
          reviews.push({ ...values, product: upc, id: `r${++made}` }),
          reviews.at(-1)
        ),
        editReview: (_, { id, body, stars }) => {
          const review = find(reviews, 'id', id);
          change(review, { body: body ?? review?.body, stars: stars ?? review?.stars });
          return { ok: review !== null, review };
        },
        deleteReview: (_, { id }) => remove(reviews, (review) => review.id === id) !== null,
      },
      Review: {
        __resolveReference: ({ id }) => find(reviews, 'id', id),
        author: ({ author }) =>
          users.some(({ id }) => id === author) ? { __typename: 'User', id: author } : null,
        product: ({ product }) =>
          products.some(({ upc }) => upc === product) ? { __typename: 'Product', upc: product } : null,
      },
      User: {
        reviews: ({ id }) => reviews.filter(({ author }) => author === id),
        reviewCount: ({ id }) => reviews.filter(({ author }) => author === id).length,
      },
      Product: {
        reviews: ({ upc }) => reviews.filter(({ product }) => product === upc),
        averageStars: ({ upc }) => {
          const stars = reviews.filter(({ product }) => product === upc).map((review) => review.stars);
          return stars.length ? stars.reduce((sum, one) => sum + one, 0) / stars.length : null;
        },
        shipping: ({ weight }) => (weight ?? 0) * 2,
      },
    },
  },
];

const listen = async (server, port) =>
  (await startStandaloneServer(server, { listen: { port, host: '127.0.0.1' } })).url;
const list = [];
for (const [index, { sdl, resolvers }] of subgraphs.entries()) {
  const schema = buildSubgraphSchema({ typeDefs: gql(`${LINK} ${sdl}`), resolvers });
  list.push({ name: `subgraph${index}`, url: await listen(new ApolloServer({ schema }), 0) });
}
const gateway = new ApolloGateway({ supergraphSdl: new IntrospectAndCompose({ subgraphs: list }) });
const url = await listen(new ApolloServer({ gateway, introspection: true }), Number(process.env.PORT));
process.stdout.write(`${JSON.stringify({ url })}\n`);
