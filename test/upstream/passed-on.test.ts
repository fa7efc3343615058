import fc from 'fast-check';
import type { ExecutionResult } from 'graphql';
import { readResult } from '../../src/upstream/graphql-result';

/** Answers of all sorts, written in one line or in several. */
const answers = fc.record(
  {
    data: fc.dictionary(fc.string(), fc.jsonValue()),
    errors: fc.constantFrom<unknown>(null, [], '', [{ message: 'no' }], { message: 'no' }, 'no', ['no']),
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
        const { result: read, text, isVerbatim } = readResult(JSON.stringify(said, undefined, space) + end);
        expect(text).toBe(JSON.stringify(said));
        const isWrong = JSON.stringify(said.errors ?? '').includes('no');
        const result = read as ExecutionResult;
        expect(result.errors?.[0]?.message).toBe(isWrong ? 'no' : undefined);
        expect(isVerbatim).toBe(!isWrong && !Object.hasOwn(said.extensions ?? {}, 'http'));
        if (isVerbatim) expect(JSON.parse(text)).toMatchObject(result);
      },
    ),
  );
});
