import fc from 'fast-check';
import { isNamedBy, isOperationPattern } from '../../src/config/operation-pattern';

it.each([
  ['Checkout', 'Checkout', true],
  ['Checkout', 'CheckoutCart', false],
  ['Checkout*', 'CheckoutCart', true],
  ['*Cart', 'CheckoutCart', true],
  ['C*t*t', 'CheckoutCart', true],
  ['a*a', 'a', false],
  ['*', undefined, true],
  ['Checkout', undefined, false],
] as const)('by %j names %j: %s', (pattern, name, is) => {
  expect(isNamedBy([pattern], name)).toBe(is);
});

it('names what a regular expression of the same meaning does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, name) => {
      const same = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
      expect(isNamedBy([pattern], name)).toBe(same);
    }),
  );
});

it.each(['', 'a b', '1a', 'a-b', 'Ä'])('is no pattern: %j', (text) => {
  expect(isOperationPattern(text)).toBe(false);
});
