import { parseArgs } from 'node:util';
import type { Config } from '../config/config';
import { ConfigError } from '../config/problem';
import { gatewayEnvironment } from '../redis/gateway-urls';
import { doctor, formatFindings } from '../doctor/doctor';
import { readRedisSettings } from '../redis/read-settings';
import { readReport } from './check';
import { readSettings, type GivenSettings } from './settings';
import { usageError, type Command } from './usage';

export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'examines this region: the API, the schema, Redis roles, settings and rights, and whether it is provably up to date',
  usage: `lastmile doctor [--config FILE] [--json]

Reads the same environment as the gateway, and asks the GraphQL API (for { __typename }, and for its schema) and each Redis
named there. It changes nothing, but for an entry of one second where the rights of an account can only be tried. It also asks
the gateway at ADMIN_PORT of this machine, where one runs, whether it is shown to be current. \`lastmile docs <id>\` says what
a check asks. Exit status 1 when there are errors.

  --config  a file of settings, as for \`lastmile serve\`
  --json    prints the findings as JSON: [{ "id", "severity": "ok" | "warning" | "error", "what", "remedy" }]

With REDIS_PASSWORD, as for \`lastmile redis\`, more can be read, and the addresses need not be given.
`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let json: boolean;
  let given: GivenSettings;
  try {
    ({ json, ...given } = parseArgs({
      args: [...args],
      options: { config: { type: 'string' }, json: { type: 'boolean', default: false } },
    }).values);
  } catch (error) {
    return usageError('doctor', (error as Error).message);
  }
  let config: Config;
  try {
    config = await readSettings(given, completed(env));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const findings = await doctor({
    ...config,
    readSchema: async () =>
      (await readReport({ ...config, capture: { ...config.capture, url: undefined } })).report,
    secret: env['REDIS_PASSWORD'] || undefined,
  });
  process.stdout.write(json ? `${JSON.stringify(findings, undefined, 2)}\n` : formatFindings(findings));
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

/** As the gateway beside `lastmile redis` finds it. */
function completed(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env['REDIS_PASSWORD'] ? gatewayEnvironment(readRedisSettings(env), env) : env;
}
