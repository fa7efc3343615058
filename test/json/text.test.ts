import fc from 'fast-check';
import { onOneLine, withoutRemoved } from '../../src/json/text';

const GONE = 'gone';

/** What it would have said without the members that are marked, and all that was removed from the value. */
function without(value: unknown, marks: Iterator<boolean>): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, marks));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      name.startsWith(GONE) && marks.next().value ? [] : [[name, without(member, marks)]],
    ),
  );
}

function* repeated(marks: readonly boolean[]): Generator<boolean> {
  for (let at = 0; ; at++) yield marks[at % marks.length]!;
}

const names = fc.constantFrom('gone', 'gone"', 'gone\\', 'a', 'b"', '', '{', '__proto__');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.jsonValue({ maxDepth: 0 }),
    fc.constantFrom('"gone":1,', '\\"gone', ',', '}'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(names, tie('value')), { maxLength: 5 })
      .map((members) => Object.fromEntries(members) as unknown),
  ),
}));

describe('a text without what was removed from its value', () => {
  it('says what is left, as it was written', () => {
    fc.assert(
      fc.property(
        value,
        fc.array(fc.boolean(), { minLength: 1 }),
        fc.constantFrom(undefined, 1),
        (said, marks, space) => {
          // As it is read: `-0` is 0, and no member has the value undefined.
          const text = JSON.stringify(said, undefined, space);
          const read: unknown = JSON.parse(text);
          // JSON.parse of Node 24.21 loses members whose names have escapes: such a value says nothing of its text.
          fc.pre(JSON.stringify(read, undefined, space) === text);
          const left = without(read, repeated(marks));
          const cut = withoutRemoved(text, left, GONE);
          expect(onOneLine(cut)).toBe(JSON.stringify(left));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps digits, order, escapes and white space', () => {
    const text = '{"gone":[{"x":1}],"2": 1.10,"1":"\\u0041\\/" ,"gone" : 1.0 , "b":[ {"gone":null}, -0 ]}';
    const left = { 2: 1.1, 1: 'A/', b: [{}, 0] };
    expect(withoutRemoved(text, left, GONE)).toBe('{"2": 1.10,"1":"\\u0041\\/" , "b":[ {}, -0 ]}');
  });

  it('is not too deep for it', () => {
    const deep = (within: string) => `${'[{"a":'.repeat(20_000)}${within}${'}]'.repeat(20_000)}`;
    const left = JSON.parse(deep('{}')) as unknown;
    expect(withoutRemoved(deep('{"gone":1}'), left, GONE)).toBe(deep('{}'));
  });
});

it('puts a text of several lines on one, and changes none of its parts', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('\n', '\r\n', ' \n\t'), (said, line) => {
      const text = JSON.stringify(said, undefined, 2).replaceAll('\n', line);
      const isSeveral = text.includes('\n');
      expect(onOneLine(text)).toBe(isSeveral ? JSON.stringify(said) : text);
    }),
  );
});
