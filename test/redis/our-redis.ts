/** Redis servers with the settings and accounts of `lastmile redis`, each on its own, without its supervisor. */
import Redis from 'ioredis';
import type { RedisTrust } from '../../src/config/config';
import { tlsOptions } from '../../src/connection/trust';
import { passwordOf, urlOf, type Account, type Address } from '../../src/redis/acl';
import { primarySettings, regionSettings } from '../../src/redis/redis-conf';
import { settingsOf, startRedis, type RedisServer, type RedisSettings } from '../kit/redis-server';
import { until } from '../kit/until';

export const SECRET = 'a secret for tests alone';

export interface OurRedis extends RedisServer {
  as(account: Account): Redis;
  urlAs(account: Account): string;
}

/** @param changes laid over our settings: this is how a test misconfigures a server */
export async function startOurPrimary(changes: RedisSettings = {}): Promise<OurRedis> {
  const lines = primarySettings({ port: 0, bind: '127.0.0.1', folder: '', secret: SECRET });
  return ours(await startRedis({ ...settingsOf(lines), ...changes }));
}

export async function startOurRegion(
  primary: Pick<Address, 'port'>,
  changes: RedisSettings = {},
): Promise<OurRedis> {
  const lines = regionSettings({
    port: 0,
    bind: '127.0.0.1',
    folder: '',
    secret: SECRET,
    primary: { host: '127.0.0.1', port: primary.port },
    maxMemory: 64 * 2 ** 20,
  });
  const server = ours(await startRedis({ ...settingsOf(lines), ...changes }));
  const inspector = server.as('inspector');
  await until('the region has loaded its primary', async () =>
    (await inspector.info('replication')).includes('master_link_status:up'),
  );
  return server;
}

export function clientAs(
  account: Account,
  port: number,
  { secret = SECRET, trust }: { secret?: string; trust?: RedisTrust | undefined } = {},
): Redis {
  const client = new Redis({
    ...(trust && { tls: tlsOptions(trust) }),
    host: '127.0.0.1',
    port,
    username: account,
    password: passwordOf(secret, account),
    // Answers as lists, the same in Redis 7 and in RESP3.
    protocol: 2,
    disableClientInfo: true,
    enableReadyCheck: false,
    retryStrategy: () => 20,
    disconnectTimeout: 20,
  });
  client.on('error', () => {});
  return client;
}

function ours(server: RedisServer): OurRedis {
  const clients: Redis[] = [];
  const stop = server.stop.bind(server);
  return Object.assign(server, {
    as: (account: Account) => {
      const client = clientAs(account, server.port);
      clients.push(client);
      return client;
    },
    urlAs: (account: Account) => urlOf(SECRET, account, { host: '127.0.0.1', port: server.port }),
    stop: () => {
      for (const client of clients) client.disconnect();
      return stop();
    },
  });
}
