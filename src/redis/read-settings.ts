import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { LogLevel } from '../config/config';
import { ConfigError } from '../config/problem';
import { readValues } from '../config/readers';
import { readServerTls, type ServerTls } from './server-tls';
import { REDIS_VARIABLES } from './variables';

/** What is known of the memory of this machine, in bytes. */
export interface MachineMemory {
  /** what Fly says the Machine has */
  readonly machine: number | undefined;
  /** what the container may use; 0 or more than there is: no limit */
  readonly container: number;
  readonly total: number;
}

/** The gateway beside it, the primary's process, and copies made while a replica loads its data need the rest. */
const SHARE = 0.4;
const LEAST = 32 * 2 ** 20;

/** Default for the bytes that a region's Redis may hold. */
export function defaultMaxMemory({ machine, container, total }: MachineMemory): number {
  const limit = machine ?? (container > 0 && container < total ? container : total);
  return Math.max(LEAST, Math.floor(limit * SHARE));
}

/** What `lastmile redis` runs in a region: everything it takes from the environment, checked. */
export interface RedisServerSettings {
  readonly region: string;
  readonly primaryRegion: string;
  /** the secret all passwords are made from */
  readonly secret: string;
  /** of the region's own Redis */
  readonly port: number;
  readonly primaryPort: number;
  /** the name whose addresses are the machines the primary may run on; undefined: it runs here */
  readonly primaryHost: string | undefined;
  /** an address of this machine that its interfaces may not show */
  readonly ownAddress: string | undefined;
  /** as redis.conf has it: of the region's own, and of the primary */
  readonly bind: string;
  readonly primaryBind: string;
  /** undefined: without TLS */
  readonly tls: ServerTls | undefined;
  /** absolute */
  readonly folder: string;
  /** bytes */
  readonly maxMemory: number;
  /** the program to run */
  readonly program: string;
  /** milliseconds a gateway takes to end: in which it still takes requests, and in which they finish */
  readonly drainMs: number;
  readonly logLevel: LogLevel;
}

/**
 * The empty text counts as not set.
 * @throws ConfigError with all problems at once
 */
export function readRedisSettings(env: NodeJS.ProcessEnv): RedisServerSettings {
  const { values, problems } = readValues(REDIS_VARIABLES, env);
  const region = values.REGION ?? values.FLY_REGION ?? 'local';
  const primaryRegion = values.PRIMARY_REGION ?? region;
  const primaryHost =
    values.PRIMARY_REDIS_HOST ??
    (values.FLY_APP_NAME === undefined ? undefined : `${primaryRegion}.${values.FLY_APP_NAME}.internal`);

  if (!env['REDIS_PASSWORD']) {
    problems.push({
      variable: 'REDIS_PASSWORD',
      problem: 'It is not set, and nothing here runs without passwords.',
      remedy: 'Set it to the same random text in every region: `openssl rand -hex 24`.',
    });
  }
  if (region !== primaryRegion && primaryHost === undefined) {
    problems.push({
      variable: 'PRIMARY_REDIS_HOST',
      problem: `It is not set, and the Redis of region ${region} has to follow the primary in ${primaryRegion}.`,
      remedy: 'Set it to the name or address of the machine that runs the primary.',
    });
  }
  if (values.REDIS_PORT === values.PRIMARY_REDIS_PORT) {
    problems.push({
      variable: 'PRIMARY_REDIS_PORT',
      problem:
        "It is the same as REDIS_PORT, and the primary region runs both the primary and the region's own.",
      remedy: 'Set it to another port, the same in every region.',
    });
  }
  // Of a variable with a problem there is no value, as if it were not set.
  const tls = problems.length > 0 ? undefined : readServerTls(values);
  if (tls && 'problem' in tls) problems.push(tls);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    region,
    primaryRegion,
    // The problems above saw to it that there is one.
    secret: values.REDIS_PASSWORD ?? '',
    port: values.REDIS_PORT,
    primaryPort: values.PRIMARY_REDIS_PORT,
    primaryHost,
    ownAddress: values.FLY_PRIVATE_IP,
    bind: bindOf(values.REDIS_BIND),
    primaryBind: bindOf(values.PRIMARY_REDIS_BIND),
    // Otherwise it is among the problems.
    tls: tls && 'problem' in tls ? undefined : tls,
    folder: resolve(values.REDIS_DIR),
    maxMemory: values.REDIS_MAXMEMORY ?? defaultMaxMemory(machineMemory(env)),
    program: values.REDIS_SERVER_BIN,
    drainMs: values.DRAIN_DELAY_MS + values.DRAIN_MS,
    logLevel: values.LOG_LEVEL,
  };
}

const LOOPBACK = '127.0.0.1 -::1';

/**
 * Whether this region's own Redis speaks TLS. Where nothing of it leaves the machine it speaks without, also to the gateway
 * beside it, so that a hit has nothing to decrypt.
 */
export function encryptsRegion({ tls, bind }: Pick<RedisServerSettings, 'tls' | 'bind'>): boolean {
  return tls !== undefined && bind !== LOOPBACK;
}

/** The supervisor itself reaches the server by loopback, so that is always among them. */
function bindOf(text: string): string {
  if (text === 'loopback') return LOOPBACK;
  const addresses = text.split(/ +/);
  // A dash: where the machine has no such address, it is left out.
  if (addresses.some((address) => ['*', '0.0.0.0', '::'].includes(address))) return '* -::*';
  return [...new Set(['127.0.0.1', ...addresses])].join(' ');
}

function machineMemory(env: NodeJS.ProcessEnv): Parameters<typeof defaultMaxMemory>[0] {
  const megabytes = Number(env['FLY_VM_MEMORY_MB']);
  return {
    machine: megabytes > 0 ? megabytes * 2 ** 20 : undefined,
    container: process.constrainedMemory(),
    total: totalmem(),
  };
}
