import * as fc from 'fast-check';
import { lifetime, within } from '../../src/cache/entry';
import { arbitraryEntry } from './arbitrary-entry';

const seconds = fc.nat({ max: 10_000 });
const longestTimes = fc
  .record({ maxAge: seconds, more: seconds, staleIfError: seconds })
  .map(({ maxAge, more, staleIfError }) => ({ maxAge, staleUntil: maxAge + more, staleIfError }));

describe('an entry from elsewhere', () => {
  it('P58 has no more time than its policy gives, and never more than it says', () => {
    fc.assert(
      fc.property(arbitraryEntry, longestTimes, (entry, longest) => {
        const kept = within(longest, entry);
        expect(kept.maxAge).toBe(Math.min(entry.maxAge, longest.maxAge));
        expect(kept.maxAge + kept.swr).toBeLessThanOrEqual(longest.staleUntil);
        expect(kept.staleIfError).toBeLessThanOrEqual(longest.staleIfError);
        expect(lifetime(kept)).toBeLessThanOrEqual(lifetime(entry));
        expect(Math.min(kept.maxAge, kept.swr, kept.staleIfError)).toBeGreaterThanOrEqual(0);
        expect({ ...kept, maxAge: 0, swr: 0, staleIfError: 0 }).toEqual({
          ...entry,
          maxAge: 0,
          swr: 0,
          staleIfError: 0,
        });
      }),
    );
  });

  it('is the same object where its policy gives as much', () => {
    fc.assert(
      fc.property(arbitraryEntry, ({ ...entry }) => {
        const { maxAge, swr, staleIfError } = entry;
        fc.pre(maxAge + swr - maxAge === swr);
        expect(within({ maxAge, staleUntil: maxAge + swr, staleIfError }, entry)).toBe(entry);
      }),
    );
  });
});
