import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { cleanupAfterAll, cleanupAfterEach } from '../../kit/cleanup';
import { startPrimary, startReplica } from '../../kit/redis-region';
import { describeLog } from '../log-contract';

const servers = cleanupAfterAll();
const logs = cleanupAfterEach();

/** As PROTOCOL.md lists them, and nothing else. */
const CONNECTING = '+hello +client|setname +info';
const APPENDER = `user appender on >secret resetchannels ~purges ~purges:epoch -@all ${CONNECTING} +eval +evalsha +time +hmget +hset +exists +xadd +xlen +xtrim +memory|usage +xinfo|stream`;
const FOLLOWER = `user follower on >secret resetchannels %R~purges -@all ${CONNECTING} +xread +xrange +xinfo|stream`;

let open: () => Promise<RedisLog>;

beforeAll(async () => {
  const primary = servers.add(await startPrimary({ user: APPENDER.slice('user '.length) }));
  const replica = servers.add(await startReplica(primary, { user: FOLLOWER.slice('user '.length) }));
  await replica.inSync();
  open = async () => {
    await primary.command('FLUSHALL');
    await replica.inSync();
    const url = `redis://follower:secret@127.0.0.1:${replica.port}`;
    const primaryUrl = `redis://appender:secret@127.0.0.1:${primary.port}`;
    return logs.add(new RedisLog({ url, primaryUrl, primaryTimeoutMs: 20_000 }));
  };
});

describeLog('under the ACL it documents', () => open());

describe('the documented users', () => {
  it('may not write to a region’s copy', async () => {
    const log = await open();
    await log.close();
    const replica = servers.add(await startReplica({ port: 1 }, { user: FOLLOWER.slice('user '.length) }));
    const client = replica.client({ username: 'follower', password: 'secret' });
    await expect(client.xadd('purges', '*', 'h', 'P:1')).rejects.toThrow('NOPERM');
    await expect(client.del('purges')).rejects.toThrow('NOPERM');
  });
});
