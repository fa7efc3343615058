import { cleanupAfterEach } from './cleanup';
import { startLink } from './link';
import { startPrimary, startReplica } from './redis-region';
import { startRedis } from './redis-server';
import { within } from './until';

const cleanup = cleanupAfterEach();

describe('a redis-server', () => {
  it('is real, takes settings, and is gone after stop', async () => {
    const redis = await startRedis({ maxmemory: '3mb' });
    const client = redis.client();
    expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', String(3 * 1024 * 1024)]);
    const { pid } = redis;
    await redis.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('says what redis-server printed when it cannot start', async () => {
    await expect(startRedis({ nonsense: 'yes' })).rejects.toThrow(/Bad directive/);
  });

  it('pauses and resumes with its connections', async () => {
    const redis = cleanup.add(await startRedis());
    const client = redis.client();
    await client.ping();
    redis.pause();
    const pong = client.ping();
    await expect(within(60, 'it answers', pong)).rejects.toThrow('in vain');
    redis.resume();
    expect(await pong).toBe('PONG');
  });

  it('restarts on its port with its data, without, or with those of an earlier moment', async () => {
    const redis = cleanup.add(await startRedis({ appendonly: 'yes', appendfsync: 'always' }));
    await redis.command('SET', 'a', '1');
    const copy = await redis.saveData();
    await redis.command('SET', 'a', '2');
    await redis.kill();
    expect(redis.running).toBe(false);
    await redis.restart();
    expect(await redis.command('GET', 'a')).toBe('2');
    await redis.restart({ data: copy });
    expect(await redis.command('GET', 'a')).toBe('1');
    await redis.restart({ data: 'none' });
    expect(await redis.command('GET', 'a')).toBeNull();
  });
});

describe('a region', () => {
  it('has a writable replica that follows its primary through a link', async () => {
    const primary = cleanup.add(await startPrimary());
    const link = cleanup.add(await startLink(primary.port));
    const replica = cleanup.add(await startReplica(link));
    await primary.command('SET', 'shared', 'yes');
    await replica.inSync();
    expect(await replica.command('GET', 'shared')).toBe('yes');
    await replica.command('SET', 'own', 'yes', 'EX', 60);
    expect(await primary.command('GET', 'own')).toBeNull();
    link.blackHole();
    await primary.command('SET', 'late', 'yes');
    await expect(replica.inSync(50)).rejects.toThrow('caught up');
    expect(await replica.command('GET', 'late')).toBeNull();
    await link.restore();
    await replica.inSync();
    expect(await replica.command('GET', 'late')).toBe('yes');
  });
});
