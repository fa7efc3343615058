import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import type { MappedSchema } from '../capture/mapping';
import type { Config } from '../config/config';
import { formatProblems, type Problem } from '../config/problem';
import { RedisLog } from '../purge/redis-log/redis-log';
import { createLog, type Log } from '../report/log';
import { logOutages } from '../report/outages';
import { createCapture } from '../server/capture';
import { placesOf } from '../server/places';
import { readKnowledge } from '../server/read-knowledge';
import { readSettingsOrComplain, SCHEMA_OPTIONS, SCHEMA_USAGE, type GivenSettings } from './settings';
import { usageError, type Command } from './usage';

/** Between two attempts to read a schema that could not be read. Milliseconds. */
const RETRY_MS = 2_000;

export const captureCommand: Command = {
  name: 'capture',
  summary: "purges what changes in the database behind the API, as the database's own log says",
  usage: `lastmile capture [options]

Reads the log of the PostgreSQL at CAPTURE_URL, and appends to the purge log of PRIMARY_REDIS_URL (or REDIS_URL) what each commit
purges, as @table in the schema says. A gateway of the primary region does the same where CAPTURE_URL is set; of several
processes one does, and another takes its place when it ends. SIGTERM or SIGINT ends it; SIGHUP has it read the schema again.

${SCHEMA_USAGE}

Exit status: 0 ended, 2 wrong usage or configuration. What stands in the way of reading is said in the log, and tried again.`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let given: GivenSettings;
  try {
    given = parseArgs({ args: [...args], options: SCHEMA_OPTIONS }).values;
  } catch (error) {
    return usageError('capture', (error as Error).message);
  }
  const config = await readSettingsOrComplain(given, env);
  if (!config) return 2;
  const missing = missingSettings(config);
  if (missing.length > 0) {
    process.stderr.write(`${formatProblems(missing)}\n`);
    return 2;
  }
  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort());
  await captureUntil(config, createLog(config.log.level), end.signal);
  return 0;
}

function missingSettings({ capture, redis }: Config): Problem[] {
  return [
    ...(capture.url === undefined
      ? [
          {
            variable: 'CAPTURE_URL',
            problem: 'It is not set.',
            remedy: 'Set it to the database behind the API.',
          },
        ]
      : []),
    ...(redis === undefined
      ? [
          {
            variable: 'REDIS_URL',
            problem: 'It is not set: there is no purge log to append to.',
            remedy: 'Set it, and PRIMARY_REDIS_URL where the primary is another.',
          },
        ]
      : []),
  ];
}

async function captureUntil(config: Config, log: Log, signal: AbortSignal): Promise<void> {
  const { redis, limits, policy } = config;
  if (!redis) return;
  const outages = logOutages(log, () => performance.now());
  const places = placesOf(config).redis;
  let known: MappedSchema | undefined;
  const purges = new RedisLog({
    url: redis.url,
    primaryUrl: redis.primaryUrl,
    trust: redis.trust,
    maxBytes: limits.purgeLogBytes,
    retainSeconds: () => policy.maxAgeLimit + policy.staleIfError,
    ...(places && { primary: outages.health(places.primary, 'primary') }),
    onNewer: () => log.warn('a gateway of a later version appends to the same purge log'),
  });
  const capture = createCapture(
    { ...config, region: { ...config.region, isPrimary: true } },
    { purges, schema: () => known, outages, log },
  );
  capture?.start();
  let wake = (): void => {};
  process.on('SIGHUP', () => wake());
  signal.addEventListener('abort', () => wake());
  while (!signal.aborted) {
    const wait = await readKnowledge(config).then(
      ({ knowledge }) => {
        known = knowledge;
        capture?.schemaChanged();
        return config.upstream.schemaRefreshMs || 2 ** 31 - 1;
      },
      (error: unknown) => {
        log.warn(
          { err: error },
          'the schema could not be read, which says what is purged; it is tried again',
        );
        return RETRY_MS;
      },
    );
    if (signal.aborted) break;
    const woken = new AbortController();
    wake = () => woken.abort();
    await pause(wait, undefined, { signal: woken.signal }).catch(() => {});
  }
  await capture?.close();
  await purges.close();
}
