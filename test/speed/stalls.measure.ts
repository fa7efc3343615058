/**
 * Sends a gateway what was found to hold up others and what lies beside it, one thing at a time, and prints for each the
 * longest turn of the event loop, in processor time of the main thread. The aim is 50 ms (P47).
 *
 *   npx jest --testMatch "$PWD/test/speed/stalls.measure.ts"
 *   ONLY=answer ROUNDS=5 npx jest --testMatch "$PWD/test/speed/stalls.measure.ts"
 */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { startAnswering } from '../kit/answering';
import { Child } from '../kit/child';
import { cleanupAfterEach } from '../kit/cleanup';
import { startServing, type ServingProcess } from '../kit/lastmile';
import { startOrigin } from '../kit/origin';
import { shopTypes } from '../kit/shop-schema';
import { median } from '../kit/statistics';
import { answerTo } from './answers';
import { BOMBS, HOSTILE, HOSTILE_SCHEMA, type Hostile, type HostileRequest } from './hostile';

const AIM = 50;
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const ONLY = process.env['ONLY'] ?? '';

const cleanup = cleanupAfterEach();

/** A gateway in a process of its own. */
class Subject {
  constructor(readonly serving: ServingProcess) {}

  static async start(schema: string, upstream: string): Promise<Subject> {
    const serving = await startServing(
      { UPSTREAM_URL: upstream, UPSTREAM_TIMEOUT_MS: '60000', LOG_LEVEL: 'fatal' },
      {
        schema,
        flags: ['--require', require.resolve('./turns.cjs')],
        start: (options) => new Child({ ...options, talks: true }),
      },
    );
    return new Subject(cleanup.add(serving));
  }

  /** The longest turn of its event loop while something happens, in milliseconds of processor time. */
  async longestTurn(work: () => Promise<unknown>): Promise<number> {
    const { child } = this.serving;
    child.send('begin');
    await work();
    const { longest } = await child.ask<{ longest: number }>('end');
    return longest;
  }

  async send({
    method = 'POST',
    path = '/graphql',
    headers,
    body,
    raw,
    isAdmin,
  }: HostileRequest): Promise<string> {
    if (raw) return this.#pipeline(raw);
    const call = httpRequest({
      host: '127.0.0.1',
      port: isAdmin ? this.serving.adminPort : this.serving.port,
      method,
      path: encodeURI(path),
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    });
    call.end(body);
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return String(response.statusCode);
  }

  async #pipeline({ text, answers }: { text: string; answers: number }): Promise<string> {
    const socket = connect(this.serving.port, '127.0.0.1');
    let seen = 0;
    socket.on('data', (piece) => {
      seen += piece.toString('latin1').split('HTTP/1.1 ').length - 1;
      if (seen >= answers) socket.end();
    });
    socket.write(text);
    await once(socket, 'close');
    return `${seen} answers`;
  }
}

async function measure(
  subject: Subject,
  hostile: readonly Hostile[],
  figures: Map<string, string>,
): Promise<void> {
  for (const { name, request } of hostile) {
    if (!name.includes(ONLY)) continue;
    const turns: number[] = [];
    let status = '';
    for (let round = 0; round < ROUNDS; round++) {
      const one = request(round);
      turns.push(await subject.longestTurn(async () => (status = await subject.send(one))));
    }
    // The first is what a process meets that has compiled nothing yet.
    const [first, ...later] = turns as [number, ...number[]];
    const usual = median(later);
    const mark = usual > AIM ? 'over ' : '     ';
    const columns = [usual, Math.max(...later), first].map((ms) => ms.toFixed(1).padStart(8));
    figures.set(name, `${mark}${columns.join('')}  ${status.padEnd(12)} ${name}`);
  }
}

it('is measured', async () => {
  const figures = new Map<string, string>();
  const upstream = cleanup.add(await startAnswering(({ query }) => answerTo(query)));
  const hostile = await Subject.start(HOSTILE_SCHEMA, upstream.url);
  await measure(hostile, HOSTILE, figures);
  const shop = await Subject.start(shopTypes, cleanup.add(await startOrigin()).url);
  await measure(shop, BOMBS, figures);
  const rows = [...figures.values()].sort(
    (a, b) => Number.parseFloat(b.slice(5)) - Number.parseFloat(a.slice(5)),
  );
  process.stdout.write(
    `longest turn of the main thread, ms of processor time: median of ${ROUNDS - 1}, most, of the first; aim ${AIM}\n${rows.join('\n')}\n`,
  );
}, 1_800_000);
