import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import {
  Kind,
  parse,
  printSourceLocation,
  Source,
  validate,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { ExactNumber, readJson, writeJson } from '../json/exact-number';
import { parseArgs } from 'node:util';
import { explain } from '../explain/explain';
import { Plans } from '../gateway/parts/plan';
import type { Explanation } from '../explain/explanation';
import { formatExplanation } from '../explain/format-explanation';
import type { Refusal } from '../operation/operation';
import { readKnowledge, settingsOf } from '../server/read-knowledge';
import { readSettingsOrComplain, SCHEMA_OPTIONS, SCHEMA_USAGE, type GivenSettings } from './settings';
import { type Command, failure, usageError } from './usage';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'what becomes of one operation: key, scope, maxAge, tags, and why not',
  usage: `lastmile explain '<operation>' [options]
       lastmile explain <file> [options]
       lastmile explain - [options]

Says what a gateway with this environment would do with an operation, and why: for whom its answer is kept and for how
long, which field decided that, what it is purged by, and for each "no" the reason and the remedy. Asks upstream for
its schema, and for nothing else. The operation is given in quotes, or read from a file or, for -, from standard input.

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
  const source = await readSource(wanted.text).catch((error: Error) => error.message);
  if (typeof source === 'string') return usageError('explain', source);
  try {
    const { knowledge } = await readKnowledge(config);
    const { variables, operation: operationName } = wanted;
    const names = severalNames(source.body);
    if (operationName === undefined && names.length > 1)
      return usageError(
        'explain',
        `It holds the operations ${names.join(', ')}: say which, --operation NAME.`,
      );
    const plans = config.cache.inParts ? new Plans(knowledge, config.limits.maxParts) : undefined;
    const explained = explain({ ...knowledge, plans }, settingsOf(config), {
      text: source.body,
      variables,
      operationName,
    });
    return 'errors' in explained
      ? refuse(wanted, source, inFull(explained, source, knowledge.schema))
      : print(wanted, explained);
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
    if (text === undefined) return 'Give the operation to explain, or its file.';
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

/**
 * What is a text of GraphQL has a brace or a space in it; what has not is a name.
 * @returns rejects when there is no such file
 */
async function readSource(given: string): Promise<Source> {
  if (given === '-') return new Source(await text(process.stdin), 'standard input');
  if (/[{\s]/.test(given)) return new Source(given, 'the operation');
  return new Source(await readFile(given, 'utf8'), given);
}

/** The operations of a text that has several; empty where it has one, or is none. */
function severalNames(body: string): string[] {
  try {
    const names = parse(body).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? [definition.name?.value ?? '(without a name)'] : [],
    );
    return names.length > 1 ? names : [];
  } catch {
    // What is wrong with it is said where it is explained.
    return [];
  }
}

/** Clients are not told what they may have meant, which takes time for each; who asks here is. */
function inFull(
  { errors, isBySchema }: Refusal,
  source: Source,
  schema: GraphQLSchema,
): readonly GraphQLError[] {
  return isBySchema === true ? validate(schema, parse(source)) : errors;
}

function refuse({ json }: Wanted, source: Source, errors: readonly GraphQLError[]): number {
  const said = errors.map(({ message, locations }) => ({ message, locations }));
  if (json) process.stdout.write(`${JSON.stringify({ errors: said }, undefined, 2)}\n`);
  else
    for (const { message, locations = [] } of said)
      process.stderr.write(
        `${[message, ...locations.map((location) => printSourceLocation(source, location))].join('\n')}\n`,
      );
  return 1;
}

function print({ json }: Wanted, explained: Explanation): number {
  process.stdout.write(json ? `${writeJson(explained, undefined, 2)}\n` : formatExplanation(explained));
  return 0;
}
