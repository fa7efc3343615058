import { createServer } from 'node:net';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoctorOptions, OptionsCheck } from '../../src/doctor/check';
import { UPSTREAM_CHECKS } from '../../src/doctor/checks/upstream';
import { cleanupAfterAll } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { LocalServer } from '../kit/local-server';

const cleanup = cleanupAfterAll();

let answer: (response: ServerResponse, request: IncomingMessage) => void;
let url: string;
let asked: IncomingMessage[] = [];

beforeAll(async () => {
  const server = new LocalServer((request, response) => {
    asked.push(request);
    request.resume().on('end', () => answer(response, request));
  });
  await server.listen(0);
  cleanup.later(() => server.close());
  ({ url } = server);
});

beforeEach(() => (asked = []));

const says =
  (status: number, body: string, type = 'application/json') =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': type }).end(body);

async function found(at = url, timeoutMs = 10_000): Promise<string> {
  const upstream = { url: at, timeoutMs, headers: { 'x-key': 'k' }, replica: undefined };
  const [{ id, run }] = UPSTREAM_CHECKS as [OptionsCheck];
  const observations = await run({ upstream } as unknown as DoctorOptions);
  return observations.map(({ severity, what, remedy }) => `${severity} ${id} ${what} | ${remedy}`).join('\n');
}

describe('the doctor, of the API behind the gateway,', () => {
  it.each([
    [
      200,
      '{"data":{"__typename":"Query"}}',
      'application/json',
      /^ok upstream .* answers in \d+ ms with status 200 \| $/,
    ],
    [
      401,
      '{"errors":[{"message":"no"}]}',
      'application/json',
      /^warning .*status 401: it requires cred.*UPSTREAM_HEADERS.*SCHEMA_HEADERS/,
    ],
    [403, 'Forbidden', 'text/plain', /^warning .*status 403: it requires credentials/],
    [
      404,
      'Cannot POST /',
      'text/plain',
      /^error .*status 404: there is no GraphQL API \| Check the path in UPSTREAM_URL/,
    ],
    [404, '{"errors":[{"message":"nothing"}]}', 'application/json', /^error .*status 404/],
    [
      200,
      '<h1>It works</h1>',
      'text/html',
      /^error .*not with GraphQL: status 200, text\/html.*Check host and path in UPSTREAM_URL/,
    ],
    [500, 'oops', 'text/plain', /^error .*not with GraphQL: status 500.*See the log of the API/],
    [
      200,
      '{"errors":[{"message":"unknown document"}]}',
      'application/json',
      /^warning .*with an error.*unknown document.*known documents/,
    ],
  ])('of %i %s (%s) says where, how and what to do', async (status, body, type, wanted) => {
    answer = says(status, body, type);
    const told = await found();
    expect(told).toMatch(wanted);
    expect(told).toContain(`the GraphQL API at ${new URL(url).host}/`);
  });

  it('asks once, with the headers of the gateway', async () => {
    answer = says(503, '{"errors":[{"message":"later"}]}');
    await found();
    expect(asked.map(({ headers, method }) => [method, headers['x-key']])).toEqual([['POST', 'k']]);
  });

  it('says of one that is not there, or is silent, what is so', async () => {
    expect(await found('http://127.0.0.1:1/graphql')).toMatch(
      /^error upstream .*:\d+\/graphql is not there: nothing listens.* \(ECONNREFUSED\) \| Start it, .* UPSTREAM_URL/,
    );
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanup.later(() => void silent.close());
    const { port: at } = silent.address() as { port: number };
    expect(await found(`http://127.0.0.1:${at}/`, 50)).toMatch(
      /^error upstream .* does not answer in time \(no complete answer within 50 ms\)/,
    );
  });

  it('shows nothing that a URL may hold of secrets', async () => {
    answer = says(200, '{"data":{"__typename":"Query"}}');
    expect(await found(`${url}?token=canary`)).not.toContain('canary');
  });

  it('is asked by the command, also without a Redis, and an error ends it with 1', async () => {
    answer = says(404, 'nothing');
    const env = { UPSTREAM_URL: url, ADMIN_PORT: '0' };
    const { status, output } = await runCommand(['doctor', '--json'], env);
    expect(status).toBe(1);
    expect(JSON.parse(output)).toEqual([
      expect.objectContaining({ id: 'upstream', severity: 'error' }),
      expect.objectContaining({ id: 'reach', severity: 'warning' }),
    ]);
  });
});
