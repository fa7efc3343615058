import { REASONS } from '../../src/report/reason';

/**
 * Every answer that any test gets from a gateway passes here: one that did not come from the cache says why, in a word of
 * the list. Several gateways may have had a part in an answer; each speaks for itself (RFC 9211 2).
 * @throws Error for an answer that nobody could explain
 */
export function expectReason(cacheStatus: string | string[] | undefined): void {
  const members = String(cacheStatus ?? '').split(/, ?/);
  for (const member of members.filter((text) => text.startsWith('lastmile-'))) {
    const detail = /; detail=([^;]*)/.exec(member)?.[1];
    const fwd = /; fwd=([^;]*)/.exec(member)?.[1];
    if (detail !== undefined && !Object.hasOwn(REASONS, detail))
      throw new Error(`Cache-Status gives a reason that is not in the list: ${member}`);
    if (fwd !== undefined && fwd !== 'uri-miss' && detail === undefined)
      throw new Error(`Cache-Status does not say why an answer was not cached: ${member}`);
    if (fwd === undefined && !/; hit\b/.test(member))
      throw new Error(`Cache-Status says neither hit nor fwd: ${member}`);
  }
}
