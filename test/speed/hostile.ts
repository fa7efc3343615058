import { getIntrospectionQuery } from 'graphql';
import { INVALID, REFUSED, WORST } from '../http/bombs';

/** What one client sends, and nothing in it is beyond a limit of HTTP: a request, or bytes for a connection of its own. */
export interface Hostile {
  readonly name: string;
  /** new in every round, so that nothing remembered answers it */
  readonly request: (round: number) => HostileRequest;
}

export interface HostileRequest {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** instead: what is written to a connection, and how many answers it brings */
  readonly raw?: { readonly text: string; readonly answers: number };
  /** on the admin port */
  readonly isAdmin?: boolean;
}

/** The schema of {@link HOSTILE}. Its upstream answers `items(n)` with so many, and everything else with next to nothing. */
export const HOSTILE_SCHEMA = `
  scalar JSON
  type Query {
    item(id: ID!): Item @cacheControl(maxAge: 60)
    items(n: Int!, as: String): [Item!]! @cacheControl(maxAge: 60)
    live(n: Int!, as: String): [Item!]!
    echo(x: JSON): String @cacheControl(maxAge: 60)
    tagged(id: ID!, x: JSON): Item @cacheControl(maxAge: 60) @cacheTag(format: "tagged-{$args.id}-{$args.x}")
  }
  type Mutation {
    sort(n: Int!, as: String): [Item!]!
    deleteItems(ids: [ID!]!, x: JSON): Boolean
    touch(id: ID!, x: JSON): Item @purges(tags: ["tagged-{$args.id}-{$args.x}"])
  }
  type Item { id: ID!  title: String  items: [Item!]  json: JSON }
`;

const list = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(',');
const word = (index: number): string => ((index * 2654435761) % 4294967296).toString(36);

function post(body: unknown): HostileRequest {
  return { body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** Values that take a quarter of a megabyte. */
const VALUES: Record<string, string> = {
  'as many short keys as allowed': `{${list(9_900, (index) => `"${word(index)}":1`)}}`,
  '22,000 short keys': `{${list(22_000, (index) => `"${word(index)}":1`)}}`,
  '24,000 integer keys': `{${list(24_000, (index) => `"${(index * 97) % 1000003}":1`)}}`,
  'keys in falling order': `{${list(21_000, (index) => `"${99_999 - index}a":1`)}}`,
  '125,000 numbers': `[${list(125_000, () => '1')}]`,
  '85,000 lists': `[${list(85_000, () => '[]')}]`,
  '32,000 objects': `[${list(32_000, () => '{"a":1}')}]`,
  '60,000 strings': `[${list(60_000, () => '"a"')}]`,
  '28,000 long numbers': `[${list(28_000, () => '1.000001')}]`,
  'a string of escapes': `"${'\\u0000'.repeat(42_000)}"`,
  'a string beyond latin1': `"${'é'.repeat(120_000)}"`,
};

const variables: Hostile[] = Object.entries(VALUES).flatMap(([name, value]) => [
  {
    name: `variables: ${name}, for an ID`,
    request: (round) =>
      post(`{"query":"query V${round}($x:ID!){item(id:$x){id}}","variables":{"x":${value},"r":${round}}}`),
  },
  {
    name: `variables: ${name}, for JSON`,
    request: (round) =>
      post(`{"query":"query J${round}($x:JSON){echo(x:$x)}","variables":{"x":${value},"r":${round}}}`),
  },
]);

/** Values that stand in as many tags as an operation may have aliases. */
const IN_TAGS: Record<string, string> = {
  ...VALUES,
  'a number with zeros before its last digit': `1${'0'.repeat(240_000)}1`,
  'a number with a long exponent': `1e${'9'.repeat(240_000)}`,
  'a string of letters': `"${'a'.repeat(240_000)}"`,
  'a string of 4,000 characters beyond latin1': `"${'ж'.repeat(4000)}"`,
};

const tagged = (field: string): string =>
  list(49, (index) => `a${index}: ${field}(id: $id, x: $x) { title }`);

const tags: Hostile[] = Object.entries(IN_TAGS).flatMap(([name, value]) => [
  {
    name: `tags: ${name}, of a query`,
    request: (round) =>
      post(
        `{"query":"query T($id:ID!,$x:JSON){${tagged('tagged')}}","variables":{"id":"${round}","x":${value}}}`,
      ),
  },
  {
    name: `tags: ${name}, of a mutation`,
    request: (round) =>
      post(
        `{"query":"mutation T($id:ID!,$x:JSON){${tagged('touch')}}","variables":{"id":"${round}","x":${value}}}`,
      ),
  },
]);

const ids: Hostile = {
  name: 'tags: as many ids as allowed, of each field of a mutation',
  request: (round) =>
    post(
      `{"query":"mutation I($ids:[ID!]!){${list(49, (index) => `a${index}: deleteItems(ids: $ids)`)}}","variables":{"ids":[${list(9900, (index) => `"${index}x${round}"`)}]}}`,
    ),
};

/** Documents that are long for their lines: where an error stands is said in lines and columns. */
const lines = '\n'.repeat(128_000);
const DOCUMENTS: Record<string, string> = {
  'a block string of newlines': `{item(id:"""${lines}"""){id}}`,
  'a block string of newlines, and an unknown field': `{item(id:"""${lines}"""){id nope}}`,
  'a block string of indented lines': `{item(id:"""x${'\n\t a'.repeat(40_000)}"""){id}}`,
  'a block string as a default': `query($x:ID="""${lines}"""){item(id:$x){id}}`,
  'newlines before 900 unknown fields': `${lines.slice(10_000)}{item(id:1){${list(900, (index) => `f${index}`)}}}`,
  'newlines before fields that conflict': `${lines.slice(30_000)}{${list(30, (index) => `a:item(id:${index}){b:id}`)} a:item(id:1){b:title}}`,
  'newlines before a variable that is used 800 times': `${lines.slice(10_000)}{${list(45, () => `item(id:$v){id}`)}}`,
  'newlines before what cannot be parsed': `${lines}{item(`,
  'carriage returns before unknown fields': `${'\r'.repeat(120_000)}{item(id:1){${list(300, (index) => `f${index}`)}}}`,
};

const documents: Hostile[] = [
  ...Object.entries(DOCUMENTS).map(([name, text]) => ({
    name: `document: ${name}`,
    request: (round: number) => post({ query: `${text}#${round}` }),
  })),
  {
    name: 'document: the usual introspection',
    request: (round) => post({ query: `${getIntrospectionQuery()}#${round}` }),
  },
  {
    name: 'batch: 10 with as many fields as allowed',
    request: (round) =>
      post(
        Array.from({ length: 10 }, (_, index) => ({
          query: `query B${round}x${index} { item(id: 1) { ${'id title '.repeat(45)} } }`,
        })),
      ),
  },
  {
    name: 'batch: 10 with 2,000 values each',
    request: (round) =>
      post(
        `[${list(10, (index) => `{"query":"query C${round}x${index}($x:JSON){echo(x:$x)}","variables":{"x":{${list(2000, (each) => `"${word(each)}":1`)}}}}`)}]`,
      ),
  },
];

const ANSWERS = [
  ['0.1 MB', 1000],
  ['0.9 MB', 9000],
  ['1.7 MB', 17_000],
  ['4 MB', 40_000],
  ['13 MB', 130_000],
] as const;

const answers: Hostile[] = ANSWERS.flatMap(([size, n]) => [
  {
    name: `answer: ${size}, cacheable`,
    request: (round: number) => post({ query: `query A${round} { items(n: ${n}) { title } }` }),
  },
  {
    name: `answer: ${size}, in lists in lists`,
    request: (round: number) =>
      post({ query: `query A${round} { items(n: ${n}, as: "tree") { title items { title } } }` }),
  },
  {
    name: `answer: ${size}, never cached`,
    request: (round: number) => post({ query: `query A${round} { live(n: ${n}) { title } }` }),
  },
  {
    name: `answer: ${size}, to a mutation`,
    request: (round: number) => post({ query: `mutation A${round} { sort(n: ${n}) { title } }` }),
  },
]);

const shapes: Hostile[] = [
  'errors',
  'extensions',
  'string',
  'brackets',
  'lines',
  'letters',
  'numbers',
].flatMap((as) =>
  (
    [
      ['0.9 MB', 9000],
      ['13 MB', 130_000],
    ] as const
  ).map(([size, n]) => ({
    name: `answer: ${size} of ${as}`,
    request: (round: number) =>
      post({ query: `query A${round} { items(n: ${n}, as: "${as}") { title json } }` }),
  })),
);

const names = list(10, (index) => `a${index}: title`);

/** Cut into slots that show the same things of the same items, so that all of them are compared. */
const SLOTS: Record<string, (n: number) => string> = {
  'two that show the same': (n) => `items(n: ${n / 2}) { title } live(n: ${n / 2}) { title }`,
  'two of short items': (n) =>
    `items(n: ${n / 2}, as: "short") { title } live(n: ${n / 2}, as: "short") { title }`,
  'two of short items under many names': (n) =>
    `items(n: ${Math.floor(n / 8)}, as: "short") { ${names} } live(n: ${Math.floor(n / 8)}, as: "short") { ${names} }`,
  'two, one of next to nothing': (n) => `items(n: ${n}) { title } live(n: 1) { title }`,
  'two, below a list': (n) => `items(n: ${n}, as: "tree") { title items { title } }`,
  'as many as allowed': (n) =>
    `live(n: 1) { title } ${list(15, (index) => `a${index}:items(n:${Math.floor(n / 15) + index}){title}`)}`,
  'two that show nothing of each other': (n) => `items(n: ${n}) { title } echo(x: 1)`,
};

const parts: Hostile[] = Object.entries(SLOTS).flatMap(([name, roots]) =>
  (
    [
      ['0.2 MB', 2000],
      ['0.9 MB', 9000],
      ['4 MB', 40_000],
      ['13 MB', 130_000],
    ] as const
  ).map(([size, n]) => ({
    name: `parts: ${size} in ${name}`,
    request: (round: number) => post({ query: `query A${round} { ${roots(n + 20 * round)} }` }),
  })),
);

/** The same value in each of as many parts as allowed. */
const inParts: Hostile[] = Object.entries(VALUES).map(([name, value]) => ({
  name: `parts: ${name}, in each of them`,
  request: (round) =>
    post(
      `{"query":"query P${round}($x:JSON){live(n:1){title} ${list(15, (index) => `a${index}:echo(x:$x)`)}}","variables":{"x":${value}}}`,
    ),
}));

const HEADERS: Record<string, Record<string, string>> = {
  'Accept of 7,500 commas': { accept: 'a,'.repeat(7500) },
  'Accept of 3,700 parameters': { accept: `a${';q=1'.repeat(3700)}` },
  'Accept-Encoding of 7,500 commas': { 'accept-encoding': 'a,'.repeat(7500) },
  'Cookie of 3,700 pairs': { cookie: `${'a=1;'.repeat(3700)}lastmile-token=1-1` },
  'Cache-Control of 7,500 commas': { 'cache-control': 'a,'.repeat(7500) },
  'If-None-Match of 3,700 tags': { 'if-none-match': '"a",'.repeat(3700) },
  'Connection of 7,500 names': { connection: 'a,'.repeat(7500) },
};

const headers: Hostile[] = Object.entries(HEADERS).map(([name, fields]) => ({
  name: `header: ${name}`,
  request: () => ({ method: 'GET', path: '/graphql?query={item(id:1){id}}', headers: fields }),
}));

/** As many as one read of a connection brings. */
const PIECE = 64 * 1024;

function pipeline(path: (index: number) => string): HostileRequest {
  let text = '';
  let answers = 0;
  for (;;) {
    const next = `GET /graphql?query=${path(answers)} HTTP/1.1\r\nHost: a\r\n\r\n`;
    if (text.length + next.length > PIECE) return { raw: { text, answers } };
    text += next;
    answers++;
  }
}

const pipelines: Hostile[] = [
  { name: 'pipeline: one hit', request: () => pipeline(() => '{item(id:1){id}}') },
  { name: 'pipeline: misses', request: (round) => pipeline((index) => `{item(id:"${round}x${index}"){id}}`) },
  { name: 'pipeline: no operations', request: (round) => pipeline((index) => `{r${round}x${index}}`) },
];

const others: Hostile[] = [
  { name: 'admin port: /metrics', request: () => ({ method: 'GET', path: '/metrics', isAdmin: true }) },
];

/** What was found to hold up others, and what lies beside it. */
export const HOSTILE: readonly Hostile[] = [
  ...variables,
  ...tags,
  ids,
  ...documents,
  ...answers,
  ...shapes,
  ...parts,
  ...inParts,
  ...headers,
  ...pipelines,
  ...others,
];

/** The documents of `test/http/bombs.ts`, for the schema of the shop. */
export const BOMBS: readonly Hostile[] = [...REFUSED, ...INVALID, ...WORST].map(([name, text]) => ({
  name: `bomb: ${name}`,
  request: (round) =>
    post({
      query: `${text(round)}\n#${round}`,
      ...(text(round).startsWith('query Q ') && { operationName: 'Q' }),
    }),
}));
