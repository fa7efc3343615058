import { lookup } from 'node:dns/promises';
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
 */
export function discoverByName(host: string, port: number): Discover {
  return async () => {
    const own = ownAddresses();
    const found = await lookup(host, { all: true });
    const addresses = [...new Set(found.map(({ address }) => address))].toSorted();
    return addresses.map((address) => ({ id: address, host: address, port, isSelf: own.has(address) }));
  };
}

function ownAddresses(): Set<string> {
  const all = Object.values(networkInterfaces()).flat();
  return new Set(all.map((each) => each?.address ?? ''));
}
