import * as fc from 'fast-check';
import {
  comparePositions,
  formatPosition,
  hasReached,
  isContiguous,
  laterPosition,
  MAX_POSITION_LENGTH,
  nextPosition,
  parsePosition,
  positionAt,
} from '../../src/purge/position';

const anyNumber = fc.oneof(fc.nat(20), fc.maxSafeNat());
const anyPosition = fc.tuple(anyNumber, anyNumber).map(([epoch, seq]) => positionAt(epoch, seq));

describe('positions', () => {
  it('survive being written and read', () => {
    fc.assert(
      fc.property(anyPosition, (position) => {
        const text = formatPosition(position);
        expect(text.length).toBeLessThanOrEqual(MAX_POSITION_LENGTH);
        expect(parsePosition(text)).toEqual(position);
      }),
    );
  });

  it('are ordered as pairs of numbers, not as text', () => {
    expect(comparePositions(positionAt(1, 9), positionAt(1, 10))).toBeLessThan(0);
    expect(comparePositions(positionAt(9, 5), positionAt(10, 0))).toBeLessThan(0);
    fc.assert(
      fc.property(anyPosition, anyPosition, (a, b) => {
        const order = Math.sign(comparePositions(a, b));
        expect(order).toBe(-Math.sign(comparePositions(b, a)) || 0);
        expect(order === 0).toBe(formatPosition(a) === formatPosition(b));
        expect(laterPosition(a, b)).toBe(order >= 0 ? a : b);
      }),
    );
  });

  it.each([
    '',
    '1',
    '1-',
    '-1',
    '1-2-3',
    '01-2',
    '1-02',
    '1 -2',
    '1.5-2',
    '1e3-2',
    '-1-2',
    '9007199254740992-0',
  ])('are not read from %j', (text) => expect(parsePosition(text)).toBeUndefined());

  it('are not read from a text of any length', () => {
    expect(parsePosition(`${'1'.repeat(1_000_000)}-0`)).toBeUndefined();
  });

  it('are two non-negative integers and nothing else', () => {
    for (const part of [-1, 0.5, Number.NaN, Infinity, 2 ** 53])
      expect(() => positionAt(part, 0)).toThrow(RangeError);
  });

  it('P27 reach each other inside an epoch only', () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, anyNumber, (a, b, seq) => {
        if (a.epoch !== b.epoch) expect(hasReached(a, b)).toBe(false);
        expect(hasReached(a, positionAt(a.epoch, seq))).toBe(a.seq >= seq);
      }),
    );
  });

  it('follow each other inside an epoch only', () => {
    expect(isContiguous(positionAt(5, 7), nextPosition(positionAt(5, 7)))).toBe(true);
    expect(isContiguous(positionAt(5, 7), positionAt(5, 9))).toBe(false);
    expect(isContiguous(positionAt(5, 7), positionAt(5, 7))).toBe(false);
    expect(isContiguous(positionAt(5, 7), positionAt(6, 8))).toBe(false);
    expect(isContiguous(positionAt(5, 7), positionAt(6, 0))).toBe(false);
  });
});
