import { createHash, createHmac } from 'node:crypto';

/**
 * Who may log in to a Redis of ours. `default` is switched off.
 *
 *   gateway     a gateway, at its own region's Redis: keeps entries, reads the log
 *   purger      a gateway, at the primary: appends to the log and asks for its last position
 *   replica     a region's Redis, at the primary: replicates
 *   supervisor  `lastmile redis`: asks for roles, says whom to follow
 *   inspector   `lastmile doctor`: reads settings, and names and lifetimes of keys
 */
export type Account = 'gateway' | 'purger' | 'replica' | 'supervisor' | 'inspector';

/** Something that listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * The password of an account. One secret is set by hand; no account's password tells another's, nor the secret.
 * @param secret REDIS_PASSWORD, the same in every region
 * @returns 64 hexadecimal digits, which need no quoting anywhere
 */
export function passwordOf(secret: string, account: Account): string {
  return createHmac('sha256', secret).update(`lastmile redis ${account}`).digest('hex');
}

/** A password as Redis's ACL rules take it, so that no file and no process list holds it. */
export function hashedPassword(secret: string, account: Account): string {
  return `#${createHash('sha256').update(passwordOf(secret, account)).digest('hex')}`;
}

/** `redis://<account>:<password>@<host>:<port>`, or `rediss:` for TLS: to be kept as a secret. */
export function urlOf(secret: string, account: Account, address: Address, isEncrypted = false): string {
  const { host, port } = address;
  return `${isEncrypted ? 'rediss' : 'redis'}://${account}:${passwordOf(secret, account)}@${inUrl(host)}:${port}`;
}

/** A host as a URL takes it: an IPv6 address stands in brackets (RFC 3986 3.2.2). */
export function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `primary`: holds the log, takes appends. `region`: a region's own Redis, a writable replica that also keeps entries. */
export type Role = 'primary' | 'region';

/** What an account may do, as Redis's ACL has it (`ACL SETUSER`). All else is refused. */
export interface Grant {
  readonly account: Account;
  readonly keys: readonly string[];
  readonly commands: readonly string[];
}

/** CLIENT SETINFO is not among them: Redis 7.0 does not know it, and refuses to start; clients do without. */
const GREETING = ['ping', 'client|setname'];
const INSPECTION = ['info', 'role', 'config|get', 'acl|dryrun', 'scan', 'ttl', 'xrevrange'];

/**
 * All rights. No account has FLUSHALL, FLUSHDB, DEL, KEYS, CONFIG SET or DEBUG.
 *
 * A gateway may only read the log in its region: a record written there would take the place of a purge to come, and
 * nothing would show it afterwards.
 */
export const GRANTS: Readonly<Record<Role, readonly Grant[]>> = {
  region: [
    {
      account: 'gateway',
      keys: ['~c:*', '%R~purges*'],
      commands: [...GREETING, 'mget', 'set', 'time', 'info', 'xread', 'xrange', 'xinfo|stream'],
    },
    { account: 'supervisor', keys: [], commands: [...GREETING, 'role', 'replicaof'] },
    { account: 'inspector', keys: ['%R~*'], commands: [...GREETING, ...INSPECTION] },
  ],
  primary: [
    {
      account: 'purger',
      keys: ['~purges', '~purges:epoch', '~purges:regions'],
      // The script that appends, and what it calls; and, while there is a viewer, the reports of the regions.
      commands: [
        ...GREETING,
        'eval',
        'evalsha',
        'info',
        'time',
        'exists',
        'xlen',
        'xinfo|stream',
        'xadd',
        'xtrim',
        'memory|usage',
        'hmget',
        'hset',
      ],
    },
    { account: 'replica', keys: [], commands: ['ping', 'psync', 'replconf'] },
    { account: 'supervisor', keys: ['~purges:epoch'], commands: [...GREETING, 'role', 'hset'] },
    { account: 'inspector', keys: ['%R~*'], commands: [...GREETING, ...INSPECTION] },
  ],
};

/** What a gateway's account needs besides where its entries are kept in a cluster, which refuses MGET. */
export const CLUSTER_COMMANDS: readonly string[] = ['get'];

/** The `user` lines of a redis.conf. @param secret see {@link hashedPassword} */
export function aclLines(role: Role, secret: string): string[] {
  const users = GRANTS[role].map(
    (grant) => `user ${grant.account} on ${hashedPassword(secret, grant.account)} ${formatGrant(grant)}`,
  );
  return ['user default off', ...users];
}

/** A grant as `ACL SETUSER` takes it. */
export function formatGrant({ keys, commands }: Grant): string {
  return ['resetchannels', ...keys, '-@all', ...commands.map((command) => `+${command}`)].join(' ');
}
