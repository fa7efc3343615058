import { lookup } from 'node:dns/promises';
import { isIP, isIPv6, SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../acl';
import type { Health } from '../../report/outages';
import { withRedis, type Access } from './with-redis';

/**
 * Which machine runs the primary.
 *
 * Terminology:
 *   candidate  a machine of the primary region, found by name
 *   claimant   a candidate at whose port a primary answers; all can see that, so a claim is no message, but a fact
 *   look       each machine, once a second, finds the candidates and asks each for its claim
 *   quiet      a look at which every candidate answered, none claimed, and the candidates were those of the look before
 *
 * Rules, in this order:
 *   1. A claimant leads: a machine that comes back, or a new one with a lower id, changes nothing.
 *   2. Of two claimants the lower id leads. Both see it, and the other steps down at its next look.
 *   3. When none claims, the machine with the n-th lowest id claims after some quiet looks, more for each n. So the
 *      lowest goes first, and one that cannot start its primary (no disk, another program) is passed over in the end.
 *   4. A candidate that does not answer may be a primary that others still reach. No machine claims until it answers, or
 *      its name service drops it.
 *   5. A machine that cannot look changes nothing: a primary stays one, a replica does not become one.
 *
 * What can go wrong, and what comes of it:
 *   - Two machines start at once and do not see each other yet: both claim. At the first look at which they do, one
 *     steps down. Purges it acknowledged meanwhile are in no other log, so the log of the one that stays begins a new
 *     epoch afterwards, and every region distrusts what it knew (see `region-redis.ts`).
 *   - The primary stands still and is dropped by name: another claims. When the first wakes up, rule 2 applies.
 *   - The network between two machines of the region is cut while both are listed: rule 4, no other machine claims.
 *   - The same, and the name service of each drops the other: two primaries until it heals, then rule 2. Each
 *     region follows one of them, and a purge that went to the other is missed until then. Nothing but a third
 *     party could prevent it; with a single machine in the primary region it cannot happen.
 */
export interface CandidateClaim extends Pick<Candidate, 'id'> {
  readonly claim: Claim;
}

export interface ElectionView<Other extends CandidateClaim> {
  /** all candidates but this machine */
  readonly others: readonly Other[];
  /** this machine; undefined when it is none of the candidates */
  readonly ownId: string | undefined;
  /** whether this machine claims */
  readonly leads: boolean;
  /** quiet looks in a row, this one included */
  readonly quietLooks: number;
}

/** `contested`: another claims as well. */
export type Choice<Other> =
  | { readonly kind: 'lead'; readonly contested: boolean }
  | { readonly kind: 'follow'; readonly whom: Other }
  | { readonly kind: 'wait'; readonly why: 'nobody-leads' | 'somebody-is-silent' | 'settling' };

/** Quiet looks before the lowest claims, and how many more for each that is lower. */
const SETTLED = 3;
const PASSED_OVER = 10;

export function choosePrimary<Other extends CandidateClaim>(view: ElectionView<Other>): Choice<Other> {
  const { others, ownId, leads, quietLooks } = view;
  const [claimant] = others.filter(({ claim }) => claim === 'primary').toSorted(byId);
  if (leads) {
    if (!claimant) return { kind: 'lead', contested: false };
    // One that is listed under no id of its own cannot be the lower.
    if (ownId !== undefined && ownId < claimant.id) return { kind: 'lead', contested: true };
  }
  if (claimant) return { kind: 'follow', whom: claimant };
  if (ownId === undefined) return { kind: 'wait', why: 'nobody-leads' };
  if (others.some(({ claim }) => claim === 'silent')) return { kind: 'wait', why: 'somebody-is-silent' };
  const rank = others.filter(({ id }) => id < ownId).length;
  if (quietLooks < SETTLED + PASSED_OVER * rank) return { kind: 'wait', why: 'settling' };
  return { kind: 'lead', contested: false };
}

function byId(a: CandidateClaim, b: CandidateClaim): number {
  return a.id < b.id ? -1 : 1;
}

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

/**
 * What a candidate says of itself.
 *
 *   primary  a primary answers there
 *   none     no server listens there, or a replica answers
 *   silent   no telling: no answer in time, or an answer that is none of ours
 */
export type Claim = 'primary' | 'none' | 'silent';

export interface AskOptions extends Omit<Access, 'account'> {
  /** milliseconds a candidate has to answer */
  readonly timeoutMs: number;
  /** told why one gives no answer */
  readonly health: (address: Address) => Health;
}

/** Asks a candidate. Never throws. */
export async function askClaim(
  address: Address,
  { timeoutMs, health, ...access }: AskOptions,
): Promise<Claim> {
  const { failed, well } = health(address);
  try {
    const [role] = await withRedis(address, { ...access, account: 'supervisor' }, timeoutMs, (redis) =>
      redis.role(),
    );
    well();
    return role === 'master' ? 'primary' : 'none';
  } catch (error) {
    // The machine is there, and says that no server listens.
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return 'none';
    failed(error);
    return 'silent';
  }
}

export interface PrimaryElectionOptions extends AskOptions {
  readonly discover: Discover;
  /** where this machine's own primary listens while it runs */
  readonly ownPrimary: Address;
  /** whether this machine may run the primary at all */
  readonly mayLead: boolean;
}

export type PolledCandidate = Candidate & { readonly claim: Claim };

/** Looks who may run the primary and who does, and draws the conclusion. */
export class PrimaryElection {
  readonly #options: PrimaryElectionOptions;
  #quietLooks = 0;
  #ids = '';

  constructor(options: PrimaryElectionOptions) {
    this.#options = options;
  }

  /**
   * @param runsPrimary whether this machine means to
   * @throws when the candidates cannot be found
   */
  async look(runsPrimary: boolean): Promise<Choice<PolledCandidate>> {
    const { discover, ownPrimary, mayLead } = this.#options;
    const [candidates, ownClaim] = await Promise.all([
      discover(),
      runsPrimary ? this.#ask(ownPrimary) : 'none',
    ]);
    // A region on the machine of the primary finds it at an address that is its own as well.
    const isOwn = ({ isSelf }: Candidate): boolean => mayLead && isSelf;
    const others = await Promise.all(
      candidates
        .filter((candidate) => !isOwn(candidate))
        .map(async (candidate): Promise<PolledCandidate> => ({
          ...candidate,
          claim: await this.#ask(candidate),
        })),
    );
    return choosePrimary({
      others,
      ownId: candidates.find(isOwn)?.id,
      // A primary of ours that cannot start does not lead.
      leads: ownClaim !== 'none',
      quietLooks: this.#countQuiet(candidates, others),
    });
  }

  #ask(address: Address): Promise<Claim> {
    const { secret, trust, timeoutMs, health } = this.#options;
    return askClaim(address, { secret, trust, timeoutMs, health });
  }

  #countQuiet(candidates: readonly Candidate[], others: readonly PolledCandidate[]): number {
    const ids = candidates.map(({ id }) => id).join(' ');
    const isQuiet = others.every(({ claim }) => claim === 'none') && ids === this.#ids;
    this.#ids = ids;
    this.#quietLooks = isQuiet ? this.#quietLooks + 1 : 0;
    return this.#quietLooks;
  }
}
