import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
  string,
  tuple,
} from 'fast-check';
import { LONGEST_HEAD, MessageReader, type Message } from '../../../src/http/shortcut/read-message';
import { until } from '../../kit/until';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** undefined until all of it was read */
  body: string | undefined;
}

/** What node:http makes of bytes: the requests it read, and whether it then gave up. */
interface Seen {
  readonly requests: Request[];
  isRefused: boolean;
}

const LAST = 'GET /last HTTP/1.1\r\nHost: last\r\n\r\n';

let server: Server;
let seen: Seen;

beforeAll(async () => {
  server = createServer((message, response) => {
    const { method = '', url = '', headers } = message;
    const request: Request = { method, url, headers, body: undefined };
    seen.requests.push(request);
    void buffer(message).then((body) => (request.body = body.toString('latin1')));
    response.end();
  });
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
    // Not the end of a connection that a test is done with.
    if (code?.startsWith('HPE_')) seen.isRefused = true;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => server.close());

/** Sends a text, and one more request behind it: if that is read as it is, the text was framed as it should be. */
async function whatNodeReads(text: string): Promise<Seen> {
  const mine: Seen = { requests: [], isRefused: false };
  seen = mine;
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {}).resume();
  socket.write(Buffer.from(text + LAST, 'latin1'));
  const isLast = ({ url, body }: Request) => url === '/last' && body !== undefined;
  await until('node has read it', () => mine.isRefused || mine.requests.some(isLast));
  socket.destroy();
  return mine;
}

const name = oneof(
  constantFrom(
    'Host',
    'host',
    'Accept',
    'Content-Type',
    'Cookie',
    'X-A',
    'Content-Length',
    'Connection',
    'Keep-Alive',
  ),
  constantFrom(
    'Transfer-Encoding',
    'Upgrade',
    'Expect',
    'TE',
    'Trailer',
    'Proxy-Connection',
    'Set-Cookie',
    '__proto__',
  ),
  constantFrom(
    'constructor',
    'toString',
    'X_A',
    'X A',
    'X:A',
    '',
    ' X',
    'X ',
    'X\tA',
    'É',
    '{',
    'a-b-c',
    '-',
  ),
);
const value = oneof(
  { weight: 3, arbitrary: constantFrom('a', 'application/json', '0', '3', '5', '12', 'keep-alive', 'close') },
  constantFrom(
    '',
    ' ',
    'a b',
    ' a',
    'a ',
    '\ta',
    'a\tb',
    'é',
    '\x00',
    '\x7f',
    'a\rb',
    'a\nb',
    'a\r\n b',
    'chunked',
    '+3',
    '3,3',
  ),
  constantFrom(
    'keep-alive, close',
    'Keep-Alive',
    'upgrade',
    '100-continue',
    '03',
    '3 ',
    '0x3',
    '-1',
    '99999999999',
    'a'.repeat(300),
  ),
);
const line = oneof(
  {
    weight: 8,
    arbitrary: tuple(name, constantFrom(': ', ':', ':  ', ' : ', ':\t', ' '), value).map((parts) =>
      parts.join(''),
    ),
  },
  constantFrom('', ' folded', '\tfolded', 'no colon', ':', 'a:b:c'),
);
const target = oneof(
  { weight: 4, arbitrary: constantFrom('/', '/graphql', '/graphql?query={a}', '/a?b=%20&c="<>`|{}\\^') },
  constantFrom('', '*', 'http://a/', '/a#b', '/a b', '/é', '/\t', '//a', 'a', '/\x7f', '/a?#', '/;:@&=+$,'),
);
const text = record({
  begin: oneof({ weight: 12, arbitrary: constant('') }, constantFrom('\r\n', '\n', ' ', '\r\n\r\n')),
  method: oneof(
    { weight: 8, arbitrary: constantFrom('GET', 'POST') },
    constantFrom('HEAD', 'PUT', 'get', 'OPTIONS', 'ABC', 'CONNECT', 'PRI', 'G', ''),
  ),
  gap: oneof({ weight: 12, arbitrary: constant(' ') }, constantFrom('  ', '\t', '')),
  target,
  version: oneof(
    { weight: 12, arbitrary: constant('HTTP/1.1') },
    constantFrom('HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ', ''),
  ),
  host: oneof({ weight: 8, arbitrary: constant(['Host: a']) }, constant([])),
  lines: array(line, { maxLength: 4 }),
  end: oneof({ weight: 12, arbitrary: constant('\r\n') }, constantFrom('\n', '\r', '\r\r\n')),
  bodyBytes: integer({ min: 0, max: 6 }),
  body: string({ maxLength: 6 }),
  declares: oneof({ weight: 3, arbitrary: constant(true) }, constant(false)),
}).map(({ begin, method, gap, target: at, version, host, lines, end, body, declares }) => {
  const length = declares ? [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`] : [];
  return [`${begin}${method}${gap}${at} ${version}`, ...host, ...lines, ...length, '', body].join(end);
});

it('reads a request as node:http does, or leaves it to it', async () => {
  const reader = new MessageReader();
  let accepted = 0;
  await assert(
    asyncProperty(text, async (sent) => {
      const read = reader.read(sent);
      if (typeof read === 'string' || read.end > sent.length) return;
      accepted++;
      // Known by now, so not read anew.
      for (let times = 0; times < 8; times++) expect(reader.read(sent)).toEqual(read);
      const { requests, isRefused } = await whatNodeReads(sent.slice(0, read.end));
      // What node refuses may be refused: the front hands it on where it is no GET or POST.
      if (read.method !== 'GET' && read.method !== 'POST' && isRefused) return;
      expect(isRefused).toBe(false);
      expect(requests[0]).toEqual({
        method: read.method,
        url: read.target,
        headers: { ...read.headers },
        body: sent.slice(read.bodyStart, read.end),
      });
      expect(requests[1]).toMatchObject({ url: '/last', headers: { host: 'last' } });
    }),
    { numRuns: 3000 },
  );
  // Else there would be nothing to compare.
  expect(accepted).toBeGreaterThan(200);
});

describe('a request of the usual form', () => {
  const usual = 'POST /graphql?a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX-Empty:\r\n\r\n{}';

  it('is read whole', () => {
    const read = new MessageReader().read(usual) as Message;
    expect(read).toEqual({
      method: 'POST',
      target: '/graphql?a',
      headers: { host: 'a', 'content-length': '2', 'x-empty': '' },
      bodyStart: usual.length - 2,
      end: usual.length,
    });
  });

  it('is soon known by its headers, which nobody can change then', () => {
    const reader = new MessageReader();
    const headers = Array.from({ length: 20 }, () => (reader.read(usual) as Message).headers);
    expect(headers[19]).toBe(headers[18]);
    expect(Object.isFrozen(headers[19])).toBe(true);
    expect(headers[19]).toEqual(headers[0]);
  });

  it('is partial as long as its head is, and its end is known before its body is there', () => {
    const reader = new MessageReader();
    for (let length = 0; length < usual.length - 2; length++)
      expect(reader.read(usual.slice(0, length))).toBe('partial');
    expect(reader.read(usual.slice(0, -2))).toMatchObject({ end: usual.length });
  });
});

it('is no partial head when all of the longest head is there, and no end of it', () => {
  const begin = 'GET / HTTP/1.1\r\nHost: a\r\nX: '.padEnd(LONGEST_HEAD, 'a');
  const reader = new MessageReader();
  expect(reader.read(begin.slice(0, -1))).toBe('partial');
  expect(reader.read(begin)).toBe('unusual');
  expect(reader.read(`${begin.slice(0, -4)}\r\n\r\n`)).toMatchObject({ end: LONGEST_HEAD });
  expect(reader.read(`${begin.slice(0, -3)}\r\n\r\n`)).toBe('unusual');
});

it.each([
  ['a second header of one name', 'GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 2\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a folded line', 'GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n'],
  ['a bare line feed', 'GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\nX: 1\r\n\r\n'],
  ['an older version', 'GET / HTTP/1.0\r\nHost: a\r\n\r\n'],
  ['an empty line before', '\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an absolute target', 'GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a connection to close', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ['a header named by its connection', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x\r\n\r\n'],
  ['a space before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
  ['a length with a sign', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx'],
  ['a long head', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(9000)}\r\n\r\n`],
])('leaves to node:http what has %s', (_, sent) => {
  expect(new MessageReader().read(sent)).toBe('unusual');
});
