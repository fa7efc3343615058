/** Starts what a trial needs: a server of another make, its database, a gateway in front of it. */
import { buildClientSchema, getIntrospectionQuery, type GraphQLSchema } from 'graphql';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleanup } from '../kit/cleanup';
import { runProcess, startServing } from '../kit/lastmile';
import type { PostgresServer } from '../kit/postgres';
import { seededRandom } from '../kit/random';
import { startRedis } from '../kit/redis-server';
import { Client, type Endpoint } from './ask';
import { CapturedDatabase, connectTo } from './captured';
import { statements } from './changes';
import { prepareDatabase } from './databases';
import { PurgedSince } from './losses';
import { everythingCacheable } from './overlay';
import { startServer } from './server-process';
import { StatementWriter } from './statements';
import type { Subject } from './subjects';
import { Tally } from './tally';
import { Trial, type TrialOptions } from './trial';
import { Warnings, type CheckOutput } from './warnings';

interface Ground {
  readonly postgres: () => Promise<PostgresServer>;
  readonly cleanup: Cleanup;
}

/** Starts everything, compares, and leaves nothing running. @param tally what is added to */
export async function runTrial(options: TrialOptions, ground: Ground, tally = new Tally()): Promise<Tally> {
  const { subject, built, seed } = options;
  const { cleanup } = ground;
  const { env: databaseEnv, url } = await prepareDatabase(subject, ground.postgres, options.lively ?? false);
  const upstream = cleanup.add(await startServer(subject, databaseEnv));
  const client = cleanup.add(new Client());
  const schema = await introspect(client, upstream);
  const redis = cleanup.add(await startRedis());
  const database = url === undefined ? undefined : await connectTo(url);
  if (database) cleanup.later(() => database.end());
  const captured =
    options.captured && database
      ? cleanup.add(new CapturedDatabase(await ground.postgres(), database, url!))
      : undefined;
  const file = join(cleanup.folder('oracle'), 'overlay.graphql');
  const tables = captured ? tablesOf(subject, schema) : '';
  await writeFile(file, everythingCacheable(schema) + (subject.overlay ?? '') + tables);
  const env = {
    UPSTREAM_URL: upstream.url,
    UPSTREAM_HEADERS: JSON.stringify(upstream.headers ?? {}),
    SCHEMA: file,
    DEFAULT_MAX_AGE: '3600',
    REDIS_URL: redis.url,
    ...captured?.env,
  };
  const checking = runCheck(env, built);
  // What is to be published only check says.
  if (captured) await captured.publish(await checking);
  const [report, gateway] = await Promise.all([checking, startServing(env, { built })]);
  cleanup.add(gateway);
  const random = seededRandom(seed);
  const trial = new Trial(options, {
    client,
    upstream,
    gateway,
    schema,
    random,
    tally,
    purged: new PurgedSince(redis.client()),
    warnings: captured ? Warnings.ofLog(report) : new Warnings(report),
    settle: captured && (() => captured.caughtUp(gateway.adminUrl)),
    statements:
      options.changes === 'sql' && database
        ? statements(database, await StatementWriter.over(database, random), tally)
        : undefined,
  });
  await trial.run();
  return tally;
}

/** SDL that says which types are rows of which tables. Not every server shows every table. */
function tablesOf({ captured }: Subject, schema: GraphQLSchema): string {
  return Object.entries(captured?.tables ?? {})
    .filter(([type]) => schema.getType(type))
    .map(([type, table]) => `extend type ${type} @table(name: ${table})\n`)
    .join('');
}

/** What `lastmile check --json` prints. @throws Error when it prints none */
async function runCheck(
  env: Readonly<Record<string, string>>,
  built: string | undefined,
): Promise<CheckOutput> {
  const { output, errors } = await runProcess(['check', '--json'], env, { built });
  try {
    return JSON.parse(output) as CheckOutput;
  } catch (cause) {
    throw new Error(`lastmile check printed no report: ${errors}`, { cause });
  }
}

async function introspect(client: Client, upstream: Endpoint): Promise<GraphQLSchema> {
  const query = getIntrospectionQuery({ descriptions: false, inputValueDeprecation: false });
  const { text } = await client.ask(upstream, { query, variables: '{}' });
  return buildClientSchema((JSON.parse(text) as { data: Parameters<typeof buildClientSchema>[0] }).data);
}
