import { parseArgs } from 'node:util';
import type { GraphQLSchema } from 'graphql';
import { adviseOn } from '../capture/advice';
import { explainFault } from '../capture/faults';
import type { MappedSchema } from '../capture/mapping';
import { surveyDatabase } from '../capture/survey';
import { findOwnSchema, SCHEMA_FOLDER } from '../config/own-schema';
import { askChoices, askUpstream, endDialogue, type Choices, type Terminal } from '../init/dialogue';
import { OVERLAY, OVERLAY_OF_CLONE, nextStep, starterFiles } from '../init/files';
import { findCandidates, overlayText, type Candidates } from '../init/overlay';
import { writeFiles } from '../init/write-files';
import { readKnowledge } from '../server/read-knowledge';
import { readSettingsOrComplain } from './settings';
import { failure, usageError, type Command } from './usage';

export const initCommand: Command = {
  name: 'init',
  summary: 'files to begin with in front of your API: overlay, .env, and for containers',
  usage: `lastmile init [--upstream URL] [--containers] [--app NAME] [--region NAME]

Asks the API for its schema (with SCHEMA_HEADERS, if it takes a credential), and writes into this folder ${OVERLAY}, with
a proposal for each type as a comment, and .env. With CAPTURE_URL it asks that database too, and proposes which type is of
which table. It overwrites no file. On a terminal it asks what to keep; elsewhere it asks nothing.

  --upstream    where the API is (UPSTREAM_URL)
  --containers  writes Dockerfile, compose.yaml and fly.toml as well
  --app         name of the app on Fly (my-gateway)
  --region      its first region on Fly (iad)

Exit status: 0 written, 1 the schema cannot be read, or nothing was chosen, 2 wrong usage or configuration.`,
  run,
};

const OPTIONS = {
  upstream: { type: 'string' },
  containers: { type: 'boolean', default: false },
  app: { type: 'string', default: 'my-gateway' },
  region: { type: 'string', default: 'iad' },
} as const;

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS }));
  } catch (error) {
    return usageError('init', (error as Error).message);
  }
  const terminal: Terminal | undefined =
    process.stdin.isTTY && process.stdout.isTTY
      ? { input: process.stdin, output: process.stdout }
      : undefined;
  const known = values.upstream ?? (env['UPSTREAM_URL'] || undefined);
  const upstream = known ?? (terminal && (await askUpstream(terminal)));
  if (upstream === undefined)
    return terminal ? giveUp(terminal) : usageError('init', 'Say where the API is: --upstream URL.');
  // Only what its schema is asked for with.
  const { UPSTREAM_HEADERS, SCHEMA_HEADERS } = env;
  const config = await readSettingsOrComplain({ upstream }, { UPSTREAM_HEADERS, SCHEMA_HEADERS });
  if (!config) return 2;
  let schema: GraphQLSchema;
  let candidates: Candidates;
  let tables: readonly string[];
  try {
    const { knowledge } = await readKnowledge({
      ...config,
      upstream: { ...config.upstream, schema: undefined },
    });
    ({ schema } = knowledge);
    candidates = findCandidates(schema, knowledge.rules);
    tables = await proposedTables(knowledge, env['CAPTURE_URL']);
  } catch (error) {
    return failure(error);
  }
  const choices: Choices | undefined = terminal
    ? await askChoices(terminal, candidates)
    : { chosen: [], session: undefined, wantsContainers: false };
  if (!choices) return giveUp(terminal!);
  const folder = process.cwd();
  const isClone = findOwnSchema(folder) === 'the example';
  const overlay = isClone ? OVERLAY_OF_CLONE : OVERLAY;
  // Those of a clone are there already; they take what is in `schema`.
  const wantsContainers = !isClone && (choices.wantsContainers || values.containers);
  const { written, kept } = await writeFiles(folder, [
    { path: overlay, text: overlayText(schema, { ...candidates, tables }, choices.chosen) },
    ...starterFiles({
      upstream,
      session: choices.session,
      app: values.app,
      region: values.region,
      wantsContainers,
      schema: isClone ? overlay : undefined,
    }),
  ]);
  const lines = [
    ...written,
    ...kept.map((path) => `${path} was there, and stays as it is`),
    ...(isClone
      ? [`${SCHEMA_FOLDER}/ holds the example here, so SCHEMA in .env names ${overlay} alone`]
      : []),
    // A secret of the environment is not for a file, unless its owner puts it there.
    ...['UPSTREAM_HEADERS', 'SCHEMA_HEADERS']
      .filter((name) => env[name])
      .map((name) => `${name} was written to no file: put it into .env, or keep it in the environment`),
  ];
  // An overlay that was there already has nothing of what was chosen now.
  const next = nextStep(overlay, written.includes(overlay) ? choices.chosen : []);
  if (terminal) await endDialogue(terminal, lines, next);
  else process.stdout.write(`${[...lines, '', next].join('\n')}\n`);
  return 0;
}

/** Which types are rows of which tables, where there is a database to ask. */
async function proposedTables(known: MappedSchema, url: string | undefined): Promise<readonly string[]> {
  if (!url) return [];
  try {
    const { catalogue } = await surveyDatabase({ url, slot: '', publication: '' });
    return adviseOn(known, catalogue, { publication: '', present: [] }).proposals;
  } catch (error) {
    const { what, remedy } = explainFault(error);
    process.stderr.write(`No tables are proposed: the database of CAPTURE_URL ${what}. ${remedy}\n`);
    return [];
  }
}

async function giveUp(terminal: Terminal): Promise<number> {
  await endDialogue(terminal, ['Nothing was written.'], undefined);
  return 1;
}
