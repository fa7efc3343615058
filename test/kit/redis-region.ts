/**
 * A primary and writable replicas with the settings the design asks for.
 *
 *   const primary = cleanup.add(await startPrimary());
 *   const link = cleanup.add(await startLink(primary.port));
 *   const replica = cleanup.add(await startReplica(link));
 *   await replica.inSync();
 */
import { RedisServer, startRedis, type RedisSettings } from './redis-server';
import { PATIENCE, until } from './until';

/** Both ends need the time-outs: each end decides by its own whether the link is dead. */
const LINK: RedisSettings = { 'repl-timeout': 10, 'repl-ping-replica-period': 1 };

/**
 * Control data only. `appendonly: 'no'` makes it forget everything with a restart.
 * FLUSHALL is not denied here, unlike on a real primary, because tests inject it as a fault.
 */
export const PRIMARY: RedisSettings = {
  ...LINK,
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  'repl-backlog-size': '64mb',
  'repl-diskless-sync-delay': 0,
};

export const REPLICA: RedisSettings = {
  ...LINK,
  'replica-read-only': 'no',
  'replica-ignore-maxmemory': 'no',
  'replica-priority': 0,
  maxmemory: '64mb',
  'maxmemory-policy': 'volatile-lfu',
};

export function startPrimary(settings: RedisSettings = {}): Promise<RedisServer> {
  return startRedis({ ...PRIMARY, ...settings });
}

/** Where a replica finds its primary: the primary itself, or a link to it. */
export interface PrimaryAddress {
  readonly port: number;
  /** behind a link: the primary's own port */
  readonly targetPort?: number;
}

export interface Replica extends RedisServer {
  /** Resolves once the replica has applied everything the primary had written when this was called. */
  inSync(within?: number): Promise<void>;
}

export async function startReplica(of: PrimaryAddress, settings: RedisSettings = {}): Promise<Replica> {
  const server = await startRedis({ ...REPLICA, ...settings, replicaof: `127.0.0.1 ${of.port}` });
  const inSync = (within?: number): Promise<void> => waitForSync(server, of.targetPort ?? of.port, within);
  return Object.assign(server, { inSync });
}

async function waitForSync(server: RedisServer, primaryPort: number, within = PATIENCE): Promise<void> {
  const primary = server.client({ port: primaryPort });
  const replica = server.client();
  try {
    let wanted = parseInfo(await primary.info('replication'));
    await until(
      'the replica has caught up with its primary',
      async () => {
        const info = parseInfo(await replica.info('replication'));
        if (info['master_link_status'] !== 'up' || info['master_sync_in_progress'] !== '0') return false;
        // A primary takes a new id when its first replica attaches: what was wanted is then part of the full sync.
        if (info['master_replid'] !== wanted['master_replid'])
          wanted = parseInfo(await primary.info('replication'));
        return (
          info['master_replid'] === wanted['master_replid'] &&
          Number(info['slave_repl_offset']) >= Number(wanted['master_repl_offset'])
        );
      },
      { within },
    );
  } finally {
    primary.disconnect();
    replica.disconnect();
  }
}

/** The fields of Redis's INFO. */
export function parseInfo(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([^#:\s]+):(.*?)\r?$/gm)].map((match) => [match[1], match[2]]),
  );
}
