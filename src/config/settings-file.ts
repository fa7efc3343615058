import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { createJiti } from 'jiti';
import { ConfigError, type Problem } from './problem';
import { HEADERS_NAMES, VARIABLE_NAMES, VARIABLES } from './variables';
import { misspelt, similarName } from './warnings';

/**
 * What the file `.env` of a folder says, in the usual format. What the environment says goes before it.
 * @returns nothing where there is no such file
 */
export function readDotEnv(folder: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(join(folder, '.env'), 'utf8'));
  } catch {
    // Most folders have none; and one that may not be read is another program's.
    return {};
  }
}

/** What a file of settings says. */
export interface ReadSettings {
  readonly env: NodeJS.ProcessEnv;
  readonly problems: readonly Problem[];
}

/**
 * Reads a file of settings, `.ts`, `.mjs`, `.js` or `.json`, as if the environment said what it says.
 * @param path relative to the folder
 * @returns `problems`: all that is wrong with its settings. What is wrong with a value is found where the environment is read
 * @throws ConfigError where it cannot be read at all
 */
export async function readSettingsFile(path: string, folder: string): Promise<ReadSettings> {
  const file = resolve(folder, path);
  let settings: unknown;
  try {
    settings = await load(file);
  } catch (error) {
    const problem = `${path} cannot be read: ${(error as Error).message}`;
    throw new ConfigError([{ variable: '--config', problem, remedy: 'Correct the file, or its name.' }]);
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    const problem = `${path} does not hold an object of settings.`;
    const remedy = 'Export one by default: `export default defineConfig({ ... })`.';
    throw new ConfigError([{ variable: '--config', problem, remedy }]);
  }
  const problems: Problem[] = [];
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(settings)) {
    const text = textOf(name, value);
    if (!Object.hasOwn(VARIABLES, name)) problems.push(unknown(name, path));
    else if (text === undefined) problems.push(unusable(name, path));
    else env[name] = text;
  }
  return { env, problems };
}

/**
 * Names in `.env` that are nearly a setting's. The file belongs to the folder in which Lastmile is started, so such a name is refused
 * there, where the environment of a machine, which has many owners, only warns. Names that are like no setting's are another
 * program's, which may share the file.
 * @param env with what the file says
 */
export function nearMisses(folder: string, env: NodeJS.ProcessEnv): Problem[] {
  const dotEnv = readDotEnv(folder);
  return misspelt(env)
    .filter(({ variable }) => Object.hasOwn(dotEnv, variable))
    .map((miss) => ({ ...miss, problem: `${miss.problem} It stands in .env.` }));
}

async function load(file: string): Promise<unknown> {
  if (file.endsWith('.json')) return JSON.parse(await readFile(file, 'utf8'));
  // Node 20 cannot import TypeScript. What the file imports is found from where it stands; this package by its name too.
  const jiti = createJiti(file, { alias: { 'lastmile-gateway': join(__dirname, 'define-config') } });
  return jiti.import(file, { default: true });
}

/** As the environment would say it. @returns undefined for what it cannot say */
function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(',');
  const isHeaders =
    (HEADERS_NAMES as readonly string[]).includes(name) && typeof value === 'object' && value !== null;
  return isHeaders && !Array.isArray(value) ? JSON.stringify(value) : undefined;
}

function unknown(name: string, path: string): Problem {
  const meant = similarName(name, VARIABLE_NAMES);
  return {
    variable: name,
    problem: `${path} sets it, and there is no such setting${meant === undefined ? '.' : `: did you mean ${meant}?`}`,
    remedy: meant === undefined ? 'Take it out.' : `Rename it to ${meant}, or take it out.`,
  };
}

function unusable(name: string, path: string): Problem {
  return {
    variable: name,
    problem: `${path} sets it to a value of a type that no setting has.`,
    remedy: 'Write text, a number, true or false, or a list of texts.',
  };
}
