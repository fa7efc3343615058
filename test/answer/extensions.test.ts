import fc from 'fast-check';
import { withoutExtensions } from '../../src/answer/extensions';

const names = fc.constantFrom<string>('cost', 'tracing', 'a"b', '\\', '{', 'extensions', 'ä', '');
const answers = fc.record({ data: fc.jsonValue(), more: fc.jsonValue() }, { requiredKeys: ['data'] });

describe('the text of an answer without extensions that are not kept', () => {
  it('says what the answer says, and of its extensions those that are', () => {
    fc.assert(
      fc.property(
        answers,
        fc.dictionary(names, fc.jsonValue()),
        fc.uniqueArray(names),
        fc.constantFrom(undefined, 1),
        fc.boolean(),
        (answer, extensions, kept, space, first) => {
          const all = first ? { extensions, ...answer } : { ...answer, extensions };
          const text = JSON.stringify(all, undefined, space);
          const cut = withoutExtensions(text, extensions, kept);
          const left = Object.fromEntries(Object.entries(extensions).filter(([name]) => kept.includes(name)));
          const isKept = Object.keys(left).length === Object.keys(extensions).length;
          if (isKept) return expect(cut).toBeUndefined();
          const expected = Object.keys(left).length > 0 ? { ...answer, extensions: left } : answer;
          expect(JSON.parse(cut!)).toEqual(JSON.parse(JSON.stringify(expected)));
        },
      ),
    );
  });

  it('keeps every digit, and the order', () => {
    const text =
      '{"extensions":{"cost":1},"data":{"id":9007199254740993,"price":1.10},"extensi\\u006fns":{"cost":2.50,"id":"x"}}';
    expect(withoutExtensions(text, { cost: 2.5, id: 'x' }, [])).toBe(
      '{"data":{"id":9007199254740993,"price":1.10}}',
    );
    expect(withoutExtensions(text.slice(0, 20), undefined, [])).toBeUndefined();
    const kept = '{"data":{"n":1.0},"extensions":{ "trace":{"id":7}, "cost":2.50 }}';
    expect(withoutExtensions(kept, { trace: { id: 7 }, cost: 2.5 }, ['cost'])).toBe(
      '{"data":{"n":1.0},"extensions":{"cost":2.50}}',
    );
  });
});
