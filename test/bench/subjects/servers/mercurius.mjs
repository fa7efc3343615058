/** Mercurius with its compiler on and mercurius-cache over the root fields. */
import Fastify from 'fastify';
import Redis from 'ioredis';
import mercurius from 'mercurius';
import cache from 'mercurius-cache';
import { resolvers } from '../../workload/data.mjs';
import { typeDefs } from '../../workload/shop.mjs';
import { announce, input } from './announce.mjs';

const storage = input.redisUrl
  ? { type: 'redis', options: { client: new Redis(input.redisUrl) } }
  : { type: 'memory', options: { size: 200_000 } };

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
app.register(cache, { ttl: 3600, storage, policy: { Query: { product: true, products: true } } });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
announce(Number(new URL(url).port));
