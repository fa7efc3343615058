import { parseArgs } from 'node:util';
import { readKnowledge } from '../server/read-knowledge';
import { formatSuggestion } from '../suggest/format-suggestion';
import { readLog, type Recording } from '../suggest/read-log';
import { suggest } from '../suggest/suggest';
import { readSettingsOrComplain, SCHEMA_OPTIONS, SCHEMA_USAGE, type GivenSettings } from './settings';
import { failure, usageError, type Command } from './usage';

export const suggestCommand: Command = {
  name: 'suggest',
  summary: 'directives worth adding, from a log of operations',
  usage: `lastmile suggest <file> [options]

Reads a log of operations, and proposes cache directives ranked by the upstream time they would save, each with the hit
rate it would have had: found by answering the log's queries again, with the purges that came between. What is printed is
SDL with the figures as comments, to be pasted into a file of SCHEMA.

A gateway writes such a log with OPERATION_LOG=<file> and OPERATION_LOG_SAMPLE=<part of the queries, 0 to 1>. It holds
the text of operations, and of variables, ids and sessions only hashes that nothing can be found out from.

${SCHEMA_USAGE}
  --json             the proposals as JSON

Exit status: 0 read, whether or not there is something to propose, 1 the file or the schema cannot be read, 2 wrong usage
or configuration.`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let file: string;
  let json: boolean;
  let given: GivenSettings;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...SCHEMA_OPTIONS, json: { type: 'boolean', default: false } },
    });
    if (positionals.length !== 1) return usageError('suggest', 'Give one file.');
    [file = ''] = positionals;
    ({ json, ...given } = values);
  } catch (error) {
    return usageError('suggest', (error as Error).message);
  }
  const config = await readSettingsOrComplain(given, env);
  if (!config) return 2;
  const recording = await readOrComplain(file);
  if (!recording) return 1;
  try {
    const { knowledge } = await readKnowledge(config);
    const suggestion = suggest(
      knowledge,
      config.limits,
      recording,
      config.cache.inParts ? config.limits.maxParts : 0,
    );
    process.stdout.write(
      json
        ? `${JSON.stringify(suggestion, undefined, 2)}\n`
        : formatSuggestion(knowledge.schema, recording, suggestion),
    );
    return 0;
  } catch (error) {
    return failure(error);
  }
}

/** @returns undefined when it cannot be read, or holds no query; that has been said */
async function readOrComplain(file: string): Promise<Recording | undefined> {
  try {
    const recording = await readLog(file);
    if (recording.queries > 0) return recording;
    process.stderr.write(`${file} holds no query of an operation log: see OPERATION_LOG_SAMPLE.\n`);
  } catch (error) {
    process.stderr.write(`${file} cannot be read: ${(error as Error).message}\n`);
  }
  return undefined;
}
