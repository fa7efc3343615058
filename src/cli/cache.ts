import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isNamedBy, isOperationPattern } from '../config/operation-pattern';
import {
  askAdmin,
  complaint,
  PORT_OPTIONS,
  readPortOptions,
  readWithFile,
  unnamedRegions,
  type PortOptions,
} from './admin-port';
import { usageError, type Command } from './usage';

/** What `lastmile cache` was told to do. */
export interface CacheOptions extends PortOptions {
  /** undefined: to say how it is switched */
  readonly serve: boolean | undefined;
  /** names of operations; empty: it is about all */
  readonly operations: readonly string[];
}

/** Milliseconds between two looks at a region that has not heard of it. */
const LOOK_MS = 50;
/** Milliseconds a gateway has to answer. */
const PATIENCE_MS = 10_000;

/** @returns a sentence when they cannot be understood */
export function readCacheOptions(args: readonly string[], env: NodeJS.ProcessEnv): CacheOptions | string {
  let given;
  try {
    given = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...PORT_OPTIONS,
      },
    });
  } catch (error) {
    return `${(error as Error).message}.`;
  }
  const { values, positionals } = given;
  const [word, ...operations] = positionals;
  if (word !== undefined && word !== 'on' && word !== 'off') return `Say on or off, not ${word}.`;
  const wrong = operations.find((name) => !isOperationPattern(name));
  if (wrong !== undefined) return `${wrong} is no name of an operation, as in Checkout or Checkout*.`;
  const admin = readPortOptions(values, env);
  if (typeof admin === 'string') return admin;
  return { ...admin, serve: word && word === 'on', operations };
}

/** How a gateway's cache is switched, as `GET /cache` says it. */
interface Switched {
  readonly region: string;
  readonly serve: boolean;
  readonly without: readonly string[];
  readonly order: number;
}

/** What a region says, or why it does not. */
interface Heard {
  readonly region: string;
  readonly switched?: Switched;
  /** whether it has heard of the order, or of a later one */
  readonly reached: boolean;
  readonly problem?: string;
}

export const cacheCommand: Command = {
  name: 'cache',
  summary: 'switches the cache off and on in every region, for all operations or by name',
  usage: `lastmile cache [on|off] [<operation>...] [--url URL] [--wait] [--within MS] [--region name=URL]... [--json]

Asks a gateway, of any region, to switch the cache of all regions. When it has answered, the primary has recorded the
order: every region follows at once, each of its gateways as soon as it has asked the primary. Without on or off it says how
the cache is switched.

  off          nothing is answered from the cache, nothing is stored, no calls are shared; purges go on as ever
  on           the cache is used again; what is switched off by name stays so
  <operation>  only operations of this name; * stands for any letters: 'Checkout*'
  --url        a gateway's admin port (that of the first --region; else http://127.0.0.1:ADMIN_PORT, which is 4001 by default)
  --wait       waits until each region of --region or REGION_URLS has heard of it. No gateway knows the addresses of the
               others: name all of them
  --within     milliseconds to wait (10000)
  --region     a region's name and the URL of a gateway's admin port there; give one for each region
  --config     a file of settings, as for \`lastmile serve\`
  --json       prints JSON

Upstream then gets all requests: make sure that it can take them. If the entries themselves were wrong, purge them before you
switch the cache on again: lastmile purge --all.

Environment:

  ADMIN_TOKEN  bearer token of the gateways; those without one answer their own machine only, and refuse in
               production: set it there
  ADMIN_PORT   port of the gateway on this machine (4001)
  REGION_URLS  regions: "syd=http://...,lhr=http://..."

Exit status: 0 done, 1 not recorded by the primary, or a region did not hear of it in time, 2 wrong usage.
`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = await readWithFile(args, env, readCacheOptions);
  if (typeof options === 'string') return usageError('cache', options);
  const { serve, operations, url, token, json, wait } = options;
  const body = serve === undefined ? undefined : { serve, ...(operations.length > 0 && { operations }) };
  const answer = await askAdmin(url, '/cache', { token, patienceMs: PATIENCE_MS, ...(body && { body }) });
  const switched = answer.status === 200 ? readSwitched(answer.json) : undefined;
  if (!switched) {
    process.stderr.write(`lastmile cache: ${complaint(url, answer)}\n`);
    return 1;
  }
  for (const sentence of [...stillOff(options, switched), ...unnamedRegions(options)])
    process.stderr.write(`lastmile cache: ${sentence}\n`);
  const heard = wait || serve === undefined ? await hear(options, switched) : [];
  process.stdout.write(
    json ? `${JSON.stringify({ ...switched, regions: heard })}\n` : plain(switched, heard),
  );
  return heard.every(({ reached }) => reached) ? 0 : 1;
}

/** Asks every region how it is switched, until it has heard of an order. */
function hear({ regions, token, withinMs, wait }: CacheOptions, { order }: Switched): Promise<Heard[]> {
  const until = performance.now() + (wait ? withinMs : 0);
  return Promise.all(
    regions.map(async ({ name, url }): Promise<Heard> => {
      for (;;) {
        const answer = await askAdmin(url, '/cache', { token, patienceMs: PATIENCE_MS });
        const switched = answer.status === 200 ? readSwitched(answer.json) : undefined;
        const reached = switched !== undefined && switched.order >= order;
        if (reached || performance.now() >= until)
          return {
            region: name,
            reached,
            ...(switched ? { switched } : { problem: complaint(url, answer) }),
          };
        await pause(LOOK_MS);
      }
    }),
  );
}

/** What was to be switched on by name and stays off for another reason. */
function stillOff({ serve, operations }: CacheOptions, { serve: serves, without }: Switched): string[] {
  if (!serve) return [];
  if (operations.length > 0 && !serves)
    return ['The cache is switched off for all operations. To switch it on, say: lastmile cache on'];
  return operations.flatMap((name) => {
    const patterns = without.filter((pattern) => isNamedBy([pattern], name));
    if (patterns.length === 0) return [];
    const quoted = patterns.map((pattern) => `'${pattern}'`).join(' ');
    return [
      `${name} stays off by ${patterns.join(', ')}. To switch that on, say: lastmile cache on ${quoted}`,
    ];
  });
}

function readSwitched(json: Readonly<Record<string, unknown>> | undefined): Switched | undefined {
  return typeof json?.['serve'] === 'boolean' && Array.isArray(json['without'])
    ? (json as unknown as Switched)
    : undefined;
}

function plain(switched: Switched, heard: readonly Heard[]): string {
  const width = Math.max(...heard.map(({ region }) => region.length));
  const lines = heard.map(({ region, reached, switched: there, problem }) => {
    const late = reached ? '' : there ? ': it has not heard of it yet' : '';
    return `  ${region.padEnd(width)}  ${there ? describe(there) : problem}${late}`;
  });
  return [describe(switched), ...lines, ''].join('\n');
}

function describe({ serve, without }: Switched): string {
  const names = without.length > 0 ? `, and by name for ${without.join(', ')}` : '';
  if (!serve) return `off${names}`;
  return without.length > 0 ? `on, but off for ${without.join(', ')}` : 'on';
}
