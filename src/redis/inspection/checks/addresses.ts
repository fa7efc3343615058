import { BlockList, connect, isIPv6 } from 'node:net';
import { error, ok, warning, type Observation } from '../finding';
import type { ObservedRedis } from '../observed-redis';
import { distinct, type Check, type Scene } from '../scene';

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

export const ADDRESS_CHECKS: readonly Check[] = [
  {
    id: 'addresses',
    title: 'does each address of a name answer',
    needs: [],
    run: async (scene) => (await Promise.all(distinct(scene).map((redis) => addresses(redis, scene)))).flat(),
  },
  {
    id: 'region-names',
    title: 'do the names of regions agree',
    needs: [],
    run: (scene) => [regionNames(scene)],
  },
];

async function addresses(redis: ObservedRedis, { resolve, timeoutMs }: Scene): Promise<Observation[]> {
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

function regionNames({ options: { region, fly }, bus, primary: there }: Scene): Observation {
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
  if (name === 'local' && bus.host !== there.host)
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
