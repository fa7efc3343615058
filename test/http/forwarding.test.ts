import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../../src/http/listen';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin, type Origin } from '../kit/origin';
import { connectTo, postOf } from './raw';

const cleanup = cleanupAfterEach();

async function start(env: Record<string, string> = {}): Promise<{ origin: Origin; gateway: GatewayProcess }> {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }));
  return { origin, gateway };
}

/** Headers a client may send that say who asks, for whom, from where, or how to pass it on. */
const ANYTHING: Record<string, string> = {
  forwarded: 'for=evil;host=evil.example',
  'x-forwarded-for': '1.2.3.4',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'gopher',
  'x-forwarded-prefix': '/evil',
  'x-real-ip': '1.2.3.4',
  'x-original-url': '/evil',
  'x-rewrite-url': '/evil',
  'x-host': 'evil.example',
  'x-http-method-override': 'DELETE',
  'accept-language': 'xx',
  'accept-charset': 'utf-16',
  'user-agent': 'evil',
  referer: 'https://evil.example',
  origin: 'https://evil.example',
  dnt: '1',
  range: 'bytes=0-1',
  'if-modified-since': 'Mon, 23 Nov 2026 00:00:00 GMT',
  'if-match': '"x"',
  'surrogate-capability': 'evil',
  'cdn-loop': 'evil',
  'next-resume': '1',
  'lastmile-purged': '1-1 WyIqIl0',
  'lastmile-debug': '1',
  'proxy-authorization': 'Basic eDp5',
  te: 'trailers',
  'x-unknown': 'evil',
};

describe('P56 what upstream is sent', () => {
  it('P56 is only what the gateway says itself, unless a header is listed', async () => {
    const { origin, gateway } = await start();
    await gateway.query('{ products { name } }', { headers: ANYTHING });
    await gateway.query('{ serial }', { headers: ANYTHING });
    await gateway.query('mutation { likeProduct(id: "1") { likes } }', { headers: ANYTHING });
    const received = origin.received.slice(-3);
    for (const { headers, method, url } of received) {
      expect(Object.keys(headers).sort()).toEqual([
        'accept',
        'accept-encoding',
        'connection',
        'content-length',
        'content-type',
        'host',
        // drawn for this request, where its client sent none
        'x-request-id',
      ]);
      expect([method, url, headers.host]).toEqual(['POST', '/graphql', new URL(origin.url).host]);
    }
  });

  it('P56 is listed headers as they came, and those that come twice as one', async () => {
    const { origin, gateway } = await start({
      FORWARD_HEADERS: 'x-forwarded-for, x-trace',
      VARY: 'accept-language',
    });
    const socket = cleanup.add(await connectTo(gateway.port));
    const headers = [
      'X-Forwarded-For: 1.1.1.1',
      'X-Forwarded-For: 2.2.2.2',
      'X-Trace:  spaced  out ',
      'Accept-Language: de',
    ];
    socket.send(postOf('{"query":"{ serial }"}', [...headers, 'X-Unlisted: 1']));
    expect((await socket.answer()).status).toBe(200);
    const sent = origin.received.at(-1)!.headers;
    expect(sent['x-forwarded-for']).toBe('1.1.1.1, 2.2.2.2');
    expect(sent['x-trace']).toBe('spaced  out');
    expect(sent['accept-language']).toBe('de');
    expect(sent['x-unlisted']).toBeUndefined();
  });

  it('P56 is none of what a request means for its own connection, although it is listed', async () => {
    const { origin, gateway } = await start({ FORWARD_HEADERS: 'x-trace', VARY: 'x-tenant' });
    const socket = cleanup.add(await connectTo(gateway.port));
    const query = JSON.stringify({ query: '{ header(name: "x-tenant") }' });
    socket.send(
      postOf(query, ['X-Trace: 1', 'X-Tenant: 2', 'Connection: X-Trace, x-tenant', 'Keep-Alive: 5']),
    );
    expect((await socket.answer()).body).toBe('{"data":{"header":null}}');
    const sent = origin.received.at(-1)!.headers;
    expect([sent['x-trace'], sent['x-tenant'], sent['keep-alive']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    // The answer without the header is not that for a request with it.
    expect(
      (await gateway.query('{ header(name: "x-tenant") }', { headers: { 'x-tenant': '2' } })).data.header,
    ).toBe('2');
  });

  it.each(['evil.example', 'localhost:1', '127.0.0.1:1/x', 'a@b'])(
    'P56 goes to the one upstream, whatever Host says: %s',
    async (host) => {
      const { origin, gateway } = await start();
      const answer = await gateway.query('{ serial }', { headers: { host, ...ANYTHING } });
      expect(answer.data.serial).toBe(1);
      expect(origin.count('serial')).toBe(1);
    },
  );
});

describe('P56 what upstream answers', () => {
  /** An upstream that is not the shop: answers one way, and counts. */
  async function startServer(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<{
    readonly url: string;
    readonly count: () => number;
  }> {
    let count = 0;
    const server = createServer((request, response) => {
      count++;
      request.resume();
      answer(request, response);
    });
    const port = await listen(server, 0, '127.0.0.1');
    cleanup.later(() => {
      server.close();
      server.closeAllConnections();
    });
    return { url: `http://127.0.0.1:${port}/graphql`, count: () => count };
  }

  it.each([301, 302, 303, 307, 308])('P56 is not followed elsewhere: %d', async (status) => {
    const elsewhere = await startServer((_, response) =>
      response.setHeader('content-type', 'application/json').end('{"data":{"serial":666}}'),
    );
    const upstream = await startServer((_, response) =>
      response.writeHead(status, { location: elsewhere.url }).end(),
    );
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: upstream.url }));
    for (const query of ['{ serial }', '{ products { name } }', 'mutation { touchNothing }']) {
      const answer = await gateway.query(query);
      expect(answer.errors?.[0]?.extensions?.['code']).toBe('UPSTREAM_BAD_ANSWER');
      expect(answer.text).not.toContain(elsewhere.url);
      expect(answer.headers.location).toBeUndefined();
    }
    expect(elsewhere.count()).toBe(0);
    expect(upstream.count()).toBeGreaterThan(0);
  });

  it('P56 reaches the client without headers of its own but cookies and those that are listed', async () => {
    const { origin, gateway } = await start();
    origin.answerHeaders = {
      'x-powered-by': 'secret-framework/1.2',
      server: 'secret',
      via: '1.1 secret.internal',
      'www-authenticate': 'Basic',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=99999',
      etag: '"upstream"',
      age: '7',
      'content-security-policy': 'x',
      'set-cookie': ['a=1'],
    };
    const names = 'cache-control|cache-status|connection|content-length|content-type|date|keep-alive|vary';
    for (const query of [
      '{ products { name } }',
      '{ products { name } }',
      '{ serial }',
      'mutation { touchNothing }',
    ]) {
      const { headers, text } = await gateway.query(query);
      const others = Object.keys(headers).filter((name) => !names.split('|').includes(name));
      expect(others.sort()).toEqual(['set-cookie', 'www-authenticate']);
      expect(text).not.toContain('secret');
      expect(headers['cache-control']).toBe('no-store');
    }
  });
});
