import { cleanupAfterAll, cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { connectTo, postOf, type RawAnswer, type RawSocket } from './raw';

const cleanup = cleanupAfterAll();
const cleanupEach = cleanupAfterEach();
let origin: Origin;
let gateway: GatewayProcess;
const PRODUCTS = '{ products { name } }';
const QUERY = JSON.stringify({ query: '{ serial }' });

beforeAll(async () => {
  origin = cleanup.add(await startOrigin());
  gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
});

// Whatever a test did to it, the gateway answers the next client.
afterEach(async () => {
  expect((await gateway.query(PRODUCTS)).data.products[0].name).toBe('Kettle');
});

async function connect(): Promise<RawSocket> {
  return cleanupEach.add(await connectTo(gateway.port));
}

async function sendRaw(bytes: string | Buffer): Promise<RawAnswer> {
  const socket = await connect();
  socket.send(bytes);
  return socket.answer();
}

function codeOf({ body }: Pick<RawAnswer, 'body'>): string {
  return (JSON.parse(body) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code;
}

describe('what is no HTTP', () => {
  const HEAD = 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  const chunked = `${QUERY.length.toString(16)}\r\n${QUERY}\r\n0\r\n\r\n`;

  /** Requests that two servers in a row could read differently: where one ends is where the other's begins. */
  it.each([
    ['two lengths', `${HEAD}Content-Length: ${QUERY.length}\r\nContent-Length: 1\r\n\r\n${QUERY}`],
    ['a list of lengths', `${HEAD}Content-Length: 1, ${QUERY.length}\r\n\r\n${QUERY}`],
    [
      'length and chunks',
      `${HEAD}Content-Length: ${QUERY.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
    ],
    ['chunks and length', `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunked}`],
    ['a coding after chunks', `${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n${chunked}`],
    ['chunks with a space', `${HEAD}Transfer-Encoding : chunked\r\n\r\n${chunked}`],
    ['a misspelt coding', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n${chunked}`],
    ['a signed length', `${HEAD}Content-Length: +${QUERY.length}\r\n\r\n${QUERY}`],
    ['a hexadecimal length', `${HEAD}Content-Length: 0x10\r\n\r\n${QUERY}`],
    [
      'a folded header',
      `${HEAD}X-A: 1\r\n Content-Length: 5\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`,
    ],
    ['a chunk without a size', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n${QUERY}\r\n0\r\n\r\n`],
    ['a lone line feed', `${HEAD.replaceAll('\r\n', '\n')}Content-Length: ${QUERY.length}\n\n${QUERY}`],
    ['a carriage return in a value', `${HEAD}X-A: a\rb\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`],
    ['a NUL in a value', `${HEAD}X-A: a\0b\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`],
    ['a bell in a value', `${HEAD}X-A: a\x07b\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`],
    ['a name with a space', `${HEAD}X A: 1\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`],
    ['no host', `POST /graphql HTTP/1.1\r\nContent-Length: 0\r\n\r\n`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
    ['a version there is not', 'GET /graphql HTTP/7.0\r\nHost: a\r\n\r\n'],
  ])('is answered 400, closed, and stored by nobody: %s', async (what, bytes) => {
    const asked = origin.count('serial');
    const socket = await connect();
    socket.send(bytes);
    const answer = await socket.answer();
    expect(answer.status).toBe(400);
    await socket.closed;
    expect(socket.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(origin.count('serial')).toBe(asked);
    // That is well-formed enough for Node to answer it itself, without a word.
    if (what === 'no host') return expect(answer.body).toBe('');
    expect(codeOf(answer)).toBe('MALFORMED_HTTP');
    expect(answer.headers.get('cache-control')).toEqual(['no-store']);
  });

  it('answers requests that were sent at once in their order', async () => {
    const socket = await connect();
    const ids = ['1', '2', '3', '4', '5', '6'];
    socket.send(
      ids.map((id) => postOf(JSON.stringify({ query: `{ product(id: "${id}") { id } }` }))).join(''),
    );
    socket.send('GET /graphql?query={serial} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await socket.closed;
    expect([...socket.text.matchAll(/"id":"(\d)"/g)].map(([, id]) => id)).toEqual(ids);
    expect(socket.text).toContain('{"data":{"serial":');
  });

  it('does not answer a broken request in the place of the good one before it', async () => {
    const socket = await connect();
    socket.send(`${postOf(QUERY)}NONSENSE\r\n\r\n`);
    await socket.closed;
    const statuses = [...socket.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(['200']);
  });

  it('answers all good requests before a broken one that came with them', async () => {
    const socket = await connect();
    const elsewhere = postOf(QUERY).replace('/graphql', '/elsewhere');
    socket.send(`${postOf(QUERY)}${postOf(QUERY)}GET /graphql?query={serial} HTTP/1.1\r\nHost: a\r\n\r\n`);
    socket.send(`${elsewhere}NONSENSE\r\n\r\n`);
    await socket.closed;
    const statuses = [...socket.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(['200', '200', '200', '404']);
  });
});

describe('other methods', () => {
  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PURGE', 'PROPFIND'])(
    'are answered 405: %s',
    async (method) => {
      const answer = await gateway.send({
        method,
        headers: { 'content-type': 'application/json', 'content-length': String(QUERY.length) },
        body: QUERY,
      });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST, QUERY']);
    },
  );

  it('are not chosen by a header', async () => {
    const asked = origin.count('renameProduct');
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const answer = await gateway.query('mutation { renameProduct(id: "9", name: "x") { id } }', {
        method: 'GET',
        headers: { [name]: 'POST' },
      });
      expect(answer.status).toBe(405);
      expect((await gateway.query('{ serial }', { headers: { [name]: 'GET' } })).status).toBe(200);
    }
    expect(origin.count('renameProduct')).toBe(asked);
  });

  it('cannot make a tunnel or another protocol of a connection', async () => {
    const tunnel = await connect();
    tunnel.send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n');
    await tunnel.closed;
    const upgrade = await sendRaw(
      postOf(QUERY, [
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
      ]),
    );
    expect(upgrade.status).toBe(200);
  });
});

describe('other paths', () => {
  it.each([
    '/',
    '/graphql/',
    '/graphql/x.css',
    '/graphql;x.js',
    '/graphql%2fx.css',
    '/graphql%3fx.css',
    '/graphql%00.css',
    '/graphql/..;/x.js',
    '/graphql/../graphql',
    '//graphql',
    '/./graphql',
    '/GraphQL',
    '/graphql%20',
    '/graphqlx',
    '/%67raphql',
    '/graphql\\x.css',
    'http://a/graphql',
    '*',
  ])('P53 are no alias of /graphql: %s', async (path) => {
    const asked = origin.count('products');
    for (const search of ['', `?query=${encodeURIComponent(PRODUCTS)}`]) {
      const answer = await sendRaw(`GET ${path}${search} HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect([answer.status, codeOf(answer)]).toEqual([404, 'NOT_FOUND']);
      expect(answer.headers.get('cache-control')).toEqual(['no-store']);
      expect(answer.headers.get('content-type')).toEqual(['application/json; charset=utf-8']);
    }
    expect(origin.count('products')).toBe(asked);
  });
});
