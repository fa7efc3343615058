/**
 * Who is measured. Each is a process of its own on the subject's core and serves POST (and some GET) at /graphql.
 *
 * `label` is what a reader sees; `color` groups the chart; `start` resolves once it answers.
 */
import { startGateway } from './gateway.mjs';
import { startNginx } from './nginx.mjs';
import { serverFile } from './server-file.mjs';
import { startNode } from '../process/child.mjs';

/**
 * @typedef {object} World what a row has prepared for its subjects
 * @property {string} upstream URL of the origin
 * @property {{ body: Buffer, headers: string[], allHeaders: string[], status: number }} bytes what the bare servers write
 * @property {(name: string) => Promise<import('../../kit/redis-server').RedisServer>} redis one for each
 * @property {string} gatewayFolder the built gateway
 * @property {Record<string, string>} [settings] of the gateway, for this row
 */

/** @typedef {{ child: import('../process/child.mjs').Child, port: number, count?: () => Promise<number>, stop: () => Promise<void> }} Running */

/** @returns {(world: World, name: string) => Promise<Running>} */
function server(file, inputOf) {
  return async (world, name) => {
    const { child, ready } = await startNode(name, 'subject', serverFile(file), await inputOf(world, name));
    const count = async () => (await child.ask('count')).count;
    return { child, port: ready.port, count, stop: () => child.stop() };
  };
}

const bare = (body, headers, status) => ({ body: body.toString('base64'), headers, status });

const redisUrl = async (world, name) => (await world.redis(name)).url;

const NO_MEMORY = { MEMORY_CACHE_BYTES: '0' };

export const SUBJECTS = {
  bare: {
    label: 'bare node:http',
    start: server('bare', ({ bytes: { body, headers, status } }) => bare(body, headers, status)),
  },
  'bare-headers': {
    label: 'bare node:http, with the headers of a cache',
    start: server('bare', ({ bytes: { body, allHeaders, status } }) => bare(body, allHeaders, status)),
  },
  lastmile: {
    label: 'Lastmile, in memory',
    start: startGateway({}),
  },
  'lastmile-region': {
    label: 'Lastmile, in memory, purge log in Redis',
    start: startGateway({ redis: true }),
  },
  'lastmile-redis': {
    label: 'Lastmile, entries in Redis only',
    start: startGateway({ redis: true, settings: NO_MEMORY }),
  },
  yoga: { label: 'Yoga, no cache', start: server('yoga', () => ({})) },
  'yoga-proxy': {
    label: 'Yoga as a proxy',
    start: server('yoga', ({ upstream }) => ({ upstream })),
  },
  'yoga-proxy-tuned': {
    label: 'Yoga as a proxy, tuned',
    start: server('yoga', ({ upstream }) => ({ upstream, tuned: true })),
  },
  'yoga-memory': {
    label: 'Yoga + response cache, memory',
    start: server('yoga', () => ({ cache: 'memory' })),
  },
  'yoga-memory-tuned': {
    label: 'Yoga + response cache, memory, tuned',
    start: server('yoga', () => ({ cache: 'memory', tuned: true })),
  },
  'yoga-redis': {
    label: 'Yoga + response cache, Redis',
    start: server('yoga', async (world, name) => ({ cache: 'redis', redisUrl: await redisUrl(world, name) })),
  },
  'apollo-memory': { label: 'Apollo Server + response cache, memory', start: server('apollo', () => ({})) },
  'apollo-redis': {
    label: 'Apollo Server + response cache, Redis',
    start: server('apollo', async (world, name) => ({ redisUrl: await redisUrl(world, name) })),
  },
  'mercurius-memory': { label: 'Mercurius + cache, memory', start: server('mercurius', () => ({})) },
  'mercurius-redis': {
    label: 'Mercurius + cache, Redis',
    start: server('mercurius', async (world, name) => ({ redisUrl: await redisUrl(world, name) })),
  },
  'hive-memory': {
    label: 'Hive Gateway + response cache, memory',
    start: server('hive', ({ upstream }) => ({ upstream })),
  },
  'hive-redis': {
    label: 'Hive Gateway + response cache, Redis',
    start: server('hive', async (world, name) => ({
      upstream: world.upstream,
      redisUrl: await redisUrl(world, name),
    })),
  },
  nginx: { label: 'nginx proxy_cache', start: startNginx },
};
