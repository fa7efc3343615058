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

it('keeps the text of an answer on one line, and knows whether all of it may be passed on', () => {
  fc.assert(
    fc.property(
      answers,
      fc.constantFrom(undefined, 1),
      fc.constantFrom('', '\n', ' \r\n'),
      (said, space, end) => {
        const { result, text, isVerbatim } = readResult(JSON.stringify(said, undefined, space) + end, 200);
        expect(text).toBe(JSON.stringify(said));
        expect(isVerbatim).toBe(
          !('errors' in said) && said.extensions !== null && !Object.hasOwn(said.extensions ?? {}, 'http'),
        );
        if (isVerbatim) expect(JSON.parse(text!)).toEqual(result);
      },
    ),
  );
});
