import { isIP, isIPv6 } from 'node:net';
import type { Redis } from 'ioredis';
import type { RedisTrust } from '../config/config';
import { bareHost, isSentinelUrl, readSentinelUrl } from '../config/redis-url';
import { connectOnce } from '../connection/examine';
import { tlsOptions } from '../connection/trust';
import { passwordOf } from '../redis/acl';

/** Which Redis it is: of the region (the log's copy), of the entries, or the primary. */
export type RedisRole = 'regional' | 'cache' | 'primary';

export interface Target {
  readonly role: RedisRole;
  /** the variable that says where it is */
  readonly variable: string;
  readonly url: string;
}

export interface ConnectOptions {
  /** milliseconds for each step */
  readonly timeoutMs: number;
  /** REDIS_PASSWORD where `lastmile redis` runs the servers: more can be read with it */
  readonly secret?: string | undefined;
  /** by what it is known where its URL asks for TLS */
  readonly trust?: RedisTrust | undefined;
}

/** A Redis as it was found. */
export interface ObservedRedis extends Target {
  /** as a person would call it */
  readonly title: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly isEncrypted: boolean;
  readonly hasPassword: boolean;
  /** why it could not be asked; undefined: it answers */
  readonly fault: Error | undefined;
  /** the fields of INFO; none when it did not answer */
  readonly info: ReadonlyMap<string, string>;
  /** as the gateway's own account */
  readonly client: Redis;
  /** as an account that may read more, where there is one; else the same */
  readonly reader: Redis;
  readonly close: () => void;
}

const TITLES: Readonly<Record<RedisRole, string>> = {
  regional: "this region's Redis",
  cache: 'the cache Redis',
  primary: 'the primary',
};

/** Connects and looks. Never throws: a fault is part of what is observed. */
export async function observe(target: Target, options: ConnectOptions): Promise<ObservedRedis> {
  const client = connection(target.url, options);
  const reason = firstError(client);
  let fault: Error | undefined;
  let info = new Map<string, string>();
  try {
    await client.connect();
    // One whose database was refused goes on in database 0.
    if (reason()) throw reason();
    info = parseInfo(await client.info());
  } catch (cause) {
    fault = reason() ?? (cause as Error);
  }
  const reader = (fault ? undefined : await inspector(target.url, options)) ?? client;
  return {
    ...target,
    title: TITLES[target.role],
    ...placeOf(target.url, client),
    fault,
    info,
    client,
    reader,
    close: () => {
      client.disconnect();
      reader.disconnect();
    },
  };
}

/** What the URL says; of one that a Sentinel names, where it was found, or where the first Sentinel was to be. */
function placeOf(address: string, { stream }: Redis) {
  const bySentinel = readSentinelUrl(address);
  if (bySentinel) {
    const { username = 'default', password, isEncrypted, sentinels } = bySentinel;
    const [first] = sentinels;
    const host = stream?.remoteAddress ?? first?.host ?? '';
    const port = stream?.remotePort ?? first?.port ?? 0;
    return { host, port, username, isEncrypted, hasPassword: password !== undefined };
  }
  const { hostname, port, username, password, protocol } = new URL(address);
  return {
    host: bareHost(hostname),
    port: Number(port || 6379),
    username: decodeURIComponent(username) || 'default',
    isEncrypted: protocol === 'rediss:',
    hasPassword: password !== '',
  };
}

/** A setting by its name in redis.conf; undefined when it may not be read, or there is none. */
export async function setting({ reader }: ObservedRedis, name: string): Promise<string | undefined> {
  try {
    const [, value] = (await reader.config('GET', name)) as string[];
    return value;
  } catch {
    // NOPERM, or a managed service without CONFIG: the caller reports that it is hidden.
    return undefined;
  }
}

/** Whether its keys are spread over slots, so that no command touches two of them. */
export function isCluster({ info }: ObservedRedis): boolean {
  return info.get('cluster_enabled') === '1';
}

/** Another way to the same Redis: another of its addresses, or another account. */
export interface Instead {
  readonly host?: string;
  readonly username?: string;
  readonly password?: string;
}

/** A connection for one look: made once, never again. */
export function connection(
  address: string,
  { timeoutMs, trust }: Pick<ConnectOptions, 'timeoutMs' | 'trust'>,
  instead: Instead = {},
): Redis {
  const { host, username, password } = instead;
  // Sentinels say where it is: there is no other address.
  if (isSentinelUrl(address)) return connectOnce(address, timeoutMs, tlsOptions(trust));
  const url = new URL(address);
  const { hostname } = url;
  // In ioredis what a URL says comes before what options say.
  if (host !== undefined) url.hostname = isIPv6(host) ? `[${host}]` : host;
  if (username !== undefined) url.username = username;
  if (password !== undefined) url.password = password;
  // At another of its addresses its certificate is for the name all the same.
  const named = host === undefined || isIP(bareHost(hostname)) !== 0 ? {} : { servername: hostname };
  return connectOnce(url.href, timeoutMs, { ...tlsOptions(trust), ...named });
}

/** The promise of connect() says only that the connection was closed; the reason comes as an event before it. */
export function firstError(redis: Redis): () => Error | undefined {
  let first: Error | undefined;
  redis.on('error', (cause: Error) => (first ??= cause));
  return () => first;
}

export function parseInfo(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^([^#:\s]+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

async function inspector(url: string, options: ConnectOptions): Promise<Redis | undefined> {
  const { secret } = options;
  // One that a Sentinel names is not run by `lastmile redis`.
  if (secret === undefined || isSentinelUrl(url)) return undefined;
  const redis = connection(url, options, {
    username: 'inspector',
    password: passwordOf(secret, 'inspector'),
  });
  firstError(redis);
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch {
    // A Redis that `lastmile redis` does not run knows no such account: the gateway's own has to do.
    redis.disconnect();
    return undefined;
  }
}
