/** `lastmile redis` as a process of its own, and, as `serve`, a stand-in for the gateway it runs beside. */
import Redis from 'ioredis';
import { redisCommand } from '../../src/cli/redis';

const [first = '', ...rest] = process.argv.slice(2);

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(): Promise<void> {
  const status = process.env['GATEWAY_STATUS'];
  if (status) process.exit(Number(status));
  const redis = new Redis(process.env['REDIS_URL']!, { protocol: 2, enableReadyCheck: false });
  const primary = new Redis(process.env['PRIMARY_REDIS_URL']!, { protocol: 2, enableReadyCheck: false });
  for (const each of [redis, primary]) each.on('error', () => {});
  const ping = async () => `${await redis.ping()} ${await primary.ping()}`;
  process.once('SIGTERM', () => {
    void ping().then((pong) => {
      tell({ gateway: 'stopping', pong });
      process.exit(0);
    });
  });
  process.on('SIGHUP', () => tell({ gateway: 'reloading' }));
  const pong = await ping();
  tell({ gateway: 'serving', pong, pid: process.pid, secret: process.env['REDIS_PASSWORD'] ?? null });
}

if (first === 'serve') void serve();
else void redisCommand.run([first, ...rest].filter(Boolean), process.env).then((code) => process.exit(code));
