/** GraphQL multipart requests: passed on file by file, written from what was understood of them, purged as any mutation. */
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { bytesOf, field, file, FORM, formOf, type Part } from '../kit/form';
import { startGateway, type Answer, type GatewayProcess } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { startLocalServer } from '../kit/local-server';
import { startUploadOrigin, type OriginProcess } from '../kit/origin-process';
import { startPrimary } from '../kit/redis-region';
import { PATIENCE, pause, until, within } from '../kit/until';
import { connectTo } from './raw';

const servers = cleanupAfterAll();
const cleanup = cleanupAfterEach();

const CACHED = 'extend type File @cacheControl(maxAge: 60)';
const ADD =
  'mutation Add($file: Upload!, $title: String) { add(file: $file, title: $title) { filename type bytes digest title } }';
const FILES = '{ files { id bytes } }';

const operations = (query = ADD, variables: object = { file: null }) =>
  field('operations', { query, variables });
const map = field('map', { a: ['variables.file'] });
const digest = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

let origins: Record<'yoga' | 'apollo', OriginProcess>;
let gateways: Record<'yoga' | 'apollo', GatewayProcess>;
beforeAll(async () => {
  const [yoga, apollo] = await Promise.all([startUploadOrigin('yoga'), startUploadOrigin('apollo')]);
  for (const origin of [yoga, apollo]) servers.add(origin);
  origins = { yoga, apollo };
  const [before, beside] = await Promise.all([start('yoga'), start('apollo')]);
  gateways = { yoga: before, apollo: beside };
});

const start = async (
  origin: 'yoga' | 'apollo' | { readonly url: string },
  env: Record<string, string> = {},
): Promise<GatewayProcess> => {
  const { url } = typeof origin === 'string' ? origins[origin] : origin;
  return servers.add(await startGateway({ UPSTREAM_URL: url, ...env }, { schema: CACHED }));
};

const send = (
  gateway: GatewayProcess,
  parts: readonly Part[],
  headers: Record<string, string> = {},
): Promise<Answer> => gateway.send({ ...formOf(parts), headers: { ...FORM, ...headers } });

const callsOf = async (origin: OriginProcess): Promise<string[]> => {
  const answer = await fetch(origin.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ calls }' }),
  });
  return ((await answer.json()) as { data: { calls: string[] } }).data.calls;
};

describe.each(['yoga', 'apollo'] as const)('P66 an upload before %s', (name) => {
  it('P66 arrives as it was sent, whatever its name, its type and its bytes', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\r\n--a-boundar\0--lastmile-\r\n'),
      Buffer.alloc(300_000, 0xfe),
    ]);
    const names = [
      'plain.txt',
      'ä ö.txt',
      'a;b=c.txt',
      '%22quoted%22.txt',
      "it's.txt",
      '日本.txt',
      'no-ending',
    ];
    for (const filename of names) {
      const parts = [operations(), map, file('a', bytes, { filename, type: 'image/x-thing' })];
      const { data } = await send(gateways[name], parts);
      expect(data.add).toEqual({
        filename,
        type: 'image/x-thing',
        bytes: bytes.length,
        digest: digest(bytes),
        title: null,
      });
    }
  });

  it('P66 brings several files, each where it belongs, with the other variables', async () => {
    const query = 'mutation All($files: [Upload!]!) { addAll(files: $files) { filename digest } }';
    const { data } = await send(gateways[name], [
      operations(query, { files: [null, null, null] }),
      field('map', {
        x: ['variables.files.2'],
        '0': ['variables.files.0'],
        __proto__x: ['variables.files.1'],
      }),
      file('0', 'first'),
      file('x', 'third'),
      file('__proto__x', ''),
    ]);
    expect(data.addAll.map(({ digest: each }: { digest: string }) => each)).toEqual(
      ['first', '', 'third'].map(digest),
    );
    const titled = await send(gateways[name], [
      operations(ADD, { file: null, title: 'ü "\n' }),
      map,
      file('a', 'x'),
    ]);
    expect(titled.data.add.title).toBe('ü "\n');
  });

  it('P66 purges what its mutation changed, and gives a token', async () => {
    const gateway = gateways[name];
    await gateway.query(FILES);
    expect((await gateway.query(FILES)).cacheStatus).toMatch(/^hit/);
    const made = await send(gateway, [operations(), map, file('a', 'more')]);
    expect([made.status, made.token, made.cacheStatus]).toEqual([
      200,
      expect.stringMatching(/^\d+-\d+$/),
      'fwd=method; detail=mutation',
    ]);
    const after = await gateway.query(FILES);
    expect(after.cacheStatus).toMatch(/detail=purged/);
    expect(after.data.files.at(-1).bytes).toBe(4);
  });

  it('P66 of a query is never answered from the cache, nor kept', async () => {
    const query = 'query Measure($file: Upload!) { measure(file: $file) }';
    for (const content of ['abc', 'abcdef', 'abc']) {
      const answer = await send(gateways[name], [operations(query), map, file('a', content)]);
      expect([answer.data, answer.cacheStatus]).toEqual([
        { measure: content.length },
        'fwd=bypass; detail=upload',
      ]);
    }
  });

  it('P66 may be larger than any ordinary body, and its pieces may be any', async () => {
    const bytes = Buffer.alloc(8 * 2 ** 20, 'lastmile ');
    const whole = bytesOf([operations(), map, file('a', bytes)]);
    const socket = cleanup.add(await connectTo(gateways[name].port));
    socket.send(
      `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: ${FORM['content-type']}\r\nContent-Length: ${whole.length}\r\n\r\n`,
    );
    // Small pieces first, through the middle of the boundaries, then large ones.
    const sizeAt = (at: number): number => (at < 1000 ? 7 : 100_003);
    for (let at = 0; at < whole.length; at += sizeAt(at)) socket.send(whole.subarray(at, at + sizeAt(at)));
    const answer = await within(PATIENCE, 'it is answered', socket.answer());
    expect(JSON.parse(answer.body).data.add).toMatchObject({ bytes: bytes.length, digest: digest(bytes) });
  });
});

describe.each(['yoga', 'apollo'] as const)('P66 a file of any name before %s', (name) => {
  it('P66 is called what it is called without a gateway', async () => {
    const names = ['C:\\fake\\a.txt', 'a/b/c.txt', '../x', 'a%22b', '%0D%0Ax', 'tab\there', ' '];
    for (const filename of names) {
      const { headers, body } = formOf([operations(), map, file('a', 'x', { filename, type: 'text/html' })]);
      const straight = await fetch(origins[name].url, {
        method: 'POST',
        headers: { ...headers, 'apollo-require-preflight': '1' },
        body: new Uint8Array(body),
      });
      const through = await gateways[name].send({ headers, body });
      expect(JSON.parse(through.text)).toEqual(await straight.json());
    }
  });
});

/** Forms that are refused before anything is sent. */
const REFUSED: readonly (readonly [string, readonly Part[], number, string])[] = [
  ['nothing', [], 400, 'The form has no `operations`.'],
  ['no operations', [file('a', 'x')], 400, 'The form has no `operations` before its first file.'],
  ['another field alone', [field('query', ADD)], 400, 'The form holds a field "query": it may hold'],
  ['a map before operations', [map, operations()], 400, '`operations` comes before `map`.'],
  ['no map', [operations()], 400, 'The form has no `map`.'],
  [
    'no map before a file',
    [operations(), file('a', 'x')],
    400,
    'The form has no `map` before its first file.',
  ],
  ['operations twice', [operations(), operations()], 400, 'The form holds `operations` twice.'],
  [
    'a map that is no JSON',
    [operations(), field('map', '{')],
    400,
    '`map` is a JSON object of lists of paths',
  ],
  [
    'a map that is a list',
    [operations(), field('map', '[]')],
    400,
    '`map` is a JSON object of lists of paths',
  ],
  [
    'a map of texts',
    [operations(), field('map', { a: 'variables.file' })],
    400,
    '`map` is a JSON object of lists',
  ],
  ['operations that are no JSON', [field('operations', '{'), map], 400, 'The body is not JSON in UTF-8.'],
  [
    'a batch',
    [field('operations', [{ query: ADD, variables: { file: null } }]), map],
    400,
    'A batch takes no files.',
  ],
  [
    'operations beyond MAX_BODY_BYTES',
    [operations(ADD + ' '.repeat(2 ** 18))],
    413,
    '`operations` holds at most 262144 bytes.',
  ],
  [
    'a place that is taken',
    [operations(ADD, { file: 'x' }), map],
    400,
    'The path "variables.file" of `map` leads to no null',
  ],
  [
    'a place twice',
    [operations(), field('map', { a: ['variables.file'], b: ['variables.file'] })],
    400,
    'or is there twice.',
  ],
  [
    'a place elsewhere',
    [operations(), field('map', { a: ['query'] })],
    400,
    'The path "query" of `map` leads to no null',
  ],
  [
    'a variable that there is not',
    [operations(), field('map', { a: ['variables.other'] })],
    400,
    'leads to no null',
  ],
  [
    'a variable of no operation',
    [operations(ADD, { file: null, other: null }), field('map', { a: ['variables.other'] })],
    400,
    'leads to a variable that the operation does not declare.',
  ],
  [
    'a prototype',
    [operations(ADD, {}), field('map', { a: ['variables.__proto__.file'] })],
    400,
    'leads to no null',
  ],
  [
    'a constructor',
    [operations(ADD, {}), field('map', { a: ['variables.constructor.name'] })],
    400,
    'leads to no null',
  ],
];

describe('P66 a form that is no GraphQL multipart request', () => {
  it.each(REFUSED)('P66 is refused: %s', async (_, parts, status, message) => {
    const gateway = gateways.yoga;
    const before = await callsOf(origins.yoga);
    const answer = await send(gateway, parts);
    expect([answer.status, answer.headers['cache-control']]).toEqual([status, 'no-store']);
    expect(answer.errors?.[0]?.message).toContain(message);
    expect(await callsOf(origins.yoga)).toEqual(before);
  });

  const AFTER: readonly (readonly [string, readonly Part[], string])[] = [
    ['operations after the map', [operations('mutation { early }')], 'The form holds `operations` twice.'],
    ['a second map', [map], 'The form holds `map` twice.'],
    ['a field', [field('more', 'x')], 'The form holds a field "more"'],
    ['a file that is not in the map', [file('b', 'x')], 'The file "b" is not in `map`.'],
    ['a file twice', [file('a', 'x'), file('a', 'y')], 'The file "a" is there twice.'],
    ['a file that does not come', [], 'The file "a" of `map` is not there.'],
  ];
  it.each(AFTER)('P66 is refused though it has begun: %s', async (_, parts, message) => {
    for (const name of ['yoga', 'apollo'] as const) {
      const answer = await send(gateways[name], [operations(), map, ...parts]);
      expect([answer.status, answer.errors?.[0]?.extensions?.['code']]).toEqual([400, 'BAD_UPLOAD']);
      expect(answer.errors?.[0]?.message).toContain(message);
      expect(await callsOf(origins[name])).not.toContain('early');
      expect((await send(gateways[name], [operations(), map, file('a', 'x')])).status).toBe(200);
    }
  });

  it('P66 is refused without a boundary, cut short, or in a content coding', async () => {
    const { body } = formOf([operations(), map, file('a', 'x'.repeat(1000))]);
    const type = { 'content-type': 'multipart/form-data' };
    const without = await gateways.yoga.send({ headers: type, body });
    expect([without.status, without.errors?.[0]?.message]).toEqual([
      400,
      'The form cannot be read: Multipart: Boundary not found.',
    ]);
    const short = await gateways.yoga.send({ headers: FORM, body: body.subarray(0, -40) });
    expect([short.status, short.errors?.[0]?.message]).toEqual([
      400,
      'The form cannot be read: Unexpected end of form.',
    ]);
    const coded = await gateways.yoga.send({ headers: { ...FORM, 'content-encoding': 'gzip' }, body });
    expect(coded.status).toBe(415);
  });

  it('P51 is refused beyond MAX_UPLOAD_BYTES, declared or not, and where that is 0', async () => {
    const gateway = await start('apollo', { MAX_UPLOAD_BYTES: '64KiB' });
    const parts = [operations(), map, file('a', Buffer.alloc(200_000))];
    const { headers, body } = formOf(parts);
    const declared = await gateway.send({ headers, body });
    expect([declared.status, declared.errors?.[0]?.extensions?.['code']]).toEqual([413, 'UPLOAD_TOO_LARGE']);
    const chunked = await fetch(gateway.url, {
      method: 'POST',
      headers,
      body: new Blob([new Uint8Array(body)]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect([chunked.status, await chunked.json()]).toMatchObject([
      413,
      { errors: [{ message: 'A request that brings files holds at most 65536 bytes.' }] },
    ]);
    const none = await start('apollo', { MAX_UPLOAD_BYTES: '0' });
    expect((await none.send(formOf([operations(), map, file('a', 'x')]))).status).toBe(415);
  });
});

/** Headers of a form, and whether a page of another site may have made a browser send it. */
const FORMS: readonly (readonly [string, Record<string, string>, boolean])[] = [
  ['a program', {}, false],
  ['fetch of Node', { 'sec-fetch-mode': 'cors' }, false],
  ['a page of the same origin', { 'sec-fetch-site': 'same-origin', origin: 'https://app.example' }, false],
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, true],
  ['a sister domain', { 'sec-fetch-site': 'same-site', origin: 'https://other.example' }, true],
  ['a page without an origin', { 'sec-fetch-site': 'cross-site', origin: 'null' }, true],
  ['a form that says that nobody made it', { 'sec-fetch-site': 'none' }, true],
  ['a browser that says nothing of sites', { origin: 'https://evil.example' }, true],
  [
    'a page that may read answers',
    { 'sec-fetch-site': 'cross-site', origin: 'https://listed.example' },
    true,
  ],
  [
    'the same, which has asked',
    { 'sec-fetch-site': 'cross-site', origin: 'https://listed.example', 'apollo-require-preflight': 'true' },
    false,
  ],
];

it.each(FORMS)('P52 a form of %s', async (_, headers, isForged) => {
  const gateway = await start('yoga', { CORS_ORIGINS: 'https://listed.example' });
  const before = await callsOf(origins.yoga);
  const answer = await send(gateway, [operations(), map, file('a', 'x')], headers);
  expect(answer.status).toBe(isForged ? 403 : 200);
  if (isForged) expect(answer.errors?.[0]?.extensions?.['code']).toBe('CROSS_SITE_REQUEST');
  expect((await callsOf(origins.yoga)).length - before.length).toBe(isForged ? 0 : 1);
});

describe('P66 an upload that does not come to its end', () => {
  /** The head and the beginning of a form with a file of so many bytes. */
  const begin = async (gateway: GatewayProcess, bytes: number) => {
    const whole = bytesOf([operations(), map, file('a', Buffer.alloc(bytes, 'x'))]);
    const socket = cleanup.add(await connectTo(gateway.port));
    socket.send(
      `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: ${FORM['content-type']}\r\nContent-Length: ${whole.length}\r\n\r\n`,
    );
    socket.send(whole.subarray(0, whole.length / 2));
    return { socket, rest: whole.subarray(whole.length / 2) };
  };

  it('P06 P26 purges what its mutation may change after its client hung up, and again', async () => {
    const { log, lines } = takeDownLog('warn');
    const gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: origins.apollo.url }, { schema: CACHED, log }),
    );
    const before = (await callsOf(origins.apollo)).length;
    const { socket } = await begin(gateway, 200_000);
    await until('upstream has begun', async () => (await callsOf(origins.apollo)).length > before);
    await gateway.query(FILES);
    expect((await gateway.query(FILES)).cacheStatus).toMatch(/^hit/);
    socket.close();
    await until('it is purged', async () => /purged/.test((await gateway.query(FILES)).cacheStatus));
    expect((await send(gateway, [operations(), map, file('a', 'x')])).status).toBe(200);
    expect(lines.map(({ msg }) => msg).filter((line) => !line.includes('yields nothing'))).toEqual([
      expect.stringMatching(/^a mutation returned no answer: .* is purged again/),
    ]);
  });

  it('P66 passes on what upstream says before it has read all, and closes', async () => {
    const upstream = cleanup.add(
      await startLocalServer((_request, response) => {
        response.writeHead(413, { 'content-type': 'application/json' });
        response.end('{"errors":[{"message":"Far too much"}]}');
      }),
    );
    const gateway = await startKnowing(upstream.url);
    const { socket } = await begin(gateway, 4_000_000);
    const answer = await socket.answer();
    expect([answer.status, JSON.parse(answer.body).errors[0].message]).toEqual([413, 'Far too much']);
    expect(answer.headers.get('connection')).toEqual(['close']);
    await within(PATIENCE, 'it is closed', socket.closed);
  });

  it('P66 says that upstream broke off, and purges', async () => {
    const upstream = cleanup.add(
      await startLocalServer((request) => request.once('data', () => request.destroy())),
    );
    const gateway = await startKnowing(upstream.url);
    const { socket } = await begin(gateway, 4_000_000);
    const answer = await socket.answer();
    expect(JSON.parse(answer.body).errors[0].extensions.code).toBe('UPSTREAM_UNREACHABLE');
    expect(answer.headers.get('lastmile-token')).toEqual([expect.stringMatching(/^\d+-\d+$/)]);
  });

  it('P66 waits for a slow client, and for upstream as long as for any call', async () => {
    const gateway = await start('apollo', { UPSTREAM_TIMEOUT_MS: '1500' });
    const before = (await callsOf(origins.apollo)).length;
    const { socket, rest } = await begin(gateway, 200_000);
    await until('upstream has begun', async () => (await callsOf(origins.apollo)).length > before);
    await pause(1700);
    socket.send(rest);
    expect(JSON.parse((await socket.answer()).body).data.add.bytes).toBe(200_000);
    const deaf = cleanup.add(await startLocalServer(() => {}));
    const before2 = await startKnowing(deaf.url, { UPSTREAM_TIMEOUT_MS: '300' });
    const other = await begin(before2, 200_000);
    other.socket.send(other.rest);
    const answer = await other.socket.answer();
    expect(JSON.parse(answer.body).errors[0].extensions.code).toBe('UPSTREAM_TIMEOUT');
  });

  /** In front of a server that answers no introspection. */
  const startKnowing = async (url: string, env: Record<string, string> = {}): Promise<GatewayProcess> =>
    cleanup.add(
      await startGateway(
        { UPSTREAM_URL: url, UPSTREAM_CACHE_CONTROL: 'obey', ...env },
        {
          schema: `scalar Upload  type Query { files: [File!]! }  type File @cacheControl(maxAge: 60) {
              id: ID!  title: String  filename: String!  type: String!  bytes: Int!  digest: String!
            }
            type Mutation { add(file: Upload!, title: String): File! }`,
        },
      ),
    );
});

it('P46 an upload takes no more of its client than upstream takes of it', async () => {
  const BYTES = 64 * 2 ** 20;
  let go!: () => void;
  const going = new Promise<void>((resolve) => (go = resolve));
  let came = 0;
  const upstream = cleanup.add(
    await startLocalServer(async (request, response) => {
      await going;
      for await (const chunk of request) came += (chunk as Buffer).length;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"add":null}}');
    }),
  );
  const gateway = cleanup.add(
    await startGateway(
      {
        UPSTREAM_URL: upstream.url,
        UPSTREAM_CACHE_CONTROL: 'obey',
        MAX_UPLOAD_BYTES: '1GiB',
        UPSTREAM_TIMEOUT_MS: '60000',
      },
      { schema: 'scalar Upload  type Query { n: Int }  type Mutation { add(file: Upload!): Int }' },
    ),
  );
  const query = 'mutation ($file: Upload!) { add(file: $file) }';
  const whole = bytesOf([operations(query), map, file('a', Buffer.alloc(BYTES, 'x'))]);
  const { socket } = cleanup.add(await connectTo(gateway.port));
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: ${FORM['content-type']}\r\nContent-Length: ${whole.length}\r\n\r\n`,
  );
  socket.write(whole);
  const taken = (): number => socket.bytesWritten - socket.writableLength;
  let last = -1;
  await until('it stands still', async () => {
    const before = last;
    last = taken();
    await pause(200);
    return last > 0 && before === last;
  });
  // What the kernel holds on two connections, and little more.
  expect(taken()).toBeLessThan(BYTES / 4);
  go();
  await until('all has come', () => came > BYTES);
});

it('P66 an upload that is taken only as it was written is taken at the second try', async () => {
  const upstream = cleanup.add(
    await startLocalServer(async (request, response) => {
      const body = await text(request);
      const isKnown = body.includes(JSON.stringify(query));
      response.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/json' });
      response.end(
        isKnown
          ? '{"data":{"add":{"title":"x"}}}'
          : '{"errors":[{"message":"Unknown document","extensions":{"code":"UNKNOWN_DOCUMENT"}}]}',
      );
    }),
  );
  const query = 'mutation ($file: Upload!) { add(file: $file) { title } }';
  const gateway = cleanup.add(
    await startGateway(
      { UPSTREAM_URL: upstream.url, UPSTREAM_CACHE_CONTROL: 'obey' },
      {
        schema: `scalar Upload  type Query { files: [File!]! }  type Mutation { add(file: Upload!): File }
          type File @cacheControl(maxAge: 60) { id: ID!  title: String }`,
      },
    ),
  );
  const parts = [operations(query), map, file('a', 'x')];
  expect((await send(gateway, parts)).errors?.[0]?.message).toBe('Unknown document');
  const again = await send(gateway, parts);
  expect([again.data, again.token]).toEqual([{ add: { title: 'x' } }, expect.stringMatching(/^\d+-\d+$/)]);
});

it('P66 an upload in another region is made in the primary one', async () => {
  const redis = cleanup.add(await startPrimary());
  const common = { UPSTREAM_URL: origins.apollo.url, REDIS_URL: redis.url };
  const iad = cleanup.add(await startGateway({ ...common, REGION: 'iad' }, { schema: CACHED }));
  const syd = cleanup.add(
    await startGateway(
      { ...common, REGION: 'syd', PRIMARY_REGION: 'iad', PRIMARY_URL: iad.url },
      { schema: CACHED },
    ),
  );
  await syd.query(FILES);
  const bytes = Buffer.alloc(500_000, 'ü');
  const made = await send(syd, [operations(), map, file('a', bytes, { filename: 'ä.bin' })]);
  expect([made.data.add.digest, made.data.add.filename]).toEqual([digest(bytes), 'ä.bin']);
  expect(made.headers['cache-status']).toMatch(/lastmile-iad.*lastmile-syd/);
  expect(made.headers['lastmile-purged']).toBeUndefined();
  expect((await syd.query(FILES)).cacheStatus).toMatch(/purged/);
  const bad = await send(syd, [operations(), map, file('b', 'x')]);
  expect([bad.status, bad.errors?.[0]?.message]).toEqual([400, 'The file "b" is not in `map`.']);
});
