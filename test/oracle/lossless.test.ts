import fc from 'fast-check';
import { differences, Digits, parseLossless, printLossless } from './lossless';

describe('JSON without loss', () => {
  it.each(['9007199254740993', '1234567890.123456789012', '1e400', '-0', '0.10'])(
    'keeps the digits of %s',
    (text) => {
      expect(printLossless(parseLossless(` { "a" : [ ${text} ] } `))).toBe(`{"a":[${text}]}`);
    },
  );

  it('reads what JSON.parse reads, and prints it as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        // Members called like numbers change places in JavaScript's objects, and stay where they are here.
        fc.pre(!/"\d+":/.test(text) && !/"__proto__":/.test(text) && !/-0\b|e/i.test(text));
        expect(printLossless(parseLossless(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it.each(['', '{', '[1,]', '{"a"}', '1 2', '{"a":1,}', 'nul'])('refuses %j', (text) => {
    expect(() => parseLossless(text)).toThrow(SyntaxError);
  });

  it('tells where two values differ, as deep as their shapes agree', () => {
    const one = parseLossless('{"a":[{"b":1,"c":[1,2]},{"b":2}],"d":null}');
    const other = parseLossless('{"a":[{"b":1,"c":[1]},{"b":2.0}],"d":{}}');
    expect(differences(one, other)).toEqual([['a', 0, 'c'], ['a', 1, 'b'], ['d']]);
    expect(differences(one, one)).toEqual([]);
    expect(new Digits('1')).not.toEqual(new Digits('1.0'));
  });

  it('takes another order of members for a difference', () => {
    expect(differences(parseLossless('{"a":1,"b":2}'), parseLossless('{"b":2,"a":1}'))).toEqual([[]]);
  });
});
