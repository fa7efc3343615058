import { lookup } from 'node:dns/promises';
import { isIP, isIPv6, SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../accounts';

/** A machine that may run the primary. */
export interface Candidate extends Address {
  /** Told apart, and put in order, by this: the same text wherever it is looked up. */
  readonly id: string;
  readonly isSelf: boolean;
}

/** Says which machines may run the primary, as far as is known now. @throws when that cannot be found out */
export type Discover = () => Promise<readonly Candidate[]>;

/**
 * Every address of a name is a candidate. On Fly `<region>.<app>.internal` has the address of each started Machine of
 * the region; a headless service of Kubernetes is alike; elsewhere a name mostly has one.
 * @param own an address of this machine, besides those of its interfaces
 */
export function discoverByName(host: string, port: number, own?: string): Discover {
  return async () => {
    const mine = ownAddresses(own);
    const found = await lookup(host, { all: true });
    const addresses = [...new Set(found.map(({ address }) => canonical(address)))].toSorted();
    return addresses.map((address) => ({ id: address, host: address, port, isSelf: mine.has(address) }));
  };
}

function ownAddresses(own: string | undefined): Set<string> {
  const interfaces = Object.values(networkInterfaces()).flat();
  const all = [...interfaces.map((each) => each?.address), own];
  return new Set(
    all.filter((each) => each !== undefined && isIP(each) !== 0).map((each) => canonical(each ?? '')),
  );
}

/** One address, one text: IPv6 can be written in many ways. */
function canonical(address: string): string {
  return new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' }).address;
}
