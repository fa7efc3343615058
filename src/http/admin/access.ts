import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, type Socket } from 'node:net';

/** Who is at the other end of a connection, and what a request of it says. */
export interface Peer {
  readonly socket: Pick<Socket, 'remoteAddress'>;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** `1.0`, `1.1`; undefined: at least 1.1 */
  readonly httpVersion?: string;
}

/** Tells who may change or look into things on the admin port. */
export type AdminAccess = (peer: Peer) => boolean;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * With a token: a client that presents it as a bearer (RFC 6750 2.1). Without: this machine itself, but nothing that
 * speaks for others there: no proxy, and no page of another site in a browser. In production then no client at all:
 * behind a proxy on the same machine that does not announce itself, every client would be this machine.
 * @param token ADMIN_TOKEN
 */
export function adminAccess(token: string | undefined, isProduction: boolean): AdminAccess {
  if (token === undefined) return isProduction ? () => false : isThisMachine;
  const wanted = digest(`bearer ${token}`);
  return ({ headers: { authorization = '' } }) => {
    const [scheme = '', ...rest] = authorization.split(' ');
    // Digests have one length, whatever was presented: the time says nothing of the token, nor of its length.
    return timingSafeEqual(digest(`${scheme.toLowerCase()} ${rest.join(' ').trim()}`), wanted);
  };
}

/**
 * Whether a request comes from this machine itself, addresses it by a name that no other machine can have, and is
 * not forwarded.
 */
export function isThisMachine({ socket, headers, httpVersion }: Peer): boolean {
  const { remoteAddress: address } = socket;
  if (address === undefined || !isLoopback(address)) return false;
  // What nginx speaks to its upstream servers by default, without any other sign of itself.
  if (httpVersion === '1.0') return false;
  if (Object.keys(headers).some(isOfProxy)) return false;
  // A header that Connection names was for this hop alone, and may have been taken out already (RFC 9110 7.6.1).
  if (headers.connection?.split(',').some((name) => isOfProxy(name.trim().toLowerCase()))) return false;
  const { origin, host } = headers;
  // A page that another site's name leads here is of one origin with this, and its browser says so only by that name.
  if (host === undefined || !isLoopbackOrigin(`http://${host}`)) return false;
  return origin === undefined || isLoopbackOrigin(origin);
}

/** What proxies add to the requests of others: RFC 7239, RFC 9110 7.6.3, and the usual ones that no RFC names. */
const OF_PROXY =
  /^(forwarded|via|x-forwarded(-.*)?|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-.*|fly-.*)$/;

function isOfProxy(name: string): boolean {
  return OF_PROXY.test(name);
}

/** Node gives an IPv4 peer of a socket that takes both kinds as `::ffff:127.0.0.1`; BlockList reads that as IPv4. */
function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** A name of this machine that an attacker's DNS resolves to 127.0.0.1 is still the attacker's. */
export function isLoopbackOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return /^127(\.\d+){3}$/.test(hostname);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
