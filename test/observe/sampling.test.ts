import fc from 'fast-check';
import { Sampling } from '../../src/observe/tracing/sampling';
import { formatTraceparent, parseTraceparent } from '../../src/report/trace';

describe('which requests are traced', () => {
  it('is a part of those that say nothing, spread evenly', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (part) => {
        const sampling = new Sampling(part);
        let taken = 0;
        for (let times = 1; times <= 500; times++) {
          if (sampling.takes(undefined)) taken++;
          expect(Math.abs(taken - times * part)).toBeLessThanOrEqual(1 + 1e-6);
        }
      }),
    );
  });

  it('is what a request says that comes in a trace', () => {
    for (const part of [0, 1]) {
      const sampling = new Sampling(part);
      expect([true, false].map((says) => sampling.takes(says))).toEqual([true, false]);
    }
  });
});

describe('a traceparent', () => {
  const hex = (length: number) =>
    fc
      .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
      .filter((text) => !/^0*$/.test(text));

  it('is read as it was written', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, isSampled) => {
        const ids = { traceId, spanId, isSampled };
        expect(parseTraceparent(formatTraceparent(ids))).toEqual(ids);
      }),
    );
  });

  const [TRACE, SPAN] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

  it('of a later version may say more', () => {
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-03-more`)).toMatchObject({ isSampled: true });
  });

  it.each([
    ['nothing', ''],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['more than its version has', `00-${TRACE}-${SPAN}-01-more`],
    ['a version that there will never be', `ff-${TRACE}-${SPAN}-01`],
    ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['more than anyone wants to read', `01-${TRACE}-${SPAN}-01-${'x'.repeat(10_000)}`],
  ])('is none with %s', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});
