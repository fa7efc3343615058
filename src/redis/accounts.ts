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

/** `redis://<account>:<password>@<host>:<port>`: to be kept as a secret. */
export function urlOf(secret: string, account: Account, { host, port }: Address): string {
  return `redis://${account}:${passwordOf(secret, account)}@${inUrl(host)}:${port}`;
}

/** A host as a URL takes it: an IPv6 address stands in brackets (RFC 3986 3.2.2). */
export function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
