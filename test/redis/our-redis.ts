/** Redis servers with the settings and accounts of `lastmile redis`, each on its own, without its supervisor. */
import Redis from 'ioredis';
import { passwordOf, urlOf, type Account, type Address } from '../../src/redis/acl';
import { primarySettings, regionSettings } from '../../src/redis/redis-conf';
import { startRedis, type RedisServer, type RedisSettings } from '../kit/redis-server';
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

export function clientAs(account: Account, port: number): Redis {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    username: account,
    password: passwordOf(SECRET, account),
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

/** Lines of a redis.conf as the kit takes them; port and folder are the kit's own. */
function settingsOf(lines: readonly string[]): RedisSettings {
  const settings: Record<string, string | string[]> = {};
  for (const line of lines) {
    const at = line.indexOf(' ');
    const [name, value] = [line.slice(0, at), line.slice(at + 1)];
    if (name === 'user') ((settings['user'] ??= []) as string[]).push(value);
    else if (name !== 'port' && name !== 'dir') settings[name] = value;
  }
  return settings;
}
