/** Regions that know a Redis by a name, which can be led to another while the one before lives on and keeps its connections. */
import type { Cleanup } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startLink } from '../kit/link';
import { startOrigin } from '../kit/origin';
import { startPrimary, startReplica, type Replica } from '../kit/redis-region';
import { startRedis, type RedisServer } from '../kit/redis-server';
import { until } from '../kit/until';

const SHOW = 'query Show($id: ID!) { product(id: $id) { name version } }';

export const show = (gateway: GatewayProcess, id: string) => gateway.query(SHOW, { variables: { id } });
export const like = (gateway: GatewayProcess) =>
  gateway.query('mutation { likeProduct(id: "1") { version } }');

/** The answer comes from the cache. */
export async function untilHit(gateway: GatewayProcess, id: string): Promise<void> {
  await until('it hits', async () => (await show(gateway, id)).cacheStatus.startsWith('hit'));
}

/** A gateway with an upstream of its own, whose first answer is cached. */
async function startHitting(cleanup: Cleanup, env: Record<string, string>): Promise<GatewayProcess> {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ ...env, UPSTREAM_URL: origin.url }));
  await untilHit(gateway, '1');
  return gateway;
}

export interface FailingPrimary {
  readonly gateway: GatewayProcess;
  readonly old: RedisServer;
  readonly next: Replica;
  readonly copy: Replica;
  /** Promotes `next`, and leads the name there. What becomes of the old one is the caller's. */
  readonly failOver: () => Promise<void>;
}

/** A primary, who is to take its place, and a region's copy of their log; the gateway knows the primary by a name. */
export async function startNamedPrimary(
  cleanup: Cleanup,
  env: Record<string, string>,
): Promise<FailingPrimary> {
  const old = cleanup.add(await startPrimary());
  const next = cleanup.add(await startReplica(old));
  const copy = cleanup.add(await startReplica(old));
  for (const replica of [next, copy]) await replica.inSync();
  const name = cleanup.add(await startLink(old.port));
  const gateway = await startHitting(cleanup, {
    ...env,
    REDIS_URL: copy.url,
    PRIMARY_REDIS_URL: `redis://127.0.0.1:${name.port}`,
  });
  const failOver = async (): Promise<void> => {
    await next.command('REPLICAOF', 'NO', 'ONE');
    name.lead(next.port);
    await copy.command('REPLICAOF', '127.0.0.1', next.port);
  };
  return { old, next, copy, gateway, failOver };
}

export interface StrandedCopy {
  readonly gateway: GatewayProcess;
  /** The copy gets no more records, and the name leads to a sound one. */
  readonly strand: () => void;
}

/** A primary and two copies of its log, one behind a link; the gateway knows that one by a name. */
export async function startNamedCopy(cleanup: Cleanup, env: Record<string, string>): Promise<StrandedCopy> {
  const primary = cleanup.add(await startPrimary());
  const link = cleanup.add(await startLink(primary.port));
  const stranded = cleanup.add(await startReplica(link));
  const sound = cleanup.add(await startReplica(primary));
  for (const replica of [stranded, sound]) await replica.inSync();
  const name = cleanup.add(await startLink(stranded.port));
  const gateway = await startHitting(cleanup, {
    ...env,
    REDIS_URL: `redis://127.0.0.1:${name.port}`,
    PRIMARY_REDIS_URL: primary.url,
  });
  const strand = (): void => {
    link.blackHole();
    name.lead(sound.port);
  };
  return { gateway, strand };
}

export interface FailingEntries {
  readonly gateway: GatewayProcess;
  readonly old: RedisServer;
  readonly next: Replica;
  /** Promotes `next`, leads the name there, and makes a replica of the old one. */
  readonly failOver: () => Promise<void>;
}

/** Entries alone in a Redis known by a name, nothing in process, and who is to take its place. */
export async function startNamedEntries(
  cleanup: Cleanup,
  env: Record<string, string>,
): Promise<FailingEntries> {
  const old = cleanup.add(await startRedis());
  const next = cleanup.add(await startReplica(old, { 'replica-read-only': 'yes' }));
  await next.inSync();
  const log = cleanup.add(await startRedis());
  const name = cleanup.add(await startLink(old.port));
  const gateway = await startHitting(cleanup, {
    ...env,
    REDIS_URL: log.url,
    CACHE_REDIS_URL: `redis://127.0.0.1:${name.port}`,
    MEMORY_CACHE_BYTES: '0',
  });
  const failOver = async (): Promise<void> => {
    await next.command('REPLICAOF', 'NO', 'ONE');
    name.lead(next.port);
    await old.command('REPLICAOF', '127.0.0.1', next.port);
  };
  return { old, next, gateway, failOver };
}
