import cluster from 'node:cluster';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Config } from '../config/config';
import { ConfigError, formatProblems } from '../config/problem';
import { VARIABLE_ROWS } from '../config/variables';
import { createLog, type Log } from '../report/log';
import { serve, type Served } from '../server/serve';
import { SchemaError } from '../schema/schema-error';
import { serveWithWorkers, serveAsWorker } from '../server/workers';
import { readSettings, SERVE_OPTIONS, SERVE_USAGE, type GivenSettings } from './settings';
import { whenNpxEnds } from './npx-end';
import { usageError, type Command } from './usage';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'one gateway, configured by the environment (the default)',
  usage: `lastmile serve [options]

Starts one gateway. SIGTERM or SIGINT lets it finish what is under way and end; SIGHUP has it read the schema again.

${SERVE_USAGE}

An option overrides the environment, which overrides the file \`.env\`, which overrides the file of --config; in that file each
setting has the name of its variable. All are read once, at start: a change of any file of settings needs a restart. Environment:

${VARIABLE_ROWS.map(({ name, default: unset, meaning }) => `  ${name}\n      ${meaning} (${unset})`).join('\n')}`,
  run,
};

/** How the file of `--config` is called in documents. */
const SETTINGS_FILES = ['ts', 'mjs', 'js', 'json'].map((ending) => `lastmile.config.${ending}`);

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let config: Config;
  let values: GivenSettings;
  try {
    ({ values } = parseArgs({ args: [...args], options: SERVE_OPTIONS }));
    config = await readSettings(values, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) return usageError('serve', (error as Error).message);
    process.stderr.write(`${formatProblems(error.problems)}\n`);
    return 2;
  }
  const log = createLog(config.log.level);
  const unread = values.config === undefined ? SETTINGS_FILES.find((name) => existsSync(name)) : undefined;
  if (unread !== undefined)
    log.info(
      { file: unread, remedy: `Start with --config ${unread}.` },
      `${unread} is here, and is not read`,
    );
  const stop = new AbortController();
  // From the start: what handles no SIGHUP is ended by it.
  let reload = () => {};
  process.on('SIGHUP', () => reload());
  try {
    const serving = await begin(config, log);
    reload = serving.reload;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort(signal));
    if (cluster.isPrimary) whenNpxEnds(env, () => stop.abort('the end of npx'));
    await once(stop.signal, 'abort');
    log.info({ signal: stop.signal.reason as string }, 'stopping');
    await serving.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof SchemaError || error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function begin(config: Config, log: Log): Promise<Pick<Served, 'reload' | 'stop'>> {
  // A terminal sends SIGHUP to each process: the first one tells the others what it means.
  if (cluster.isWorker) return { reload: () => {}, stop: await serveAsWorker(config, log) };
  return (config.http.workers > 1 ? serveWithWorkers : serve)(config, log);
}
