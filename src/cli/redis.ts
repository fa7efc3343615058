import { ConfigError } from '../config/problem';
import type { Variable } from '../config/readers';
import { gatewayEnvironment } from '../redis/gateway-urls';
import { readRedisSettings, type RedisServerSettings } from '../redis/read-settings';
import { runRedis } from '../redis/supervisor/run-redis';
import { REDIS_VARIABLES } from '../redis/variables';
import { createLog } from '../report/log';
import { whenNpxEnds } from './npx-end';
import type { Command } from './usage';

/** What a gateway may take to end beyond the time it gives requests, in milliseconds. */
const SLACK_MS = 10_000;

const rows = Object.entries<Variable>(REDIS_VARIABLES).map(
  ([name, { default: unset, meaning }]) => `  ${name}\n      ${meaning} (${unset})`,
);

export const redisCommand: Command = {
  name: 'redis',
  summary: 'the redis-servers this region needs; with --serve a gateway beside them',
  usage: `lastmile redis [--serve]

Runs this region's Redis, and in the primary region the primary, from Redis 7.0.9 or newer. Follows the primary when it
moves, and starts again what dies. Where several machines of the primary region could run the primary, they agree on one.

  --serve  runs a gateway beside them, which reaches them as the accounts made for it

Environment:

${rows.join('\n')}
`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (args.some((arg) => arg !== '--serve')) {
    process.stderr.write(
      'lastmile redis takes --serve and nothing else; it is configured by the environment.\n',
    );
    return 2;
  }
  let settings: RedisServerSettings;
  try {
    settings = readRedisSettings(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  whenNpxEnds(env, () => stop.abort());
  return runRedis(settings, {
    log: createLog(settings.logLevel),
    signal: stop.signal,
    onReload: (reload) => process.on('SIGHUP', reload),
    env: { PATH: env['PATH'], LD_LIBRARY_PATH: env['LD_LIBRARY_PATH'] },
    gateway: args.length === 0 ? undefined : gatewayProgram(settings, env),
  });
}

/** This very program, as `serve`. */
function gatewayProgram(settings: RedisServerSettings, env: NodeJS.ProcessEnv) {
  return {
    program: process.execPath,
    args: [...process.execArgv, process.argv[1] ?? '', 'serve'],
    env: gatewayEnvironment(settings, env),
    patienceMs: settings.drainMs + SLACK_MS,
  };
}
