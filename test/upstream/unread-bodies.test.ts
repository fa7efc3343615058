/** A body that nobody reads to its end keeps its connection, and upstream has a limited number of them. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { DefaultCacheControl } from '../../src/upstream/storage-hints';
import { Introspector } from '../../src/schema/introspect';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { PATIENCE, within } from '../kit/until';
import { connect, request, single } from './ask';
import { json, startOrigin } from './origin';

const cleanup = cleanupAfterEach();

/** More than a stream takes in before it is read, and more than one read of a connection. */
const NOISE = randomBytes(96 * 1024);
const GZIP = gzipSync(NOISE);
const LONG_JSON = gzipSync(JSON.stringify({ data: { a: NOISE.toString('hex') } }));

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: Buffer): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** The first part of an answer in parts, and nothing after it. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'multipart/mixed; boundary="-"' });
  response.write('\r\n---\r\ncontent-type: application/json\r\n\r\n{"data":{"a":1},"hasNext":true}\r\n---');
}

const busy = (response: ServerResponse) =>
  send(response, 503, { 'content-type': 'text/html', 'content-encoding': 'gzip' }, GZIP);

describe('bodies that are not read to their end', () => {
  it('leave upstream within reach after a thousand large compressed 503s', async () => {
    const refused = new Set<string>();
    const origin = cleanup.add(
      await startOrigin((response, { body }) => {
        if (refused.has(body.query)) return json(response, { data: { a: 1 } });
        refused.add(body.query);
        return busy(response);
      }),
    );
    const upstream = connect(cleanup, origin.url, { retries: 1 });
    const ask = async (name: string) => single(await upstream.execute(request(`query ${name} { a }`))).data;
    for (let from = 0; from < 1000; from += 20) {
      const names = Array.from({ length: 20 }, (_, index) => `Q${from + index}`);
      const all = await within(PATIENCE, `answers from ${from} on`, Promise.all(names.map(ask)));
      expect(all).toEqual(names.map(() => ({ a: 1 })));
    }
    expect(origin.seen).toHaveLength(2000);
  });

  const cases: [string, (response: ServerResponse) => void][] = [
    ['a 503, asked for again', busy],
    ['a redirect', (response) => send(response, 302, { location: '/x', 'content-encoding': 'gzip' }, GZIP)],
    ['what is no JSON', (response) => send(response, 200, { 'content-encoding': 'gzip' }, GZIP)],
    ['what is too large', (response) => send(response, 200, { 'content-encoding': 'gzip' }, LONG_JSON)],
    [
      'a coding that was not asked for',
      (response) => send(response, 200, { 'content-encoding': 'zstd' }, NOISE),
    ],
    ['a broken coding', (response) => send(response, 200, { 'content-encoding': 'br' }, NOISE)],
    ['an answer in parts to a plain query', endless],
    [
      'events to a plain query',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('event: next\ndata: {"data":{"a":1}}\n\n');
      },
    ],
  ];

  it.each(cases)('leave the only connection free: %s', async (_name, spoil) => {
    const origin = cleanup.add(
      await startOrigin((response, _seen, count) =>
        count % 2 === 1 ? spoil(response) : json(response, { data: { a: 1 } }),
      ),
    );
    const options = { maxConnections: 1, maxAnswerBytes: 10_000, retries: 1 };
    const upstream = connect(cleanup, origin.url, options);
    const ask = () => within(PATIENCE, 'an answer', upstream.execute(request('{ a }')));
    for (let round = 0; round < 3; round++) {
      const spoilt = await ask();
      const next = spoilt.answered ? spoilt : await ask();
      expect(['UPSTREAM_BAD_ANSWER', 'UPSTREAM_ANSWER_TOO_LARGE', undefined]).toContain(spoilt.fault?.code);
      expect(single(next).data).toEqual({ a: 1 });
    }
    expect(origin.seen).toHaveLength(6);
  });

  it('leave the only connection free when their client goes away', async () => {
    const origin = cleanup.add(
      await startOrigin((response, _seen, count) => {
        if (count === 2) return json(response, { data: { a: 1 } });
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.write(LONG_JSON.subarray(0, 60_000));
        setImmediate(() => controller.abort());
      }),
    );
    const controller = new AbortController();
    const upstream = connect(cleanup, origin.url, { maxConnections: 1 });
    const left = await upstream.execute(request('{ a }', { signal: controller.signal }));
    expect(left.fault?.code).toBe('ABANDONED');
    const next = await within(PATIENCE, 'the next answer', upstream.execute(request('{ a }')));
    expect(single(next).data).toEqual({ a: 1 });
  });

  it('leave the connection of introspection free, and that of the question for habits', async () => {
    const origin = cleanup.add(
      await startOrigin((response, _seen, count) =>
        count < 3 ? endless(response) : json(response, { data: { __typename: 'Query' } }),
      ),
    );
    const upstream = connect(cleanup, origin.url, { maxConnections: 1 });
    await expect(within(PATIENCE, 'a refusal', new Introspector(upstream).read())).rejects.toMatchObject({
      code: 'UPSTREAM_BAD_ANSWER',
    });
    await within(PATIENCE, 'the question for habits', new DefaultCacheControl(upstream).learn());
    const next = await within(PATIENCE, 'the next answer', upstream.execute(request('{ __typename }')));
    expect(single(next).data).toEqual({ __typename: 'Query' });
  });

  it('end upstream when a client that takes no parts defers', async () => {
    let closed: Promise<void> | undefined;
    const origin = cleanup.add(
      await startOrigin((response) => {
        closed = new Promise((resolve) => response.once('close', resolve));
        endless(response);
      }),
    );
    const schema = `
      directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
      type Query { a: Int }
    `;
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }, { schema }));
    const answer = await gateway.query('{ ... @defer { a } }', { headers: { accept: 'application/json' } });
    expect(answer.status).toBe(406);
    await within(PATIENCE, 'upstream noticed', closed!);
  });
});
