import type { Command } from './command';
import { awaitArrivals, type Arrival } from './purge-arrivals';
import { readPurgeOptions, type PurgeOptions } from './purge-options';
import { askAdmin, type AdminAnswer } from './purge-request';

export const purgeCommand: Command = {
  name: 'purge',
  summary: 'purges tags in every region, and tells when each has done so',
  usage: `lastmile purge <tag>... [--soft] [--all] [--url URL] [--wait] [--within MS] [--region name=URL]... [--json]

Asks a gateway, of any region, to purge. Its answer means that the primary has the purge; each region follows.

  <tag>     Product:7 an entity, [Product] the lists of a type, Product every answer with a Product in it; anything
            else a declared tag
  --all     purges everything, instead of tags
  --soft    what is purged may be served stale while it is fetched anew
  --url     a gateway's admin port (http://127.0.0.1:ADMIN_PORT, which is 4001 by default)
  --wait    waits until every region has the purge, and prints how long each took
  --within  milliseconds to wait (10000)
  --region  a region's name and the URL of a gateway's admin port there; give one for each region
  --json    prints JSON

Milliseconds are taken here, from the moment the purge's answer was here to the moment a region's was: they include the
way of a question to that region and of its answer back, and a new connection for it. A region alone took less.

Environment:

  ADMIN_TOKEN  bearer token of the gateways; without it they answer their own machine only
  ADMIN_PORT   port of the gateway on this machine (4001)
  REGION_URLS  regions for --wait: "syd=http://...,lhr=http://..."

Exit status: 0 purged, 1 not purged or a region did not have it in time, 2 wrong usage.
`,
  run,
};

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = readPurgeOptions(args, env);
  if (typeof options === 'string') {
    process.stderr.write(`${options} See lastmile purge --help.\n`);
    return 2;
  }
  const { tags, all, soft, url } = options;
  const body = { ...(all ? { all } : { tags }), ...(soft && { soft }) };
  const answer = await askAdmin(url, '/purge', options.token, 30_000, body);
  const position = answer.json?.['position'];
  if (answer.status !== 200 || typeof position !== 'string') {
    process.stderr.write(`lastmile purge: ${complaint(url, answer)}\n`);
    return 1;
  }
  const arrivals = options.wait ? await awaitArrivals(options, position, answer.at) : [];
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ position, tags: answer.json?.['tags'], ...(options.wait && { arrivals }) })}\n`
      : plain(options, position, arrivals),
  );
  return arrivals.every(({ reached }) => reached) ? 0 : 1;
}

function plain({ wait, withinMs }: PurgeOptions, position: string, arrivals: readonly Arrival[]): string {
  if (!wait) return `${position}\n`;
  const width = Math.max(...arrivals.map(({ region }) => region.length));
  const lines = arrivals.map(({ region, reached, ms, problem }) => {
    const outcome = reached
      ? `${ms.toFixed(1)} ms`
      : `not within ${withinMs} ms${problem ? `: ${problem}` : ''}`;
    return `  ${region.padEnd(width)}  ${outcome}`;
  });
  return [position, ...lines, ''].join('\n');
}

/** What, where, and what to do. */
function complaint(url: string, { status, json, problem }: AdminAnswer): string {
  if (problem !== undefined) return `${url} did not answer (${problem}). Is a gateway's admin port there?`;
  const error = json?.['error'] as { message?: string; remedy?: string } | undefined;
  if (!error?.message) return `${url} answered with status ${status}. Is it a gateway's admin port?`;
  return `${url} answered: ${error.message} ${error.remedy ?? ''}`.trimEnd();
}
