import { causeOf } from '../../../report/cause';
import { error, ok, warning, type Observation } from '../finding';
import type { ObservedRedis } from '../observed-redis';
import { distinct, type Check } from '../scene';

/** What src/purge/PROTOCOL.md asks for: `XADD <epoch>-*` came with 7.0, and older releases of it were not tried. */
const LEAST_VERSION = [7, 0, 9];

export const REACH_CHECKS: readonly Check[] = [
  {
    id: 'reach',
    title: 'can each Redis be reached',
    needs: [],
    run: (scene) => distinct(scene).map(reach),
  },
  {
    id: 'version',
    title: 'is each Redis new enough',
    needs: [],
    run: (scene) =>
      distinct(scene)
        .filter(({ fault }) => !fault)
        .map(version),
  },
  {
    id: 'distance',
    title: "is the region's Redis near",
    needs: ['cache'],
    run: async ({ cache }) => [await distance(cache)],
  },
];

/** Milliseconds: farther away, a hit costs more than the machine next door should. */
const NEAR_MS = 5;

function reach({ title, variable, host, port, fault }: ObservedRedis): Observation {
  if (!fault) return ok(`${title} answers at ${host}:${port}`);
  const { what, remedy } = causeOf(fault);
  return error(`${title} at ${host}:${port} ${what}`, remedy(variable));
}

function version({ part, title, info }: ObservedRedis): Observation {
  const valkey = info.get('valkey_version');
  const text = info.get('redis_version');
  if (text === undefined) {
    return warning(`the version of ${title} could not be read`, 'Make sure it is Redis 7.0.9 or newer.');
  }
  const name = valkey === undefined ? `Redis ${text}` : `Valkey ${valkey}, which speaks Redis ${text}`;
  if (part === 'cache' || !isOlder(text)) return ok(`${title} is ${name}`);
  return error(`${title} is ${name}, too old for the log`, 'Use Redis 7.0.9 or newer.');
}

function isOlder(text: string): boolean {
  const parts = text.split('.').map(Number);
  const at = LEAST_VERSION.findIndex((least, index) => (parts[index] ?? 0) !== least);
  return at !== -1 && (parts[at] ?? 0) < (LEAST_VERSION[at] ?? 0);
}

/** The shortest of a few round trips: the others waited for something else. */
async function distance({ title, client, variable }: ObservedRedis): Promise<Observation> {
  let shortest = Infinity;
  for (let i = 0; i < 20; i++) {
    const asked = performance.now();
    await client.time();
    shortest = Math.min(shortest, performance.now() - asked);
  }
  const what = `${title} answers in ${shortest.toFixed(1)} ms`;
  if (shortest < NEAR_MS) return ok(what);
  return warning(`${what}: every hit waits for that`, `Point ${variable} to a Redis next to this gateway.`);
}
