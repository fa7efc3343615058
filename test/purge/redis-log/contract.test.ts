import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { cleanupAfterAll, cleanupAfterEach } from '../../kit/cleanup';
import { startPrimary, startReplica, type Replica } from '../../kit/redis-region';
import { startRedis, type RedisServer } from '../../kit/redis-server';
import { describeLog } from '../log-contract';

const servers = cleanupAfterAll();
const logs = cleanupAfterEach();
let alone: RedisServer;
let primary: RedisServer;
let replica: Replica;

beforeAll(async () => {
  alone = servers.add(await startRedis());
  primary = servers.add(await startPrimary());
  replica = servers.add(await startReplica(primary));
  await replica.inSync();
});

/** Every case starts with an empty log, and has a replica that knows of it. */
async function emptied(url: string, server: RedisServer): Promise<RedisLog> {
  await server.command('FLUSHALL');
  if (server === primary) await replica.inSync();
  return logs.add(new RedisLog({ url, primaryUrl: server.url, primaryTimeoutMs: 20_000 }));
}

describeLog('one Redis', () => emptied(alone.url, alone));
describeLog('a Redis primary and its replica', () => emptied(replica.url, primary));
