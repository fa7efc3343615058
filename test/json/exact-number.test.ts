import fc from 'fast-check';
import { ExactNumber, numberText, readJson, rounded, writeJson } from '../../src/json/exact-number';

const digits = fc.stringMatching(/^[0-9]{1,30}$/);
/** Numbers as JSON may write them (RFC 8259 6). */
const numbers = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,25}$/)),
    fraction: fc.option(digits, { nil: undefined }),
    exponent: fc.option(fc.stringMatching(/^[eE][+-]?[0-9]{1,4}$/), { nil: undefined }),
  })
  .map(
    ({ sign, whole, fraction, exponent }) =>
      sign + whole + (fraction === undefined ? '' : `.${fraction}`) + (exponent ?? ''),
  );
const strings = fc.oneof(
  fc.string(),
  fc.constantFrom('-0', '1.10', '"', '\\', '{"n":1.0}', '9007199254740993', '__proto__'),
);

/** A text of JSON and nothing between its parts. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    numbers,
    strings.map((text) => JSON.stringify(text)),
    fc.constantFrom('null', 'true', 'false'),
    fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^([a-z_]{1,5}|[0-9]{1,3})$/), tie('json')), {
        maxLength: 4,
        selector: ([name]) => name,
      })
      .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
  ),
}));

describe('JSON whose numbers keep their digits', () => {
  it('is written as it was read', () => {
    fc.assert(fc.property(json, (text) => expect(writeJson(readJson(text))).toBe(text)));
  });

  it('says what JSON.parse says, once it is rounded', () => {
    fc.assert(fc.property(json, (text) => expect(rounded(readJson(text))).toEqual(JSON.parse(text))));
  });

  it('is refused where JSON.parse refuses it', () => {
    const almost = fc
      .tuple(json, fc.nat(), fc.constantFrom('', '1', '01', '-', '.5', ':', 'e', '"', ' 2'))
      .map(([text, at, more]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + more + text.slice(place + (at % 2));
      });
    const isRead = (read: (text: string) => unknown, text: string) => {
      try {
        read(text);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
        return false;
      }
    };
    fc.assert(
      fc.property(almost, (text) => expect(isRead(readJson, text)).toBe(isRead(JSON.parse, text))),
      { numRuns: 500 },
    );
    for (const text of [
      '{1.0:2}',
      '{9007199254740993:2}',
      '[01.0]',
      '[-01.50]',
      '1.0 2',
      '"a"1.0',
      '1.',
      '1.0e',
    ])
      expect(() => readJson(text)).toThrow(SyntaxError);
  });

  it('takes time in proportion to what it reads, however wrong that is', () => {
    const long = '1'.repeat(1_000_000);
    expect(() => readJson(`[${long}x]`)).toThrow(SyntaxError);
    expect(() => readJson(`["${'\\"'.repeat(500_000)}`)).toThrow(SyntaxError);
    expect(() => readJson(`[1.0${' '.repeat(1_000_000)}`)).toThrow(SyntaxError);
  });

  it('P64 keeps the order of members whose names are numbers', () => {
    for (const text of ['{"2":1,"1":2}', '[{"b":{"10":[],"9":{"1":1,"0":2}},"1":1.10,"a":"2:"}]'])
      expect(writeJson(readJson(text))).toBe(text);
    const read = readJson('{"2":1,"\\u0031":2,"2":3}') as object;
    expect(writeJson(read)).toBe('{"2":3,"1":2}');
    expect([read, Object.keys(read)]).toEqual([{ 1: 2, 2: 3 }, ['1', '2']]);
    // A member that means something to JSON.stringify is data, as any other.
    const odd = readJson('{"toJSON":1,"2":{"__proto__":1,"2":{"a":1},"1":2},"1":2}');
    expect(JSON.parse(writeJson(odd))).toEqual(
      JSON.parse('{"toJSON":1,"2":{"__proto__":1,"2":{"a":1},"1":2},"1":2}'),
    );
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it('pollutes nothing', () => {
    const read = readJson('{"__proto__":{"n":1.0},"constructor":1e400}') as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
  });

  it.each(['9007199254740993', '1234567890.123456789012', '1e400', '-0', '1.10', '1E5'])(
    'keeps %s',
    (text) => {
      expect(String(readJson(text))).toBe(text);
      expect(readJson(text)).toBeInstanceOf(ExactNumber);
    },
  );
});

describe('the text of a number in a tag', () => {
  const textOf = (number: string) => numberText(readJson(number) as number | ExactNumber);

  it('is the same for equal numbers and different for different ones', () => {
    const zero = /^-?[0.]+(?:e.*)?$/i;
    const value = (number: string): [bigint, bigint] => {
      const [, sign, whole, fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(
        number,
      )!;
      let coefficient = BigInt(sign + whole! + fraction);
      let exponent = BigInt(power) - BigInt(fraction.length);
      while (coefficient !== 0n && coefficient % 10n === 0n)
        [coefficient, exponent] = [coefficient / 10n, exponent + 1n];
      return [coefficient, coefficient === 0n ? 0n : exponent];
    };
    fc.assert(
      fc.property(numbers, numbers, fc.nat(5), (one, other, zeros) => {
        // An equal one in other clothes.
        const [coefficient, exponent] = value(one);
        const dressed = `${coefficient}${'0'.repeat(zeros)}e${exponent - BigInt(zeros)}`;
        if (!zero.test(one)) expect(textOf(dressed)).toBe(textOf(one));
        expect(value(textOf(one))).toEqual(value(one));
        expect(textOf(one) === textOf(other)).toBe(String(value(one)) === String(value(other)));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['7.0', '7'],
    ['-0', '0'],
    ['1e21', '1000000000000000000000'],
    ['0.10', '0.1'],
    ['1e400', '1e400'],
    ['12.5e-30', '125e-31'],
  ])('of %s is %s', (number, text) => expect(textOf(number)).toBe(text));

  it.each([
    ['zeros before its last digit', `1${'0'.repeat(40_000)}1`, `1${'0'.repeat(40_000)}1e0`],
    ['zeros behind its point', `0.${'0'.repeat(40_000)}1`, '1e-40001'],
    ['digits in its exponent', `1e${'9'.repeat(250_000)}`],
  ])('P47 is soon found, whatever number of %s it has', (_, number, text = number) => {
    const value = readJson(number) as ExactNumber;
    const times = [1, 2, 3].map(() => {
      const before = process.cpuUsage();
      expect(numberText(value) === text).toBe(true);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
