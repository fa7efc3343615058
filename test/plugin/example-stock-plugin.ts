/**
 * The stock @envelop/response-cache plugin on a region's Redis and purge log. Run it from the project's folder:
 *
 *   node --require ./test/kit/typescript-hook.cjs test/plugin/example-stock-plugin.ts
 *
 * What the stock plugin cannot promise is written down at `createRegionalCache`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useResponseCache } from '@envelop/response-cache';
import { createSchema, createYoga } from 'graphql-yoga';
import { createRegionalCache, openRegion } from '../../src/index';
import type { YogaExample } from './example-yoga';

export async function startStockExample(env: NodeJS.ProcessEnv, port = 0): Promise<YogaExample> {
  const posts = [{ id: '1', title: 'First' }];
  let asked = 0;
  const region = openRegion({
    ...(env['REDIS_URL'] !== undefined && { redisUrl: env['REDIS_URL'] }),
    ...(env['PRIMARY_REDIS_URL'] !== undefined && { primaryRedisUrl: env['PRIMARY_REDIS_URL'] }),
    onFault: (fault) => console.error(fault),
  });
  const schema = createSchema<object>({
    typeDefs: `
      type Query { post(id: ID!): Post posts: [Post!]! }
      type Mutation { addPost(title: String!): Post! renamePost(id: ID!, title: String!): Post }
      type Post { id: ID! title: String! }
    `,
    resolvers: {
      Query: {
        post: (_, { id }: { id: string }) => (asked++, posts.find((post) => post.id === id)),
        posts: () => (asked++, posts),
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
      useResponseCache({
        session: () => null,
        ttl: 60_000,
        cache: createRegionalCache({ region, version: '1' }),
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
  void startStockExample(process.env, 4000).then(({ url }) =>
    console.log(`Try ${url}: ask twice for { posts { title } }`),
  );
}
