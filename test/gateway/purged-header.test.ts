import * as fc from 'fast-check';
import { formatPurged, parsePurged } from '../../src/gateway/forward-mutation';
import type { Purged } from '../../src/gateway/outcome';
import type { Purge } from '../../src/purge/log';
import { positionAt } from '../../src/purge/position';
import { EVERYTHING, type Tag } from '../../src/purge/tag';

const position = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat()).map(([epoch, seq]) => positionAt(epoch, seq));
const purge = fc.tuple(fc.string({ unit: 'binary' }), fc.boolean()).map(([text, keepsLists]): Purge => ({
  tag: text as Tag,
  kind: 'hard',
  ...(keepsLists && { keepsLists }),
}));
const purges = fc.array(purge, { maxLength: 40 });
/** What keeps no lists in one of them does not in all. */
const movedBy = (all: readonly Purge[]) =>
  new Set(all.filter(({ keepsLists }) => !keepsLists).map(({ tag }) => tag));
const anyPurged: fc.Arbitrary<Purged> = fc.record({
  position: fc.option(position, { nil: undefined }),
  purges,
});

describe('what a gateway is told of purges', () => {
  it('is one header of bounded length that loses no purge', () => {
    fc.assert(
      fc.property(fc.array(anyPurged, { maxLength: 10, size: 'max' }), (all) => {
        const text = formatPurged(all);
        if (all.length === 0) return expect(text).toBeUndefined();
        expect(text!.length).toBeLessThan(8300);
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        const told = parsePurged(text!);
        const purgesOf = (acknowledged: boolean) =>
          all.filter((one) => (one.position !== undefined) === acknowledged).flatMap((one) => one.purges);
        const tagsOf = (acknowledged: boolean) => new Set(purgesOf(acknowledged).map(({ tag }) => tag));
        const [first, second] = told;
        const acknowledged = first?.position ? first : undefined;
        const other = acknowledged ? second : first;
        const last = all.findLast((one) => one.position !== undefined)?.position;
        expect(acknowledged?.position).toEqual(last);
        // What does not fit is waited for, or purges more.
        if (acknowledged?.purges) {
          expect(new Set(acknowledged.purges.map(({ tag }) => tag))).toEqual(tagsOf(true));
          expect(movedBy(acknowledged.purges)).toEqual(movedBy(purgesOf(true)));
        }
        const others = new Set(other?.purges?.map(({ tag }) => tag));
        if (!others.has(EVERYTHING)) expect(others).toEqual(tagsOf(false));
      }),
    );
  });

  it('is nothing where it cannot be read', () => {
    const list = Buffer.from('["Product:1"]').toString('base64url');
    for (const text of ['', '-', '- ', '1', `x ${list}`, '- e30', '1-2 e30', '1-2 WzFd', '- !'])
      expect(parsePurged(text)).toEqual([]);
    expect(parsePurged(`1-2 ${list}, x, - ${list}`)).toHaveLength(2);
  });
});
