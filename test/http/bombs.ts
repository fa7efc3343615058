/**
 * Small documents that would cost much. Each is for the schema of the shop, and new in every round, so that nothing
 * remembered answers it.
 */
export type Bomb = readonly [name: string, text: (round: number) => string];

function repeat(count: number, piece: string | ((index: number) => string), between = ' '): string {
  const make = typeof piece === 'string' ? () => piece : piece;
  return Array.from({ length: count }, (_, index) => make(index)).join(between);
}

function nested(levels: number, open: string, inside: string): string {
  return `${`${open} { `.repeat(levels)}${inside}${' }'.repeat(levels)}`;
}

/** Products in categories in products, so many levels deep. */
function shelves(levels: number): string {
  let inside = 'id';
  for (let level = 0; level < levels; level++)
    inside = `${level % 2 === 0 ? 'category' : 'products'} { ${inside} }`;
  return `{ ${levels % 2 === 0 ? inside : `products { ${inside} }`} }`;
}

/** Beyond a limit: refused before they are validated. */
export const REFUSED: readonly Bomb[] = [
  ['a thousand levels', () => shelves(1000)],
  ['levels beyond the stack', () => `{ ${'a {'.repeat(60_000)}`],
  ['levels of lists', () => `{ product(id: ${'['.repeat(2400)}${']'.repeat(2400)}) { id } }`],
  ['levels of input objects', () => `{ product(id: ${'{a:'.repeat(1200)}1${'}'.repeat(1200)}) { id } }`],
  ['levels of list types', () => `query ($a: ${'['.repeat(2400)}ID${']'.repeat(2400)}) { serial }`],
  ['one level too many', () => shelves(16)],
  ['levels of inline fragments', () => `{ products { ${nested(1200, '...', 'id')} } }`],
  ['levels of typed inline fragments', () => `{ products { ${nested(900, '... on Product', 'id')} } }`],
  ['10,000 aliases', () => `{ ${repeat(10_000, (index) => `a${index}: serial`)} }`],
  ['101 aliases', () => `{ ${repeat(101, (index) => `a${index}: serial`)} }`],
  ['10,000 directives', () => `{ serial ${repeat(10_000, '@a')} }`],
  ['10,000 different directives', () => `{ serial ${repeat(10_000, (index) => `@a${index}`)} }`],
  ['500 directives that exist', () => `{ ${repeat(500, 'serial @include(if: true)')} }`],
  ['directives on an operation', () => `query ${repeat(51, '@include(if: true)')} { serial }`],
  ['500 copies of a field', () => `{ ${repeat(500, 'serial')} }`],
  ['copies of fields in copies of fields', () => `{ ${repeat(30, `products { ${repeat(30, 'name')} }`)} }`],
  ['copies with long arguments', () => `{ ${repeat(60, `product(id: "${'x'.repeat(3900)}") { name }`)} }`],
  [
    'more fields than allowed',
    () => `{ ${repeat(40, (index) => `a${index}: products { ${repeat(30, 'id name price')} }`)} }`,
  ],
  ['more tokens than allowed', () => `{ serial } ${repeat(3000, '{ serial }')}`],
  ['1,000 operations', () => repeat(1000, (index) => `query q${index} { serial }`)],
  [
    'operations upon a chain of fragments',
    () =>
      `${repeat(300, (index) => `query q${index} { ...f0 }`)} ${repeat(300, (index) => `fragment f${index} on Query { ...f${index + 1} }`)} fragment f300 on Query { serial }`,
  ],
  ['a fragment that spreads itself', () => '{ ...a } fragment a on Query { serial ...a }'],
  [
    'fragments in a circle',
    () =>
      `{ ...f0 } ${repeat(100, (index) => `fragment f${index} on Query { serial ...f${(index + 1) % 100} }`)}`,
  ],
  ['a circle nobody spreads', () => '{ serial } fragment a on Query { ...b } fragment b on Query { ...a }'],
  [
    'a circle below a field',
    () => '{ products { ...a } } fragment a on Product { category { products { ...a } } }',
  ],
  [
    'fragments that double',
    () =>
      `{ ...f0 } ${repeat(60, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f60 on Query { serial }`,
  ],
  [
    'fragments that double a few times and bring nothing',
    () =>
      `{ ...f0 } ${repeat(13, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)}`,
  ],
  [
    'fragments that double and bring nothing',
    () =>
      `{ ...f0 } ${repeat(60, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)}`,
  ],
  [
    'fragments that spread all others',
    () =>
      `{ ...f0 } ${repeat(60, (index) => `fragment f${index} on Query { serial ${repeat(59 - index, (other) => `...f${index + other + 1}`)} }`)}`,
  ],
  ['a fragment spread 5,000 times', () => `{ ${repeat(2000, '...a')} } fragment a on Query { serial }`],
];

/** Within every limit, and no valid operation: the validation says so, and gives up after a few words. */
export const INVALID: readonly Bomb[] = [
  ['2,000 unknown fields', () => `{ products { ${repeat(990, (index) => `nothing${index}`)} } }`],
  ['long unknown names', () => `{ ${repeat(11, () => 'x'.repeat(20_000))} }`],
  [
    '300 fragments nobody spreads',
    () => `{ serial } ${repeat(300, (index) => `fragment f${index} on Product { id }`)}`,
  ],
  [
    '800 variables nobody uses',
    () => `query (${repeat(800, (index) => `$v${index}: ID`)}) { products { id } }`,
  ],
  [
    '800 variables of unknown types',
    () => `query (${repeat(800, (index) => `$v${index}: T${index}`)}) { serial }`,
  ],
  [
    'a variable declared 800 times',
    () => `query (${repeat(800, '$v: ID')}) { products(category: $v) { id } }`,
  ],
  [
    'variables nobody declared',
    () => `{ ${repeat(45, (index) => `a${index}: product(id: $v${index}) { id }`)} }`,
  ],
  [
    'input of the wrong type',
    () => `{ ${repeat(22, `product(id: {${repeat(40, (index) => `a${index}: 1`)}}) { name }`)} }`,
  ],
  ['fragments on what can never be', () => `{ products { ${repeat(130, '... on Category { id }')} } }`],
];

/** What several parts show of the same products. */
const SHOWN = 'name price version likes category { name products { name price } }';

/** Within every limit and valid, and as costly as that can be. */
export const WORST: readonly Bomb[] = [
  [
    'different fields as many as allowed',
    () => `{ ${repeat(6, (index) => `a${index}: products { ${repeat(28, 'id name')} }`)} }`,
  ],
  ['copies as many as allowed', () => `{ products { ${repeat(100, 'name')} } }`],
  [
    'copies of interfaces',
    () => `{ ${repeat(44, 'sellables { ... on Bundle { products { category { products { name } } } } }')} }`,
  ],
  ['copies with arguments', () => `{ ${repeat(14, `product(id: "${'x'.repeat(500)}") { name }`)} }`],
  [
    'fifty operations',
    () =>
      repeat(
        50,
        (index) => `query ${index === 0 ? 'Q' : `q${index}`} { products { ${repeat(12, 'name')} } }`,
      ),
  ],
  ['a string of 250 KB', () => `{ product(id: "${'x'.repeat(240_000)}") { name } }`],
  ['a block string of 250 KB', () => `{ product(id: """${'\n'.repeat(120_000)}""") { name } }`],
  ['comments of 250 KB', () => `{ products { id } } ${'#\n'.repeat(80_000)}`],
  ['commas of 250 KB', () => `{ products { id } } ${','.repeat(240_000)}`],
  ['a name of 250 KB', () => `query ${'Q'.repeat(240_000)} { products { id } }`],
  [
    'a part beside 46 others',
    (round) => `{ serial ${repeat(46, (index) => `a${index}: product(id: "${round}-${index}") { name }`)} }`,
  ],
  [
    'as many parts as allowed, which all show the same',
    (round) =>
      `{ serial viewer { basket { ${SHOWN} } } ${repeat(14, (index) => `a${index}: product(id: "${round}-${index}") { ${SHOWN} }`)} }`,
  ],
  [
    'as many parts as allowed, with lists of all that there is',
    () =>
      `{ serial viewer { basket { ${SHOWN} } } ${repeat(3, (index) => `a${index}: products(category: "c${index}") { ${SHOWN} }`)} sellables { name ... on Bundle { products { ${SHOWN} } } } search(text: "e") { ... on Product { ${SHOWN} } ... on Category { name products { ${SHOWN} } } } }`,
  ],
  ['the deepest, with copies', () => `{ ${repeat(4, shelves(14).slice(2, -2))} }`],
];
