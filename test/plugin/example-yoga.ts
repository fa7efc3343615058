/**
 * Two lines make a Yoga server cache in its region and purge in all of them. Run it from the project's folder:
 *
 *   node --require ./test/kit/typescript-hook.cjs test/plugin/example-yoga.ts
 *
 * REDIS_URL and PRIMARY_REDIS_URL: this region's Redis and the primary's; without them everything is in memory.
 * In a project of your own, import from 'lastmile-gateway'.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSchema, createYoga } from 'graphql-yoga';
import { DIRECTIVES_SDL, openRegion, useLastmile } from '../../src/index';

const typeDefs = `
  type Query {
    post(id: ID!): Post
    posts: [Post!]!
    draft: String @cacheControl(maxAge: 60, scope: PRIVATE)
  }
  type Mutation {
    addPost(title: String!): Post!
    renamePost(id: ID!, title: String!): Post
  }
  type Post @cacheControl(maxAge: 60) {
    id: ID!
    title: String!
  }
`;

/** How often a resolver was asked, to show that a hit asks none. */
export interface YogaExample {
  readonly url: string;
  readonly asked: () => number;
  readonly isProven: () => boolean;
  readonly stop: () => Promise<void>;
}

export async function startYogaExample(env: NodeJS.ProcessEnv, port = 0): Promise<YogaExample> {
  const posts = [{ id: '1', title: 'First' }];
  let asked = 0;
  const region = openRegion({
    ...(env['REDIS_URL'] !== undefined && { redisUrl: env['REDIS_URL'] }),
    ...(env['PRIMARY_REDIS_URL'] !== undefined && { primaryRedisUrl: env['PRIMARY_REDIS_URL'] }),
    onFault: (fault) => console.error(fault),
  });
  const schema = createSchema<{ request: Request }>({
    typeDefs: [DIRECTIVES_SDL, typeDefs],
    resolvers: {
      Query: {
        post: (_, { id }: { id: string }) => (asked++, posts.find((post) => post.id === id)),
        posts: () => (asked++, posts),
        draft: (_, __, { request }) => (asked++, `what ${request.headers.get('authorization')} is writing`),
      },
      Mutation: {
        addPost(_, { title }: { title: string }) {
          posts.push({ id: String(posts.length + 1), title });
          return posts.at(-1);
        },
        renamePost(_, { id, title }: { id: string; title: string }) {
          const post = posts.find((candidate) => candidate.id === id);
          return post && Object.assign(post, { title });
        },
      },
    },
  });
  const yoga = createYoga({
    schema,
    plugins: [
      useLastmile<{ request: Request }>({
        region,
        // A server of your own verifies who is asking before it says so here.
        session: ({ request }) => request.headers.get('authorization'),
      }),
    ],
  });
  const server = createServer((request, response) => void yoga(request, response));
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    asked: () => asked,
    isProven: () => region.isProven,
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await region.close();
    },
  };
}

if (require.main === module) {
  void startYogaExample(process.env, 4000).then(({ url }) =>
    console.log(`Try ${url}: ask twice for { posts { title } }`),
  );
}
