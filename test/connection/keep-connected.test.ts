import type { Redis } from 'ioredis';
import { keepConnected, Redials } from '../../src/connection/keep-connected';
import { UNWATCHED } from '../../src/report/outages';
import { cleanupAfterEach } from '../kit/cleanup';
import { startRedis } from '../kit/redis-server';
import { startTlsRedis } from '../kit/redis-tls';
import { pause, until } from '../kit/until';

const cleanup = cleanupAfterEach();

/** What every connection of a gateway is told. */
const PLAIN = {
  lazyConnect: true,
  enableReadyCheck: false,
  enableOfflineQueue: false,
  disableClientInfo: true,
};

describe('a connection to Redis', () => {
  it('is made again less and less often while its Redis says that its role has moved', () => {
    const redials = new Redials();
    const times = (from: number, to: number) => {
      const due: number[] = [];
      for (let now = from; now <= to; now += 100) if (redials.isDue(now)) due.push(now);
      return due;
    };
    expect(times(0, 20_000)).toEqual([0, 1_000, 3_000, 7_000, 12_000, 17_000]);
    // After a while without any, it is as at first.
    expect(times(60_000, 62_000)).toEqual([60_000, 61_000]);
  });

  it('ends no process when it is closed in the middle of its TLS handshake', async () => {
    const { tlsUrl } = cleanup.add(await startTlsRedis());
    for (let times = 0; times < 200; times++) {
      const redis = keepConnected(tlsUrl, { ...PLAIN, disconnectTimeout: 50 }, UNWATCHED);
      redis.connect().catch(() => {});
      await pause(Math.random() * 15);
      redis.disconnect();
    }
    await pause(200);
  });

  it.each([
    ['that there is not', '/7', []],
    ['that the account may not SELECT', '/1', ['ACL', 'SETUSER', 'default', '-select']],
  ])('P49 is never in database 0 for one %s', async (_, path, [command, ...parts]) => {
    const server = cleanup.add(await startRedis({ databases: 4 }));
    if (command !== undefined) await server.command(command, ...parts);
    const failures: string[] = [];
    const redis: Redis = keepConnected(server.url + path, PLAIN, {
      failed: (error) => failures.push(String(error)),
    });
    cleanup.later(() => redis.disconnect());
    // Whatever it says of itself, nothing written to it arrives.
    redis.on('ready', () => void redis.set('stray', '1').catch(() => {}));
    redis.connect().catch(() => {});
    await until('it was refused again', () => failures.length > 1);
    expect(failures.join()).toMatch(/DB index|NOPERM/);
    const client = server.client({ db: 0 });
    expect(await client.dbsize()).toBe(0);
  });
});
