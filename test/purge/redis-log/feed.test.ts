/** A feed that reads a copy while records come to it. */
import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startLink } from '../../kit/link';
import { startPrimary } from '../../kit/redis-region';
import { until } from '../../kit/until';
import { hard } from '../log-contract';

const cleanup = cleanupAfterEach();

describe('P11 a copy that was empty when a feed began to read it', () => {
  it('P11 is known by the records that came meanwhile, and its deletion is noticed', async () => {
    const redis = cleanup.add(await startPrimary());
    const link = cleanup.add(await startLink(redis.port));
    // Between the feed's look at the stream and its reading of it there is time for records.
    link.delay(100);
    const writer = cleanup.add(new RedisLog({ url: redis.url }));
    const monitor = await redis.client().monitor();
    cleanup.later(() => monitor.disconnect());
    const looked = new Promise<void>((seen) => {
      monitor.on('monitor', (_time: string, command: string[]) => {
        if (command[0]?.toLowerCase() === 'xinfo') seen();
      });
    });
    let last = 0;
    let restarts = 0;
    const reader = cleanup.add(new RedisLog({ url: `redis://127.0.0.1:${link.port}` }));
    await reader.follow({
      restart: (records) => {
        restarts++;
        last = records.at(-1)?.position.seq ?? last;
      },
      history: () => false,
      record: ({ position }) => (last = position.seq),
      fault: () => {},
    });
    await looked;
    for (let id = 1; id <= 10; id++) await writer.append(hard(id));
    await until('all were read', () => last >= 10);
    expect(restarts).toBe(1);
    const { epoch } = await writer.lastPosition();
    await redis.client().del('purges');
    // As if nothing had been: a gateway would begin another epoch, which each reader sees by itself.
    await redis.client().xadd('purges', `${epoch}-11`, 'h', '=4', 'h', 'P:11');
    await until('the loss was noticed', () => restarts >= 2);
  });
});
