import { ExactNumber, readJson, writeJson } from '../json/exact-number';
import { parseArgs } from 'node:util';
import type { Config } from '../config/config';
import { explain } from '../explain/explain';
import { formatExplanation } from '../explain/format-explanation';
import { readKnowledge, settingsOf } from '../server/read-knowledge';
import { readSettingsOrComplain, SCHEMA_OPTIONS, SCHEMA_USAGE, type GivenSettings } from './settings';
import { type Command, failure, usageError } from './usage';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'what becomes of one operation: key, scope, maxAge, tags, and why not',
  usage: `lastmile explain '<operation>' [options]

Says what a gateway with this environment would do with an operation, and why: for whom its answer is kept and for how
long, which field decided that, what it is purged by, and for each "no" the reason and the remedy. Asks upstream for
its schema, and for nothing else.

${SCHEMA_USAGE}
  --variables JSON   an object, as a client would send it
  --operation NAME   which operation of the text
  --json             the same as JSON

Exit status: 0 explained, 1 it is no valid operation, or the schema cannot be read, 2 wrong usage or configuration.`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const wanted = readArgs(args);
  if (typeof wanted === 'string') return usageError('explain', wanted);
  const config = await readSettingsOrComplain(wanted.given, env);
  if (!config) return 2;
  try {
    return print(wanted, await explainWanted(wanted, config));
  } catch (error) {
    return failure(error);
  }
}

interface Wanted {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operation: string | undefined;
  readonly json: boolean;
  readonly given: GivenSettings;
}

/** @returns what is wrong with the arguments, as a sentence */
function readArgs(args: readonly string[]): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...SCHEMA_OPTIONS,
        variables: { type: 'string' },
        operation: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const [text, ...others] = positionals;
    if (text === undefined) return 'Give the operation to explain.';
    if (others.length > 0) return 'Give one operation, in quotes.';
    const variables = readVariables(values.variables ?? '{}');
    if (!variables) return '--variables takes a JSON object.';
    return { text, variables, operation: values.operation, json: values.json, given: values };
  } catch (error) {
    return (error as Error).message;
  }
}

function readVariables(json: string): Record<string, unknown> | undefined {
  try {
    const value = readJson(json);
    return typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !(value instanceof ExactNumber)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function explainWanted({ text, variables, operation }: Wanted, config: Config) {
  const { knowledge } = await readKnowledge(config);
  return explain(knowledge, settingsOf(config), { text, variables, operationName: operation });
}

function print({ json }: Wanted, explained: Awaited<ReturnType<typeof explainWanted>>): number {
  if ('errors' in explained) {
    const errors = explained.errors.map(({ message, locations }) => ({ message, locations }));
    if (json) process.stdout.write(`${JSON.stringify({ errors }, undefined, 2)}\n`);
    else for (const { message } of errors) process.stderr.write(`${message}\n`);
    return 1;
  }
  process.stdout.write(json ? `${writeJson(explained, undefined, 2)}\n` : formatExplanation(explained));
  return 0;
}
