import fc from 'fast-check';
import { acceptedForms, type Form, CODINGS } from '../../src/gateway/representation';
const FORMS: readonly Form[] = [...CODINGS, 'identity'];

/** Headers of real clients, and the corners of RFC 9110 12.5.3, without zstd, which not every Node can make. */
const CASES: readonly (readonly [string | undefined, readonly Form[]])[] = [
  [undefined, ['identity']],
  ['', ['identity']],
  ['gzip, deflate, br', ['br', 'gzip', 'identity']],
  ['gzip, deflate', ['gzip', 'identity']],
  ['GZIP;Q=0.5 , Br ; q=0.2', ['gzip', 'br', 'identity']],
  ['x-gzip', ['gzip', 'identity']],
  ['identity', ['identity']],
  ['identity;q=0.7, gzip;q=0.5', ['identity', 'gzip']],
  ['identity;q=0, gzip', ['gzip']],
  ['identity;q=0', []],
  ['*;q=0', []],
  ['gzip, *;q=0', ['gzip']],
  ['br;q=0, *', FORMS.filter((form) => form !== 'br')],
  ['gzip;q=0, br;q=0.000', ['identity']],
  ['compress;q=1, gzip;q=0.001', ['gzip', 'identity']],
  ['gzip;q=2, br;q=x, *;q=-1', []],
  ['deflate, snappy', ['identity']],
  // Of a list that goes on and on a hundred are looked at.
  [`${'deflate,'.repeat(99)}gzip`, ['gzip', 'identity']],
  [`${'deflate,'.repeat(100)}gzip`, ['identity']],
];

it.each(CASES)('reads %j as %j', (header, forms) => {
  expect(acceptedForms(header)).toEqual(forms);
  expect(acceptedForms(header)).toEqual(forms);
});

const weight = fc.integer({ min: 0, max: 1000 });
const space = fc.constantFrom('', ' ', '\t', '  ');
const member = fc.record({
  name: fc.constantFrom('br', 'gzip', 'zstd', 'identity', '*', 'deflate', 'BR', 'Gzip'),
  weight: fc.option(weight, { nil: undefined }),
  space,
});

/** What the RFC says of one form, written down once more and more slowly. */
function weightOf(form: Form, members: readonly { name: string; weight: number | undefined }[]): number {
  const of = (name: string) => members.find((each) => each.name.toLowerCase() === name);
  const found = of(form) ?? of('*');
  if (found) return found.weight ?? 1000;
  return form === 'identity' ? 0.5 : 0;
}

it('lists what is accepted and nothing else, the most wanted first, a coding before identity', () => {
  fc.assert(
    fc.property(fc.array(member, { maxLength: 7 }), (members) => {
      const header = members
        .map((each) => {
          const q = each.weight === undefined ? '' : `${each.space};${each.space}q=${each.weight / 1000}`;
          return `${each.space}${each.name}${q}${each.space}`;
        })
        .join(',');
      const forms = acceptedForms(header);
      expect([...forms].sort()).toEqual(FORMS.filter((form) => weightOf(form, members) > 0).sort());
      for (const [index, form] of forms.entries()) {
        const next = forms[index + 1];
        if (next === undefined) continue;
        const difference = weightOf(form, members) - weightOf(next, members);
        expect(difference).toBeGreaterThanOrEqual(0);
        if (difference === 0) expect(FORMS.indexOf(form)).toBeLessThan(FORMS.indexOf(next));
      }
    }),
  );
});

it('takes any text for a header', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const forms = acceptedForms(header);
      expect(FORMS).toEqual(expect.arrayContaining([...forms]));
      expect(new Set(forms).size).toBe(forms.length);
    }),
  );
});
