import cluster from 'node:cluster';
import { once } from 'node:events';
import type { Config } from '../config/config';
import { ConfigError, formatProblems } from '../config/problem';
import { readConfig } from '../config/read-config';
import { VARIABLE_ROWS } from '../config/variables';
import { createLog, type Log } from '../report/log';
import { serve } from '../serve';
import { SchemaError } from '../upstream/schema-error';
import { serveWithWorkers } from '../workers/serve-with-workers';
import { serveAsWorker } from '../workers/worker';
import type { Command } from './command';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'one gateway, configured by the environment (the default)',
  usage: `lastmile serve

Starts one gateway. SIGTERM or SIGINT lets it finish what is under way and end. Environment:

${VARIABLE_ROWS.map(({ name, default: unset, meaning }) => `  ${name}\n      ${meaning} (${unset})`).join('\n')}`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (args.length > 0) {
    process.stderr.write(`lastmile serve takes no arguments; it is configured by the environment.\n`);
    return 2;
  }
  let config: Config;
  try {
    config = readConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${formatProblems(error.problems)}\n`);
    return 2;
  }
  const log = createLog(config.log.level);
  const stop = new AbortController();
  try {
    const stopServing = await begin(config, log);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort(signal));
    await once(stop.signal, 'abort');
    log.info({ signal: stop.signal.reason as string }, 'stopping');
    await stopServing();
    return 0;
  } catch (error) {
    if (!(error instanceof SchemaError || error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** @returns what ends it */
async function begin(config: Config, log: Log): Promise<() => Promise<void>> {
  if (cluster.isWorker) return serveAsWorker(config, log);
  return (await (config.http.workers > 1 ? serveWithWorkers : serve)(config, log)).stop;
}
