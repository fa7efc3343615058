import * as fc from 'fast-check';
import { parseTagFormat, renderTag } from '../../src/policy/tag-format';
import { declaredTag, entityTag, listTag, typeTag } from '../../src/purge/tag';

const isType = (name: string) => name === 'Post';

describe('a tag format', () => {
  it.each([
    ['featured', {}, 'featured'],
    ['posts-by-{$args.userId}', { args: { userId: 7 } }, 'posts-by-7'],
    ['posts-by-{$args.userId}', { args: { userId: '' } }, 'posts-by-'],
    ['posts-by-{$args.userId}!', { args: { userId: '50% of\n' } }, 'posts-by-50% of\n!'],
    ['p-{$args.filter.owner}', { args: { filter: { owner: true } } }, 'p-true'],
    ['t-{$key.id}', { key: { id: '1' }, args: { id: '2' } }, 't-1'],
    ['a-{$args.x}-{$args.y}', { args: { x: 'b-c', y: 'é' } }, 'a-b%2Dc-%C3%A9'],
    ['a-{$args.x}-{$args.y}', { args: { x: 'A_z.~0', y: '\ud800' } }, 'a-A_z.~0-%ud800'],
    [
      'a-{$args.x}-{$args.y}',
      { args: { x: "(!'*)\n%", y: '€😀\ud800é' } },
      'a-%28%21%27%2A%29%0A%25-%E2%82%AC%F0%9F%98%80%ud800%C3%A9',
    ],
    ['a-{$args.x}dot{$args.y}', { args: { x: 'dé', y: 'D' } }, 'a-%64%C3%A9dotD'],
    [
      'Order:{$args.region}:{$key.id}',
      { args: { region: 'eu-1' }, key: { id: 'a:b%' } },
      'Order:eu-1:a%3Ab%25',
    ],
    [
      'f-{$args.filter}',
      { args: { filter: { b: [1, { d: 1n, c: 2 }], a: null } } },
      'f-{"a":null,"b":[1,{"c":2,"d":"1"}]}',
    ],
  ])('%s renders', (format, values, text) => {
    expect(parseTagFormat(format).render(values)).toBe(text);
  });

  it.each([
    ['nothing given', {}],
    ['an argument left out', { args: {} }],
    ['an argument that is null', { args: { a: { b: null } } }],
    ['a part of no object', { args: { a: 'text' } }],
    ['a name every object inherits', { args: { a: Object.create({ b: 'inherited' }) as object } }],
    ['a text of more than 4,096 characters', { args: { a: { b: 'x'.repeat(4097) } } }],
    ['an object of more', { args: { a: { b: ['x'.repeat(4093)] } } }],
  ])('renders nothing with %s', (_, values) => {
    expect(parseTagFormat('x-{$args.a.b}').render(values)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['{$args.id}', 'begins-with-placeholder'],
    ['a{$args.x}{$args.y}', 'adjacent-placeholders'],
    ['a{$args.x}%2D{$args.y}', 'percent-between-placeholders'],
    ['a-{args.x}', 'not-a-format'],
    ['a-{$args}', 'not-a-format'],
    ['a-{$args.}', 'not-a-format'],
    ['a-{$context.x}', 'not-a-format'],
    ['a-{$args.x', 'not-a-format'],
    ['a-{ $args.x }', 'not-a-format'],
    ['a-}', 'not-a-format'],
  ])('%j has the problem %s and renders nothing', (text, problem) => {
    const format = parseTagFormat(text);
    expect(format.problem).toBe(problem);
    expect(format.render({ args: { x: '1', y: '2', id: '3' } })).toBeUndefined();
  });

  it('is never thrown at, and never throws', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '$',
      'args',
      'key',
      '.',
      'x',
      '{$args.x}',
      '{$key.y}',
      '-',
      ':',
      '%',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(piece), fc.jsonValue(), (pieces, value) => {
        const text = parseTagFormat(pieces.join('')).render({ args: { x: value }, key: { y: value } });
        expect(text === undefined || typeof text === 'string').toBe(true);
      }),
    );
  });

  it.each(['a', 'a2', '-', '2', 'D-', ':', '-%', '2D'])(
    'P20 keeps values apart that are joined by %j',
    (separator) => {
      const letters = ['', 'a', '-', '%', '2', 'D', ':'];
      const values = [...new Set(letters.flatMap((first) => letters.map((second) => first + second)))];
      const format = parseTagFormat(`t${separator}{$args.x}${separator}{$args.y}`);
      const texts = values.flatMap((x) => values.map((y) => format.render({ args: { x, y } })));
      expect(new Set(texts).size).toBe(values.length ** 2);
    },
  );

  it('P20 renders different texts for different values', () => {
    const awkward = fc.string({
      unit: fc.constantFrom(
        'a',
        '1',
        '2',
        'D',
        'u',
        'd',
        '8',
        '0',
        '-',
        ':',
        '%',
        '.',
        'é',
        '\ud800',
        '\udc00',
        '\0',
      ),
      maxLength: 6,
    });
    const literal = fc.string({
      unit: fc.constantFrom('a', '2', 'D', 'u', '-', ':', '.', '%', 'é'),
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(
        fc.tuple(literal, literal, literal, fc.constantFrom('', '-', 'a')),
        fc.tuple(awkward, awkward, awkward),
        fc.tuple(awkward, awkward, awkward),
        ([first, second, third, last], one, other) => {
          const format = parseTagFormat(`${first}{$args.x}${second}{$args.y}${third}{$args.z}${last}`);
          const render = ([x, y, z]: readonly [string, string, string]) =>
            format.render({ args: { x, y, z } });
          if (format.problem || one.join('\n') === other.join('\n')) return;
          expect(render(one)).not.toBe(render(other));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('a tag of @purges', () => {
  const render = (format: string, args: Record<string, unknown>) =>
    renderTag(parseTagFormat(format), { args }, isType);

  it('is the very tag of the entity it names, whatever the id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (region, id) => {
        expect(render('Post:{$args.id}', { id })).toBe(entityTag('Post', id));
        expect(render('Post:{$args.region}:{$args.id}', { region, id })).toBe(
          entityTag('Post', [region, id]),
        );
      }),
    );
  });

  it.each([
    ['[Post]', listTag('Post')],
    ['Post', typeTag('Post')],
    ['featured', declaredTag('featured')],
    ['posts by {$args.x}', declaredTag('posts by [Post]')],
    // No value may turn a declared tag into one of another kind.
    ['Po{$args.colon}', declaredTag('Post:7')],
    ['[{$args.closing}', declaredTag('[Post]')],
    ['Pos{$args.t}', declaredTag('Post')],
  ])('%s is of the kind that its format shows', (format, tag) => {
    expect(render(format, { x: '[Post]', colon: 'st:7', closing: 'Post]', t: 't' })).toBe(tag);
  });

  it('is no entity of which a list of keys is given, and any other tag of it', () => {
    expect(render('Post:{$args.ids}', { ids: ['7', '8'] })).toBeUndefined();
    expect(render('Post:{$args.ids}', { ids: { in: ['7'] } })).toBeUndefined();
    expect(render('list-{$args.ids}', { ids: ['7', '8'] })).toBe(declaredTag('list-["7","8"]'));
  });

  it('is nothing when a value is missing, and never everything', () => {
    expect(render('Post:{$args.id}', {})).toBeUndefined();
    expect(render('*', {})).toBeUndefined();
  });
});
