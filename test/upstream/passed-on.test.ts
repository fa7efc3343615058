import fc from 'fast-check';
import { readResult } from '../../src/upstream/graphql-result';

/** Answers of all sorts, written in one line or in several. */
const answers = fc.record(
  {
    data: fc.dictionary(fc.string(), fc.jsonValue()),
    errors: fc.constantFrom(null, [], [{ message: 'no' }]),
    extensions: fc.constantFrom(null, {}, { cost: 1 }, { http: { status: 302 } }, { http: {}, cost: 1 }),
    more: fc.jsonValue(),
  },
  { requiredKeys: ['data'] },
);

it('lets the text of an answer be passed on only where it says what the answer says, on one line', () => {
  fc.assert(
    fc.property(
      answers,
      fc.constantFrom(undefined, 1),
      fc.constantFrom('', '\n', ' \r\n'),
      (said, space, end) => {
        const { result, text } = readResult(JSON.stringify(said, undefined, space) + end, 200);
        const isPlain =
          !('errors' in said) && said.extensions !== null && !Object.hasOwn(said.extensions ?? {}, 'http');
        if (!isPlain) expect(text).toBeUndefined();
        if (text === undefined) return expect(isPlain && space === undefined).toBe(false);
        expect(text).not.toMatch(/[\r\n]/);
        expect(JSON.parse(text)).toEqual(result);
      },
    ),
  );
});
