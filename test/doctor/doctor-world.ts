/** A primary and a region for the doctor to look at, as `lastmile redis` would run them, or misconfigured. */
import { hashedPassword, type Account, formatGrant, GRANTS, type Role } from '../../src/redis/acl';
import type { DoctorFinding, DoctorOptions } from '../../src/doctor/check';
import type { Cleanup } from '../kit/cleanup';
import type { RedisSettings } from '../kit/redis-server';
import { SECRET, startOurPrimary, startOurRegion, type OurRedis } from '../redis/our-redis';

export interface World {
  readonly primary: OurRedis;
  readonly region: OurRedis;
  readonly options: DoctorOptions;
}

export async function startWorld(
  cleanup: Cleanup,
  ofPrimary: RedisSettings = {},
  ofRegion: RedisSettings = {},
): Promise<World> {
  const primary = cleanup.add(await startOurPrimary(ofPrimary));
  const region = cleanup.add(await startOurRegion(primary, ofRegion));
  return { primary, region, options: optionsOf(primary, region) };
}

export function optionsOf(primary: OurRedis, region: OurRedis): DoctorOptions {
  return {
    region: { name: 'iad', primary: 'iad', isPrimary: true, primaryUrl: undefined },
    redis: {
      url: region.urlAs('gateway'),
      cacheUrl: region.urlAs('gateway'),
      primaryUrl: primary.urlAs('purger'),
    },
    // What is replicated within a second of a full sync waits for the end of that second.
    freshness: { boundMs: 5_000 },
    limits: { purgeLogBytes: 2 ** 20 },
    admin: { token: undefined },
    fly: undefined,
    secret: SECRET,
    timeoutMs: 5_000,
  };
}

/** What is not well, as `severity id`. Whether Redis is near is left out: on a busy machine nothing is. */
export function complaints(findings: readonly DoctorFinding[]): string[] {
  return findings
    .filter(({ severity, id }) => severity !== 'ok' && id !== 'distance')
    .map(({ severity, id }) => `${severity} ${id}`);
}

/**
 * The accounts as they should be.
 * @param more rights laid over those of an account
 * @param byDefault what `default` may do: nothing
 */
export function users(
  role: Role,
  more: Partial<Record<Account, string>> = {},
  byDefault = 'off',
): RedisSettings {
  const lines = GRANTS[role].map(
    (grant) =>
      `${grant.account} on ${hashedPassword(SECRET, grant.account)} ${formatGrant(grant)} ${more[grant.account] ?? ''}`,
  );
  return { user: [`default ${byDefault}`, ...lines] };
}

/** A world in which everybody may do everything: for what a test does to a Redis behind its back. */
export function startOpenWorld(cleanup: Cleanup): Promise<World> {
  const open = 'on nopass ~* &* +@all';
  return startWorld(cleanup, users('primary', {}, open), users('region', {}, open));
}
