import { causeOf } from '../../report/cause';
import {
  error,
  ok,
  warning,
  type Observation,
  distinct,
  type DoctorCheck,
  type DoctorContext,
} from '../check';
import { isCluster, type ObservedRedis } from '../observed-redis';
import { BlockList, connect, isIPv6 } from 'node:net';

/** What src/purge/PROTOCOL.md asks for: `XADD <epoch>-*` came with 7.0, and older releases of it were not tried. */
const LEAST_VERSION = [7, 0, 9];

export const REACH_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'reach',
    title: 'can each Redis be reached',
    needs: [],
    run: (context) => distinct(context).map(reach),
  },
  {
    id: 'version',
    title: 'is each Redis new enough',
    needs: [],
    run: (context) =>
      distinct(context)
        .filter(({ fault }) => !fault)
        .map(version),
  },
  {
    id: 'cluster',
    title: 'is the purge log in a cluster',
    needs: [],
    run: (context) => {
      const clusters = distinct(context).filter((redis) => !redis.fault && isCluster(redis));
      return clusters.length === 0 ? [ok('no Redis is in cluster mode')] : clusters.map(cluster);
    },
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

function version({ role, title, info }: ObservedRedis): Observation {
  const valkey = info.get('valkey_version');
  const text = info.get('redis_version');
  if (text === undefined) {
    return warning(`the version of ${title} could not be read`, 'Make sure it is Redis 7.0.9 or newer.');
  }
  const name = valkey === undefined ? `Redis ${text}` : `Valkey ${valkey}, which speaks Redis ${text}`;
  if (role === 'cache' || !isOlder(text)) return ok(`${title} is ${name}`);
  return error(`${title} is ${name}, too old for the log`, 'Use Redis 7.0.9 or newer.');
}

function cluster({ role, title, variable }: ObservedRedis): Observation {
  if (role === 'cache') return ok(`${title} is in cluster mode, in which entries can be kept`);
  return error(
    `${title} is in cluster mode, in which the purge log cannot be kept`,
    `Set ${variable} to a Redis that is not.`,
  );
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

const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv6');

export const ADDRESS_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'addresses',
    title: 'does each address of a name answer',
    needs: [],
    run: async (context) =>
      (await Promise.all(distinct(context).map((redis) => addresses(redis, context)))).flat(),
  },
  {
    id: 'region-names',
    title: 'do the names of regions agree',
    needs: [],
    run: (context) => [regionNames(context)],
  },
];

async function addresses(
  redis: ObservedRedis,
  { resolve, timeoutMs }: DoctorContext,
): Promise<Observation[]> {
  const { host, port, title, variable } = redis;
  const found = await resolve(host).catch(() => []);
  // Reported as a Redis that cannot be reached.
  if (found.length === 0) return [];
  const answers = await Promise.all(found.map((address) => isOpen(address, port, timeoutMs)));
  const silent = found.filter((_, index) => !answers[index]);
  const findings: Observation[] = [];
  const families = new Set(found.map(familyOf));
  if (families.size > 1 && silent.length > 0 && silent.length < found.length) {
    findings.push(
      warning(
        `${host} has addresses of both families, and ${title} answers only by ${familyOf(found.find((address) => !silent.includes(address)) ?? '')}: each connection tries in vain first`,
        `Have it listen at both, or put the address itself in ${variable}.`,
      ),
    );
  } else findings.push(ok(`${title} is at ${found.join(', ')}`));
  const exposed = found.find((address) => !PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
  if (exposed !== undefined && !redis.isEncrypted) {
    findings.push(
      warning(
        `${title} is reached at ${exposed}, a public address, without TLS: entries and password can be read on the way`,
        `Use rediss: in ${variable}, or a private network.`,
      ),
    );
  }
  return findings;
}

function regionNames({ options: { region, fly }, regional, primary: there }: DoctorContext): Observation {
  const { name, primary } = region;
  if (name !== primary && name.toLowerCase() === primary.toLowerCase())
    return error(
      `REGION is ${name} and PRIMARY_REGION ${primary}: one region, two spellings`,
      'Spell both alike.',
    );
  if (fly?.region !== undefined && fly.region !== name)
    return warning(
      `REGION is ${name}, and this Machine runs in ${fly.region}`,
      'Unset REGION: Fly says where a Machine is.',
    );
  if (name === 'local' && regional.host !== there.host)
    return warning(
      'this region has no name of its own, though there are others: their figures cannot be told apart',
      'Set REGION.',
    );
  return ok(`this is region ${name}, and mutations run in ${primary}`);
}

function isOpen(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isAnswered: boolean) => () => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.setTimeout(timeoutMs, end(false));
    socket.once('connect', end(true));
    socket.once('error', end(false));
  });
}

function familyOf(address: string): string {
  return isIPv6(address) ? 'IPv6' : 'IPv4';
}
