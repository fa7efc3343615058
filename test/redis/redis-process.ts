/** `lastmile redis` as a process of its own, and, as `serve`, a stand-in for the gateway it runs beside. */
import { TLSSocket } from 'node:tls';
import { redisCommand } from '../../src/cli/redis';
import { readConfig } from '../../src/config/read-config';
import { openRedis } from '../../src/connection/open-redis';
import { tlsOptions } from '../../src/connection/trust';

const [first = '', ...rest] = process.argv.slice(2);

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(): Promise<void> {
  const status = process.env['GATEWAY_STATUS'];
  if (status) process.exit(Number(status));
  const { url, primaryUrl, trust } = readConfig(process.env).redis!;
  const options = { protocol: 2, enableReadyCheck: false, tls: tlsOptions(trust) } as const;
  const redis = openRedis(url, options);
  const primary = openRedis(primaryUrl, options);
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
  const secret = process.env['REDIS_PASSWORD'] ?? process.env['REDIS_TLS_KEY'] ?? null;
  const tls = [redis, primary].map(({ stream }) => stream instanceof TLSSocket);
  tell({ gateway: 'serving', pong, pid: process.pid, secret, tls });
}

if (first === 'serve') void serve();
else void redisCommand.run([first, ...rest].filter(Boolean), process.env).then((code) => process.exit(code));
