import type { Claim } from './claim';
import type { Candidate } from './candidates';

/**
 * Which machine runs the primary.
 *
 * Terminology:
 *   candidate  a machine of the primary region, found by name
 *   claimant   a candidate at whose port a primary answers; all can see that, so a claim is no message, but a fact
 *   look       each machine, once a second, finds the candidates and asks each for its claim
 *   quiet      a look at which every candidate answered, nobody claimed, and the candidates were those of the look before
 *
 * Rules, in this order:
 *   1. Whoever claims, leads: a machine that comes back, or a new one with a lower id, changes nothing.
 *   2. Of two claimants the lower id leads. Both see it, and the other steps down at its next look.
 *   3. When nobody claims, the machine with the n-th lowest id claims after some quiet looks, more for each n. So the
 *      lowest goes first, and one that cannot start its primary (no disk, another program) is passed over in the end.
 *   4. A candidate that does not answer may be a primary that others still reach. Nobody claims until it answers, or
 *      its name service drops it.
 *   5. A machine that cannot look changes nothing: a primary stays one, a replica does not become one.
 *
 * What can go wrong, and what comes of it:
 *   - Two machines start at once and do not see each other yet: both claim. At the first look at which they do, one
 *     steps down. Purges it acknowledged meanwhile are in no other log, so the log of the one that stays begins a new
 *     epoch afterwards, and every region distrusts what it knew (see `region-redis.ts`).
 *   - The primary stands still and is dropped by name: another claims. When the first wakes up, rule 2 applies.
 *   - The network between two machines of the region is cut while both are listed: rule 4, nobody else claims.
 *   - The same, and the name service of each drops the other: two primaries until it heals, then rule 2. Each
 *     region follows one of them, and a purge that went to the other is missed until then. Nothing but a third
 *     party could prevent it; with a single machine in the primary region it cannot happen.
 */
export interface Sighting extends Pick<Candidate, 'id'> {
  readonly claim: Claim;
}

export interface View<Other extends Sighting> {
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

export function choosePrimary<Other extends Sighting>(view: View<Other>): Choice<Other> {
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

function byId(a: Sighting, b: Sighting): number {
  return a.id < b.id ? -1 : 1;
}
