/** What somebody may get wrong in the first hour: each is told with its place, what is wrong there, and what to do. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { cleanupAfterAll } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startOrigin, type Origin } from '../kit/origin';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

const cleanup = cleanupAfterAll();
let origin: Origin;
let redis: RedisServer;
let page: number;
let nothingThere: number;
let forbidden: number;

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  redis = cleanup.add(await startRedis({ requirepass: 'the-right-password' }));
  page = await answering(200, 'text/html', '<h1>It works</h1>');
  nothingThere = await answering(404, 'application/json', '{"errors":[{"message":"nothing here"}]}');
  forbidden = await answering(401, 'application/json', '{"errors":[{"message":"sign in"}]}');
});

async function answering(status: number, type: string, body: string): Promise<number> {
  const server: Server = createServer((_, response) =>
    response.writeHead(status, { 'content-type': type }).end(body),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.later(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Everything that is said of a configuration: why it does not start, or what its log warns of. */
async function said(told: RegExp, env: Record<string, string>, sdl?: string): Promise<string> {
  const folder = cleanup.folder('wrong');
  const file = join(folder, 'cache.graphql');
  if (sdl !== undefined) await writeFile(file, sdl);
  const { log, lines } = takeDownLog();
  const settings = sdl === undefined ? env : { UPSTREAM_URL: origin.url, SCHEMA: file, ...env };
  const started = await startGateway(settings, { schema: null, log, awaitReady: false }).catch(
    (error: unknown) => error as Error,
  );
  if (started instanceof Error) return started.message.replaceAll(`${folder}/`, '');
  cleanup.add(started);
  const warned = (): string =>
    lines
      .filter(({ level }) => level >= 40)
      .map(({ place, msg, variable, detail, remedy }) => [place, msg, variable, detail, remedy].join(' '))
      .map((line) => line.replaceAll(`${folder}/`, ''))
      .join('\n');
  // Redis and upstream may be asked once it listens already. What was said instead is told by who expects it.
  await until('it is said', () => told.test(warned())).catch(() => {});
  return warned();
}

describe('in the overlay', () => {
  it.each<[wrong: string, sdl: string, told: RegExp]>([
    [
      'a type',
      'extend type Prodct @cacheControl(maxAge: 5)',
      /cache\.graphql:1:13 .*mean "Product".* Correct/,
    ],
    [
      'a field',
      'extend type Query { prodcts: Int @cacheControl(maxAge: 5) }',
      /:1:21 .*"products".* Correct/,
    ],
    ['a directive', 'extend type Product @cachControl(maxAge: 5)', /:1:21 .*mean "?@cacheControl.* Correct/],
    ['an argument', 'extend type Product @cacheControl(maxage: 5)', /:1:35 .*mean "maxAge".* Correct/],
    [
      'the type of a value',
      'extend type Product @cacheControl(maxAge: "5")',
      /:1:43 .*as Int, not "5"\. Write/,
    ],
    [
      'a negative maxAge',
      'extend type Product @cacheControl(maxAge: -5)',
      /:1:43 maxAge of Product is -5\. .*Write 0/,
    ],
    ['a scope', 'extend type Product @cacheControl(scope: PRIVAT)', /:1:42 .*not PRIVAT\. Write/],
    ['an end', 'extend type Product @cacheControl(maxAge: 5', /:1:44 Syntax Error.* Correct/],
    ['a key', 'extend type Product @key(fields: "idd")', /:1:21 .*Product\.idd does not exist.*Name fields/],
    [
      'the type of a field',
      'extend type Query { products: String @cacheControl(maxAge: 5) }',
      /:1:31 Query\.products is \[Product!\]!.*not String\. Write/,
    ],
    [
      'a tag',
      'extend type Query { product(id: ID!): Product @cacheTag(format: "p-{$args.idd}") }',
      /:1:47 .*no argument idd.*Name an argument/,
    ],
  ])('%s that is wrong has its place', async (_, sdl, told) => {
    expect(await said(told, {}, sdl)).toMatch(told);
  });
});

describe('in the settings', () => {
  it.each<[wrong: string, env: () => Record<string, string>, told: RegExp]>([
    [
      'a file that is not there',
      () => ({ UPSTREAM_URL: origin.url, SCHEMA: 'no.graphql' }),
      /`no\.graphql`.* Correct SCHEMA/,
    ],
    ['a number that is none', () => ({ MAX_DEPTH: 'deep' }), /MAX_DEPTH\n.*"deep" is not.*\n.*Set it to/],
    [
      'a URL without a scheme',
      () => ({ UPSTREAM_URL: 'localhost:3000/graphql' }),
      /UPSTREAM_URL\n.*http:.*\n.*Set/,
    ],
    ['half of a name', () => ({ UPSTREAM: 'http://a' }), /mean UPSTREAM_URL\?.*Rename/s],
    ['another half', () => ({ REDIS: 'redis://a' }), /mean REDIS_URL\?.*Rename/s],
    ['letters swapped', () => ({ MAX_DEPHT: '5' }), /mean MAX_DEPTH\?.*Rename/s],
    ['processes without Redis', () => ({ WORKERS: '2' }), /WORKERS\n.*\n.*Set REDIS_URL/],
    ['a JWT without a key', () => ({ SESSION: 'jwt' }), /SESSION\n.*\n.*Set JWT_SECRET/],
    ['a session from nowhere', () => ({ SESSION: 'authorization' }), /SESSION\n.*`header:<name>`.*\n.*Set/],
    ['an origin without a scheme', () => ({ CORS_ORIGINS: 'a.example' }), /CORS_ORIGINS\n.*https:.*\n.*Set/],
    [
      'a bound too narrow',
      () => ({ FRESHNESS_BOUND_MS: '100', PROBE_INTERVAL_MS: '500' }),
      /FRESHNESS_BOUND_MS\n.*\n.*Set/,
    ],
    [
      'a token that is short',
      () => ({ ADMIN_TOKEN: 'abc' }),
      /shorter than 16.*ADMIN_TOKEN|ADMIN_TOKEN.*longer/s,
    ],
    ['production without an API', () => ({ NODE_ENV: 'production' }), /UPSTREAM_URL\n.*\n.*Set/],
    ['nothing that is kept', () => ({ UPSTREAM_URL: origin.url }), /nothing can be cached.*SCHEMA/],
    [
      'a port that is taken',
      () => ({ PORT: String(page) }),
      /PORT\n.*something else listens.*\n.*another port/,
    ],
    [
      'another password',
      () => ({ REDIS_URL: `redis://:wrong@127.0.0.1:${redis.port}` }),
      /refuses the user or the password.*REDIS_URL/,
    ],
    [
      'a Redis that is not there',
      () => ({ REDIS_URL: 'redis://127.0.0.1:1' }),
      /127\.0\.0\.1:1 is not there.*Start it/,
    ],
    [
      'a Redis that is none',
      () => ({ REDIS_URL: `redis://127.0.0.1:${page}` }),
      /another language than Redis.*See what listens/,
    ],
    [
      'an API that is not there',
      () => ({ UPSTREAM_URL: 'http://127.0.0.1:1/' }),
      /127\.0\.0\.1:1 is not there.*Start it/,
    ],
    [
      'an API that is a page',
      () => ({ UPSTREAM_URL: `http://127.0.0.1:${page}/` }),
      /text\/html.*Check UPSTREAM_URL/,
    ],
    [
      'another path',
      () => ({ UPSTREAM_URL: `http://127.0.0.1:${nothingThere}/` }),
      /status 404.*Check UPSTREAM_URL/,
    ],
    [
      'an API that wants a login',
      () => ({ UPSTREAM_URL: `http://127.0.0.1:${forbidden}/` }),
      /status 401.*SCHEMA_HEADERS/,
    ],
  ])('%s has its cause and remedy', async (_, env, told) => {
    expect(await said(told, env())).toMatch(told);
  });
});
