import { parseArgs } from 'node:util';
import {
  PORT_OPTIONS,
  askAdmin,
  complaint,
  readPortOptions,
  readWithFile,
  unnamedRegions,
  type AdminAnswer,
  type PortOptions,
} from './admin-port';
import { usageError, type Command } from './usage';

/** What `lastmile purge` was told to do. */
export interface PurgeOptions extends PortOptions {
  readonly tags: readonly string[];
  readonly sessions: readonly string[];
  readonly all: boolean;
  readonly soft: boolean;
}

/** @returns a sentence when they cannot be understood */
export function readPurgeOptions(args: readonly string[], env: NodeJS.ProcessEnv): PurgeOptions | string {
  let given;
  try {
    given = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: 'boolean', default: false },
        soft: { type: 'boolean', default: false },
        session: { type: 'string', multiple: true, default: [] },
        ...PORT_OPTIONS,
      },
    });
  } catch (error) {
    return `${(error as Error).message}.`;
  }
  const { values, positionals: tags } = given;
  const { session: sessions } = values;
  if (values.all === tags.length + sessions.length > 0)
    return 'Name tags or sessions to purge, or give --all.';
  const admin = readPortOptions(values, env);
  if (typeof admin === 'string') return admin;
  return { ...admin, tags, sessions, all: values.all, soft: values.soft };
}

/** When a region had a purge. */
export interface Arrival {
  readonly region: string;
  readonly reached: boolean;
  /** from when the purge was answered to when the region's answer was here */
  readonly ms: number;
  readonly problem?: string;
}

/** What an answer may take beyond the time a region waits, in milliseconds. */
const WAY_MS = 5_000;

/**
 * Asks every region at once when it has reached a position.
 * @param from monotonic milliseconds
 */
export function awaitArrivals(
  { url, regions, token, withinMs }: PurgeOptions,
  position: string,
  from: number,
): Promise<Arrival[]> {
  const asked = regions.length > 0 ? regions : [{ name: undefined, url }];
  return Promise.all(
    asked.map(async (region) => {
      const path = `/position?reached=${encodeURIComponent(position)}&within=${withinMs}`;
      const { status, json, problem, at } = await askAdmin(region.url, path, {
        token,
        patienceMs: withinMs + WAY_MS,
      });
      const reached = status === 200 && json?.['reached'] === true;
      const name = region.name ?? (typeof json?.['region'] === 'string' ? json['region'] : region.url);
      const trouble = problem ?? (status === 200 ? undefined : `it answered with status ${status}`);
      const ms = Math.round((at - from) * 10) / 10;
      return { region: name, reached, ms, ...(trouble !== undefined && { problem: trouble }) };
    }),
  );
}

export const purgeCommand: Command = {
  name: 'purge',
  summary: 'purges tags in every region, and reports when each is done',
  usage: `lastmile purge <tag>... [--session VALUE]... [--all] [--soft] [--url URL] [--wait] [--within MS]
               [--region name=URL]... [--json]

Asks a gateway, of any region, to purge. Its answer means that the primary has the purge; each region follows. Prints the
position of the purge; on a terminal with what was purged.

  <tag>     Product:7 an entity, [Product] the lists of a type, Product every answer with a Product in it; anything
            else a declared tag
  --session the private answers of a session: the value of the header or cookie that SESSION names, or of the first claim
            of its tokens
  --all     purges everything, instead of tags
  --soft    what is purged may be served stale while it is fetched again
  --url     a gateway's admin port (that of the first --region; else http://127.0.0.1:ADMIN_PORT, which is 4001 by default)
  --wait    waits until each region of --region or REGION_URLS has the purge, or if there are none that of --url alone, and
            prints how long each took. No gateway knows the addresses of the others: name all of them
  --within  milliseconds to wait (10000)
  --region  a region's name and the URL of a gateway's admin port there; give one for each region
  --config  a file of settings, as for \`lastmile serve\`
  --json    prints JSON

Milliseconds are taken here, from the moment the purge's answer was here to the moment a region's was: they include the
way of a question to that region and of its answer back, and a new connection for it. A region alone took less.

Environment:

  ADMIN_TOKEN  bearer token of the gateways; those without one answer their own machine only, and refuse in
               production: set it there
  ADMIN_PORT   port of the gateway on this machine (4001)
  REGION_URLS  regions for --wait: "syd=http://...,lhr=http://..."

Exit status: 0 purged, 1 not purged or a region did not have it in time, 2 wrong usage.
`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = await readWithFile(args, env, readPurgeOptions);
  if (typeof options === 'string') return usageError('purge', options);
  const { tags, sessions, all, soft, url } = options;
  const body = {
    ...(all && { all }),
    ...(tags.length > 0 && { tags }),
    ...(sessions.length > 0 && { sessions }),
    ...(soft && { soft }),
  };
  const answer = await askAdmin(url, '/purge', { token: options.token, patienceMs: 30_000, body });
  const position = answer.json?.['position'];
  if (answer.status !== 200 || typeof position !== 'string') {
    process.stderr.write(`lastmile purge: ${complaint(url, answer)}\n`);
    return 1;
  }
  for (const warning of [...warningsOf(answer.json), ...unnamedRegions(options)])
    process.stderr.write(`lastmile purge: ${warning}\n`);
  const arrivals = options.wait ? await awaitArrivals(options, position, answer.at) : [];
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ position, tags: answer.json?.['tags'], ...(options.wait && { arrivals }) })}\n`
      : plain(
          options,
          process.stdout.isTTY ? `purged ${whatOf(options)} at ${position}` : position,
          arrivals,
        ),
  );
  return arrivals.every(({ reached }) => reached) ? 0 : 1;
}

function warningsOf(json: AdminAnswer['json']): readonly string[] {
  const warnings = json?.['warnings'];
  return Array.isArray(warnings) ? warnings.map(String) : [];
}

/** In words, for people. */
function whatOf({ tags, sessions, all }: PurgeOptions): string {
  if (all) return 'everything';
  const named = sessions.length > 0 ? [`${sessions.length} session${sessions.length > 1 ? 's' : ''}`] : [];
  return [...tags, ...named].join(', ');
}

/** @param first a position alone for programs, a sentence for people */
function plain({ wait, withinMs }: PurgeOptions, first: string, arrivals: readonly Arrival[]): string {
  if (!wait) return `${first}\n`;
  const width = Math.max(...arrivals.map(({ region }) => region.length));
  const lines = arrivals.map(({ region, reached, ms, problem }) => {
    const outcome = reached
      ? `${ms.toFixed(1)} ms`
      : `not within ${withinMs} ms${problem ? `: ${problem}` : ''}`;
    return `  ${region.padEnd(width)}  ${outcome}`;
  });
  return [first, ...lines, ''].join('\n');
}
