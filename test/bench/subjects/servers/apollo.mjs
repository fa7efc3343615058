/** Apollo Server as its own `startStandaloneServer` sets it up, with its response cache plugin. */
import { ApolloServer } from '@apollo/server';
import responseCache from '@apollo/server-plugin-response-cache';
import { startStandaloneServer } from '@apollo/server/standalone';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { KeyvAdapter } from '@apollo/utils.keyvadapter';
import KeyvRedis from '@keyv/redis';
import { Keyv } from 'keyv';
import { resolvers } from '../../workload/data.mjs';
import { typeDefs } from '../../workload/shop.mjs';
import { announce, input } from './announce.mjs';

const cache = input.redisUrl
  ? new KeyvAdapter(new Keyv({ store: new KeyvRedis(input.redisUrl) }))
  : new InMemoryLRUCache({ maxSize: 512 * 2 ** 20 });

const server = new ApolloServer({
  typeDefs,
  resolvers,
  cache,
  plugins: [responseCache()],
});

const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
announce(Number(new URL(url).port));
