import type { ParseArgsConfig } from 'node:util';
import type { Config } from '../config/config';
import { ConfigError, formatProblems } from '../config/problem';
import { readConfig } from '../config/read-config';
import { nearMisses, readSettingsFile, type ReadSettings } from '../config/settings-file';
import type { VariableName } from '../config/variables';

/** What is set most often, also without an environment. */
const SCHEMA_FLAGS = {
  upstream: 'UPSTREAM_URL',
  schema: 'SCHEMA',
  'default-max-age': 'DEFAULT_MAX_AGE',
} as const satisfies Record<string, VariableName>;

const SERVE_FLAGS = {
  ...SCHEMA_FLAGS,
  redis: 'REDIS_URL',
  port: 'PORT',
} as const satisfies Record<string, VariableName>;

/** Those that have an option of their own. */
export const MAIN_VARIABLES: readonly VariableName[] = Object.values(SERVE_FLAGS);

type Options = NonNullable<ParseArgsConfig['options']>;

function optionsOf<Flag extends string>(flags: Record<Flag, VariableName>) {
  const all = { ...flags, config: '' } as Record<Flag | 'config', string>;
  return Object.fromEntries(Object.keys(all).map((flag) => [flag, { type: 'string' }])) as {
    [Name in Flag | 'config']: { readonly type: 'string' };
  } satisfies Options;
}

/** For `parseArgs`: of `serve`, and of a command that reads the schema as a gateway would. */
export const SERVE_OPTIONS = optionsOf(SERVE_FLAGS);
export const SCHEMA_OPTIONS = optionsOf(SCHEMA_FLAGS);

/** The same for `--help`. */
export const SERVE_USAGE = usageOf(SERVE_FLAGS);
export const SCHEMA_USAGE = usageOf(SCHEMA_FLAGS);

function usageOf(flags: Readonly<Record<string, VariableName>>): string {
  const width = Math.max(...Object.keys(flags).map((flag) => flag.length));
  const rows = Object.entries(flags).map(
    ([flag, variable]) => `  --${flag.padEnd(width)}  overrides ${variable}`,
  );
  return [...rows, `  --${'config'.padEnd(width)}  a file of settings: .ts, .mjs, .js or .json`].join('\n');
}

/** What was given of {@link SERVE_OPTIONS}. */
export type GivenSettings = { readonly [Name in keyof typeof SERVE_OPTIONS]?: string | undefined };

const NO_FILE: ReadSettings = { env: {}, problems: [] };

/**
 * All settings: an option overrides the environment, which overrides the file of `--config`.
 * @param env with what `.env` says
 * @throws ConfigError
 */
export async function readSettings(given: GivenSettings, env: NodeJS.ProcessEnv): Promise<Config> {
  const folder = process.cwd();
  const { env: file, problems } =
    given.config === undefined ? NO_FILE : await readSettingsFile(given.config, folder);
  const options = Object.entries(SERVE_FLAGS).flatMap(([flag, variable]) => {
    const value = given[flag as keyof typeof SERVE_FLAGS];
    return value === undefined ? [] : [[variable, value] as const];
  });
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  // What is set to nothing stands below the file: it is said, and says nothing.
  const all = { ...env, ...file, ...Object.fromEntries(set), ...Object.fromEntries(options) };
  return readConfig(all, folder, [...problems, ...nearMisses(folder, env)]);
}

/** @returns undefined when there are problems; they have been said */
export async function readSettingsOrComplain(
  given: GivenSettings,
  env: NodeJS.ProcessEnv,
): Promise<Config | undefined> {
  try {
    return await readSettings(given, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${formatProblems(error.problems)}\n`);
    return undefined;
  }
}
