import { parseArgs } from 'node:util';
import { adviseOn } from '../capture/advice';
import { explainFault } from '../capture/faults';
import type { MappedSchema } from '../capture/mapping';
import { surveyDatabase } from '../capture/survey';
import type { Config } from '../config/config';
import { readKnowledge } from '../server/read-knowledge';
import { SchemaError } from '../schema/schema-error';
import { formatReport } from '../check/format-report';
import { checkReport, unreadReport, type CheckFinding, type CheckReport } from '../check/report';
import { readSettingsOrComplain, SCHEMA_OPTIONS, SCHEMA_USAGE, type GivenSettings } from './settings';
import { failure, usageError, type Command } from './usage';

export const checkCommand: Command = {
  name: 'check',
  summary: 'what can and cannot be cached or purged, and why',
  usage: `lastmile check [options]

Reads configuration and schema as a gateway with this environment would, and says which types are cached and for how
long, what each mutation purges, and what it finds: where, how bad it is, and what to do. Asks upstream for its schema, and the
database of CAPTURE_URL, where that is set, for its tables; and for nothing else.

${SCHEMA_USAGE}
  --json             the same as JSON

Exit status: 0 no errors, 1 errors, or the schema cannot be read, 2 wrong usage or configuration.`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let json: boolean;
  let given: GivenSettings;
  try {
    ({ json, ...given } = parseArgs({
      args: [...args],
      options: { ...SCHEMA_OPTIONS, json: { type: 'boolean', default: false } },
    }).values);
  } catch (error) {
    return usageError('check', (error as Error).message);
  }
  const config = await readSettingsOrComplain(given, env);
  if (!config) return 2;
  try {
    const { report, status } = await readReport(config);
    process.stdout.write(
      json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report, process.cwd()),
    );
    return status;
  } catch (error) {
    return failure(error);
  }
}

/** With what the database of CAPTURE_URL tells, or why it tells nothing. */
async function withDatabase(
  report: CheckReport,
  known: MappedSchema,
  { url, slot, publication }: Config['capture'],
): Promise<CheckReport> {
  if (url === undefined) return report;
  try {
    const { catalogue, present } = await surveyDatabase({ url, slot, publication });
    return { ...report, database: adviseOn(known, catalogue, { publication, present }) };
  } catch (error) {
    const { what, remedy } = explainFault(error);
    const problem = { variable: 'CAPTURE_URL', problem: `The database ${what}.`, remedy };
    return { ...report, configuration: [...report.configuration, problem] };
  }
}

/**
 * What the command prints, and its exit status.
 * @throws LastmileError when upstream cannot be asked for its schema
 */
export async function readReport(
  config: Config,
): Promise<{ readonly report: CheckReport; readonly status: number }> {
  try {
    const known = await readKnowledge(config);
    const report = await withDatabase(checkReport(known, config), known.knowledge, config.capture);
    return { report, status: report.counts.error > 0 ? 1 : 0 };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    // A schema that cannot be read is the worst of findings, and they have places like any other.
    const findings = error.findings.map(({ place, what, remedy }): CheckFinding => ({
      code: 'schema',
      severity: 'error',
      ...place,
      message: what,
      remedy,
    }));
    return { report: unreadReport(findings, config), status: error.isOfConfiguration ? 2 : 1 };
  }
}
