/**
 * Regions as they are deployed: one Redis primary, in each region a writable replica and a whole gateway, one origin.
 * Three links lead out of each region: `link` carries replication, `probe` the questions and appends to the primary,
 * `way` the mutations to the primary region's gateway.
 *
 *   const { origin, primary, iad, syd } = cleanup.add(await startRegions({ regions: ['iad', 'syd'] }));
 *   await iad.query('mutation { ... }');
 *   syd.link.blackHole();
 *   syd.distance(80);                 // milliseconds one way, on all three
 *   await syd.caughtUp();
 */
import type Redis from 'ioredis';
import { Cleanup } from './cleanup';
import { startGateway, UNHURRIED_MS, type Answer, type AskOptions, type GatewayProcess } from './gateway';
import { startLink, type Link } from './link';
import { startOrigin, type Origin } from './origin';
import { startPrimary, startReplica, type Replica } from './redis-region';
import { startRedis, type RedisServer, type RedisSettings } from './redis-server';
import { smallShop, type ShopData } from './shop-data';
import { PATIENCE, until } from './until';

/** Enough of them that each is purged rarely: with a few hot tags the next purge hides one that was lost. */
export const RARE = Array.from({ length: 400 }, (_, index) => `rare-${index}`);

/** Shows one of {@link RARE}, or any product; the entry carries no tag of another. */
export const SHOW = 'query Show($id: ID!) { product(id: $id) { name version } }';

/** Changes one of them, and purges nothing else. */
export const CHANGE = 'mutation Change($id: ID!) { likeProduct(id: $id) { version } }';

/** Does something with each, so many at once that it is quick and nothing has to wait its turn for long. */
export async function forEach<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
  atOnce = 20,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += atOnce)
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(act))));
  return results;
}

/** The small shop with {@link RARE} in it. */
export function rareShop(): ShopData {
  const shop = smallShop();
  for (const id of RARE)
    shop.products.push({ id, name: id, price: 1, version: 1, likes: 0, category: 'tools' });
  return shop;
}

export interface RegionsOptions<Name extends string> {
  /** the first is the primary region */
  readonly regions: readonly Name[];
  /** entries in a Redis of their own (CACHE_REDIS_URL), apart from the log's */
  readonly separateCache?: boolean;
  /** laid over the environment of every gateway */
  readonly env?: Readonly<Record<string, string>>;
  readonly replica?: RedisSettings;
  readonly data?: ShopData;
}

/** What is known of a region before its gateway is started. */
interface Ground {
  readonly name: string;
  readonly replica: Replica;
  readonly cache: RedisServer;
  readonly link: Link;
  readonly probe: Link;
  readonly way: Link | undefined;
}

export class TestRegion {
  readonly name: string;
  /** the region's copy of the log */
  readonly replica: Replica;
  /** where its entries are: often the same */
  readonly cache: RedisServer;
  /** replication */
  readonly link: Link;
  /** to the primary, from the gateway */
  readonly probe: Link;
  /** to the primary region's gateway; in that region itself none */
  readonly way: Link | undefined;
  readonly primary: RedisServer;
  readonly env: Readonly<Record<string, string>>;
  gateway: GatewayProcess;

  constructor(ground: Ground, primary: RedisServer, env: Record<string, string>, gateway: GatewayProcess) {
    ({
      name: this.name,
      replica: this.replica,
      cache: this.cache,
      link: this.link,
      probe: this.probe,
      way: this.way,
    } = ground);
    this.primary = primary;
    this.env = env;
    this.gateway = gateway;
  }

  query(query: string, options?: AskOptions): Promise<Answer> {
    return this.gateway.query(query, options);
  }

  show(id: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.query(SHOW, { variables: { id }, headers });
  }

  change(id: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.query(CHANGE, { variables: { id }, headers });
  }

  /** Sets how far the region is from the primary, in milliseconds one way. */
  distance(milliseconds: number): void {
    for (const link of this.#links) link.delay(milliseconds);
  }

  /** All that leads out of the region falls silent, and nobody is told. */
  blackHole(): void {
    for (const link of this.#links) link.blackHole();
  }

  async restore(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.restore()));
  }

  /** Resolves once the gateway has applied all that the primary's log holds now. */
  async caughtUp(within = PATIENCE): Promise<void> {
    const log = this.primary.client();
    // A primary begins another epoch when its first replica joins: then what was wanted never comes.
    await until(
      `${this.name} has all that the log holds`,
      async () => (await this.position(await lastId(log), 200)).reached,
      { within },
    ).finally(() => log.disconnect());
  }

  /** Resolves once the gateway has applied a position, for example a mutation's token. @throws when it does not */
  async reaches(position: string | undefined, within = PATIENCE): Promise<void> {
    const answer = await this.position(position ?? 'none', within);
    if (!answer.reached) throw new Error(`${this.name} did not reach ${position}: ${JSON.stringify(answer)}`);
  }

  /** Purges from outside, at this region's gateway. @returns the position */
  async purge(body: { tags?: string[]; all?: boolean; soft?: boolean }): Promise<string> {
    const response = await fetch(`${this.gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { position } = (await response.json()) as { position?: string };
    if (position === undefined) throw new Error(`${this.name} answered the purge with ${response.status}`);
    return position;
  }

  /** What the admin port says of where the region stands. */
  async position(
    reached?: string,
    within = 0,
  ): Promise<{ position: string; state: string; reached: boolean }> {
    const search = reached === undefined ? '' : `?reached=${reached}&within=${within}`;
    const response = await fetch(`${this.gateway.adminUrl}/position${search}`);
    return (await response.json()) as { position: string; state: string; reached: boolean };
  }

  /** Resolves once the region serves from its cache: a query that is asked again and again becomes a hit. */
  async serves(query = '{ categories { id } }', options: AskOptions = {}, within = PATIENCE): Promise<void> {
    let last = '';
    await until(
      `${this.name} serves from its cache`,
      async () => {
        last = (await this.query(query, options)).cacheStatus;
        return last.startsWith('hit');
      },
      { within, every: 20 },
    ).catch((cause: unknown) => {
      throw new Error(`${this.name} serves nothing from its cache: ${last}`, { cause });
    });
  }

  /** Shows each of these products until its answer comes from the cache. */
  async warm(ids: readonly string[]): Promise<void> {
    await forEach(ids, (id) => this.serves(SHOW, { variables: { id } }));
  }

  async state(): Promise<string> {
    return (await this.position()).state;
  }

  /** The keys of the entries in the region's Redis. */
  async entriesInRedis(): Promise<string[]> {
    const client = this.cache.client();
    const keys = await client.keys('c:*');
    client.disconnect();
    // Leases and the texts of persisted queries have names of their own beside those of entries.
    return keys.filter((key) => !/^c:[a-z]:/.test(key));
  }

  /** One more gateway of the same region, beside the same Redis. */
  addGateway(env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
    return startGateway({ ...this.env, ...env });
  }

  get #links(): Link[] {
    return [this.link, this.probe, ...(this.way ? [this.way] : [])];
  }
}

export type Regions<Name extends string> = {
  readonly [name in Name]: TestRegion;
} & {
  readonly origin: Origin;
  readonly primary: RedisServer;
  readonly all: readonly TestRegion[];
  stop(): Promise<void>;
};

/** The bound is short, so that tests of faults are. */
const ENV = {
  FRESHNESS_BOUND_MS: '1500',
  PROBE_INTERVAL_MS: '100',
  UPSTREAM_TIMEOUT_MS: '20000',
  REDIS_TIMEOUT_MS: UNHURRIED_MS,
};

/** What gateways know each other by. */
const SECRET = 'known-to-gateways';

/** Resolves when every region serves from its cache. */
export async function startRegions<Name extends string>({
  regions: names,
  separateCache = false,
  env = {},
  replica,
  data,
}: RegionsOptions<Name>): Promise<Regions<Name>> {
  const cleanup = new Cleanup();
  const all: TestRegion[] = [];
  const stop = async (): Promise<void> => {
    // Whichever gateway each has by then. All at once: each may have something to wait for.
    const stopped = await Promise.allSettled(all.map(({ gateway }) => gateway.stop()));
    await cleanup.run();
    for (const each of stopped) if (each.status === 'rejected') throw each.reason;
  };
  try {
    const origin = cleanup.add(await startOrigin(data));
    const primary = cleanup.add(await startPrimary({ user: `gateway on >${SECRET} ~* &* +@all` }));
    for (const name of names) {
      const way = all[0] && cleanup.add(await startLink(all[0].gateway.port));
      const ground = await layGround(cleanup, name, primary, way, { separateCache, replica });
      const itsEnv = {
        ...ENV,
        UPSTREAM_URL: origin.url,
        REGION: name,
        PRIMARY_REGION: String(names[0]),
        REDIS_URL: ground.replica.url,
        PRIMARY_REDIS_URL: `redis://gateway:${SECRET}@127.0.0.1:${ground.probe.port}`,
        ...(separateCache && { CACHE_REDIS_URL: ground.cache.url }),
        ...(way && { PRIMARY_URL: `http://127.0.0.1:${way.port}/graphql` }),
        ...env,
      };
      const gateway = await startGateway(itsEnv);
      const region = new TestRegion(ground, primary, itsEnv, gateway);
      all.push(region);
    }
    await Promise.all(all.map((region) => region.serves()));
    const byName = Object.fromEntries(all.map((region) => [region.name, region])) as Record<Name, TestRegion>;
    return { ...byName, origin, primary, all, stop } as Regions<Name>;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function layGround(
  cleanup: Cleanup,
  name: string,
  primary: RedisServer,
  way: Link | undefined,
  { separateCache, replica: settings }: { separateCache: boolean; replica: RedisSettings | undefined },
): Promise<Ground> {
  const link = cleanup.add(await startLink(primary.port));
  const probe = cleanup.add(await startLink(primary.port));
  const replica = cleanup.add(await startReplica(link, settings));
  await replica.inSync();
  const cache = separateCache ? cleanup.add(await startRedis({ maxmemory: '64mb' })) : replica;
  return { name, replica, cache, link, probe, way };
}

/** The last position of the log, asked of the primary. */
export async function lastId(client: Redis): Promise<string> {
  const [last] = await client.xrevrange('purges', '+', '-', 'COUNT', 1);
  if (!last) throw new Error('the log is empty');
  return last[0];
}
