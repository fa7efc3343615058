/** A redis-server in cluster mode that has all slots: a cluster of one node, as managed ones with one shard are. */
import { freePort } from './free-port';
import { startRedis, type RedisServer, type RedisSettings } from './redis-server';
import { until } from './until';

export async function startCluster(settings: RedisSettings = {}): Promise<RedisServer> {
  const server = await startRedis({
    'cluster-enabled': 'yes',
    'cluster-port': await freePort(),
    ...settings,
  });
  await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until('the cluster is whole', async () =>
    String(await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  );
  return server;
}
