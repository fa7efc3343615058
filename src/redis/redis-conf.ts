import { passwordOf, type Address, aclLines } from './acl';
import type { TlsFiles } from './server-tls';

export interface ServerOptions {
  readonly port: number;
  /** addresses to listen at, as redis.conf's `bind` has them */
  readonly bind: string;
  /** a folder of this server's own, which exists */
  readonly folder: string;
  /** see `passwordOf` */
  readonly secret: string;
  /** undefined: without TLS */
  readonly tls?: TlsFiles | undefined;
  /** with TLS: its port is for TLS alone; otherwise only what it asks of others is */
  readonly isEncrypted?: boolean;
}

export interface RegionServerOptions extends ServerOptions {
  /** whom to replicate */
  readonly primary: Address;
  /** bytes of entries and log together */
  readonly maxMemory: number;
}

/** The redis.conf of the primary, which holds the log and nothing else. One setting a line. */
export function primarySettings(options: ServerOptions): string[] {
  return [
    ...commonSettings(options),
    // A purge that was acknowledged and then lost begins a new epoch; writing each second makes that rare.
    'appendonly yes',
    'appendfsync everysec',
    // An evicted log would be a lost one.
    'maxmemory-policy noeviction',
    // A region that was cut off for minutes catches up from here; without this it reloads everything, and is cold.
    'repl-backlog-size 64mb',
    // By default an hour without replicas changes the replication id, and with it the epoch: all regions would be cold.
    'repl-backlog-ttl 0',
    'repl-diskless-sync yes',
    'repl-diskless-sync-delay 0',
    ...aclLines('primary', options.secret),
  ];
}

/** The redis.conf of a region's own Redis: a copy of the log, and entries that exist nowhere else. */
export function regionSettings(options: RegionServerOptions): string[] {
  const { primary, maxMemory, secret } = options;
  return [
    ...commonSettings(options),
    `replicaof ${primary.host} ${primary.port}`,
    'masteruser replica',
    `masterauth ${passwordOf(secret, 'replica')}`,
    'replica-read-only no',
    'appendonly no',
    `maxmemory ${maxMemory}`,
    // Entries have a TTL and can be evicted; the log has none and cannot.
    'maxmemory-policy volatile-lfu',
    // By default a replica leaves eviction to its primary, which knows nothing of its entries.
    'replica-ignore-maxmemory no',
    // Never to be made a primary by a Sentinel.
    'replica-priority 0',
    // To forget a region's entries must not stop the server that is asked for them.
    'replica-lazy-flush yes',
    'lazyfree-lazy-eviction yes',
    'lazyfree-lazy-expire yes',
    ...aclLines('region', secret),
  ];
}

function commonSettings({ port, bind, folder, tls, isEncrypted = false }: ServerOptions): string[] {
  return [
    ...(tls && isEncrypted ? ['port 0', `tls-port ${port}`] : [`port ${port}`]),
    ...(tls ? tlsSettings(tls) : []),
    `bind ${bind}`,
    `dir ${quoted(folder)}`,
    'databases 1',
    'save ""',
    // Each end of a replication link decides by its own whether it is dead.
    'repl-ping-replica-period 1',
    'repl-timeout 10',
  ];
}

function tlsSettings({ ca, certificate, key }: TlsFiles): string[] {
  return [
    `tls-cert-file ${quoted(certificate)}`,
    `tls-key-file ${quoted(key)}`,
    `tls-ca-cert-file ${quoted(ca)}`,
    // Who may do what is a matter of accounts.
    'tls-auth-clients no',
    // Without it a replica speaks in the clear to a port for TLS, for ever.
    'tls-replication yes',
  ];
}

/** A word as redis.conf quotes it. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}
