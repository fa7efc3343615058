import fc from 'fast-check';
import { leadingItems, membersInSteps, type Cut, type Shape } from '../../src/json/long-text';

/** All steps, and what they come to. */
function read(text: string, cut?: Cut): { steps: number; text: string; names: string[] } {
  const reading = membersInSteps(text, cut);
  for (let steps = 0; ; steps++) {
    const { done, value } = reading.next();
    if (!done) continue;
    for (const member of value) expect(member.text).toBe(`${JSON.stringify(member.name)}:${member.value}`);
    return {
      steps,
      text: `{${value.map((member) => member.text).join(',')}}`,
      names: value.map(({ name }) => name),
    };
  }
}

const LEAF: Shape = new Map();
/** `data.a.b`, and what is in lists of these. */
const CUT: Cut = { prefix: '__lm_', shape: new Map([['a', new Map([['b', LEAF]])]]) };

/** What is left of a value that was parsed, by the same shape. */
function without(value: unknown, shape: Shape | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, shape));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !(shape && name.startsWith('__lm_')))
      .map(([name, member]) => [name, without(member, shape?.get(name))]),
  );
}

const name = fc.constantFrom('a', 'b', 'c', '__lm_x', '__lm_key', '__l', '', 'é"\\', 'data');
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, false, 0, -1.5e30, 'x', '}', '\\"', '\n', '__lm_x'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 5 }),
  ),
}));
const whole = fc.dictionary(fc.constantFrom('data', 'errors', 'extensions', '__lm_x'), tree);

describe('a text that is read in steps', () => {
  it('says what it said, without what is to be cut, however it is written', () => {
    fc.assert(
      fc.property(whole, fc.constantFrom(0, 1, 2, '\t', ' \n'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        const read1 = read(text, CUT).text;
        const expected = Object.fromEntries(
          Object.entries(value).map(([top, member]) => [
            top,
            without(member, top === 'data' ? CUT.shape : undefined),
          ]),
        );
        expect(JSON.parse(read1)).toEqual(expected);
        expect(read1).not.toMatch(/[\n\r]/);
        expect(JSON.parse(read(text).text)).toEqual(value);
        if (space === 0) expect(read(text).text).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps digits, order, escapes and spaces', () => {
    const text =
      '{"data":{"a": [{"b" : 1.10, "__lm_x": 1, "\\u0061": 12345678901234567890 ,"d":"\\u00e9" }]}}';
    expect(read(text, CUT).text).toBe(
      '{"data":{"a": [{"b" : 1.10, "\\u0061": 12345678901234567890 ,"d":"\\u00e9" }]}}',
    );
    expect(read('{"data":{"\\u005f_lm_x":{"b":[1]},"a":{"__lm_y":1}}}', CUT).text).toBe('{"data":{"a":{}}}');
  });

  it('leaves alone what custom scalars hold', () => {
    const text = '{"data":{"json":{"__lm_x":1},"a":{"b":{"c":{"__lm_x":1}}}},"extensions":{"__lm_x":1}}';
    expect(read(text, CUT).text).toBe(text);
  });

  it('takes nothing for JSON that is none', () => {
    fc.assert(
      fc.property(
        whole.map((value) => JSON.stringify(value, undefined, 1)),
        fc.nat(),
        fc.constantFrom('', '{', '}', '[', ']', ',', ':', '1', 'x', ' ', '"'),
        (text, place, put) => {
          const at = place % text.length;
          const spoilt = text.slice(0, at) + put + text.slice(at + 1);
          let isObject = true;
          try {
            const value: unknown = JSON.parse(spoilt);
            isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
          } catch {
            isObject = false;
          }
          // What is wrong between quotes only is not looked for.
          if (isObject) expect(() => read(spoilt)).not.toThrow();
          else if (/^[^"\\]*$/.test(spoilt.replaceAll(/"[a-z_]*"/g, '')))
            expect(() => read(spoilt)).toThrow(SyntaxError);
        },
      ),
      { numRuns: 2000 },
    );
    for (const text of ['', '1', '[]', 'null', '{} {}', '{"a":01}', '{"a":1,}', '{"a":[1,]}', '{"a":[1}]'])
      expect(() => read(text)).toThrow(SyntaxError);
  });

  it('P47 takes a step for each quarter of a million characters, and is right across them', () => {
    const item = { title: 'x'.repeat(50), __lm_type: 'Item', b: [{ __lm_x: 1, c: '\n' }] };
    const value = { data: { a: Array.from({ length: 30_000 }, () => item) }, errors: [] };
    for (const space of [0, 1]) {
      const text = JSON.stringify(value, undefined, space);
      const { steps, text: kept } = read(text, CUT);
      expect(steps).toBe(Math.floor(text.length / 2 ** 18));
      expect(JSON.parse(kept)).toEqual({
        data: without(value.data, CUT.shape),
        errors: [],
      });
    }
  });
});

describe('the leading items of a list', () => {
  it.each([
    ['[]', 2, 99, { text: '[]', isAll: true }],
    ['[1]', 2, 99, { text: '[1]', isAll: true }],
    ['[1,{"a":[2,3]}]', 2, 99, { text: '[1,{"a":[2,3]}]', isAll: true }],
    ['[1,{"a":[2,3]},4]', 2, 99, { text: '[1,{"a":[2,3]}]', isAll: false }],
    ['["a, b","]",3]', 2, 99, { text: '["a, b","]"]', isAll: false }],
    ['[1,"22222222",3]', 9, 8, { text: '[1]', isAll: false }],
    ['["22222222",3]', 9, 8, { text: '[]', isAll: false }],
  ])('of %s, %i of them in %i characters', (list, items, characters, expected) =>
    expect(leadingItems(list, { items, characters })).toEqual(expected),
  );
});
