/** The origin: the example API over HTTP, in a process of its own, with a history of all that ever was true. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createYoga } from 'graphql-yoga';
import { createExampleData } from '../../../src/example/data';
import { createExampleSchema } from '../../../src/example/schema';
import type { ExampleContext } from '../../../src/example/input';
import { ANSWERED_PATH, asksForData, DIRECT_PATH } from './answered';
import { recordHistory } from './history';

const { PORT, SEED, SERVICE_MS, CONTROLS = '' } = process.env;
const controls = CONTROLS.split(',');
const crossesUsers = controls.includes('crossed-users');
const isStale = controls.includes('stale-origin');
/** Of how many requests one is answered wrongly under a control. */
const LIES = 10;

const data = createExampleData(Number(SEED));
const history = recordHistory(data);
let asked = 0;
const answered = { calls: 0, bytes: 0 };
/** the first answer to each question: what an origin with a cache that nobody purges would say */
const first = new Map<string, string>();

const yoga = createYoga<{ headers: Record<string, string> }, ExampleContext>({
  schema: createExampleSchema({ data, serviceTimeMs: Number(SERVICE_MS) }),
  context: ({ request }) => ({ headers: Object.fromEntries(request.headers) }),
  logging: false,
  graphiql: false,
  landingPage: false,
  maskedErrors: false,
});

async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const from = /^\/history\?from=(\d+)$/.exec(message.url ?? '')?.[1];
  if (from !== undefined) {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(history.since(Number(from))));
    return;
  }
  if (message.url === ANSWERED_PATH) {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answered));
    return;
  }
  asked++;
  const body = await text(message);
  const question = `${message.headers.authorization ?? ''} ${body}`;
  const headers = { ...message.headers } as Record<string, string>;
  if (crossesUsers && headers['authorization'] && asked % LIES === 0)
    headers['authorization'] = 'Bearer traveller-30';
  const reply = await yoga.fetch('http://origin/graphql', { method: 'POST', headers, body }, { headers });
  const json = await reply.text();
  const said = isStale && asked % LIES === 0 ? (first.get(question) ?? json) : json;
  if (isStale && !first.has(question)) first.set(question, json);
  if (message.url !== DIRECT_PATH && asksForData(body)) {
    answered.calls++;
    answered.bytes += Buffer.byteLength(said);
  }
  response.writeHead(reply.status, { 'content-type': 'application/json' });
  response.end(said);
}

const server = createServer((message, response) => {
  answer(message, response).catch((error: unknown) => {
    // A client that hung up; nothing else is expected to fail here, and if it does the run shows the line.
    process.stderr.write(`${String(error)}\n`);
    response.destroy();
  });
});
server.keepAliveTimeout = 120_000;
server.listen(Number(PORT ?? 0), '127.0.0.1', () => {
  process.stdout.write(`listening at ${(server.address() as AddressInfo).port}\n`);
});
process.on('disconnect', () => process.exit(0));
