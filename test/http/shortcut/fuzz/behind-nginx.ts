/**
 * Streams as they reach a front from behind an nginx that shares one connection among its clients. What lies between cuts
 * them, as a network does.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Cleanup } from '../../../kit/cleanup';
import { startNginx } from '../../../kit/nginx';
import { answersIn } from '../answers-in';
import { cutRequest, requestOf, WITH_BODY } from './pieces';
import { MAX_BODY_BYTES, sumOf, turn, type Echo } from './echo';
import { MISLED, type Plan, type Stream } from './stream';

/** Milliseconds in which an answer has to come. */
const LONGEST_WAIT = 10_000;

/** The front refuses longer heads; nginx sends them as they are. */
const SURE_HEAD = 16_000;

/** The front closes the connection after it, so that every stream has one of its own. */
const LAST: Plan = {
  kind: 'POST elsewhere',
  quirk: 'none',
  way: 'now',
  headBytes: 0,
  breakBy: null,
  bodyBytes: 1,
  isMisleading: false,
  copies: 1,
  isApart: true,
  cuts: [],
};

export class BehindNginx {
  #plans: readonly Plan[] = [];

  private constructor(
    readonly echo: Echo,
    /** of nginx */
    readonly port: number,
  ) {}

  static async start(cleanup: Cleanup, echo: Echo): Promise<BehindNginx> {
    const cutter = createServer((near) => void behind.#cut(near).catch(() => near.destroy()));
    cutter.listen(0, '127.0.0.1');
    await once(cutter, 'listening');
    cleanup.later(() => cutter.close());
    const nginx = cleanup.add(await startNginx([(cutter.address() as AddressInfo).port]));
    const behind = new BehindNginx(echo, nginx.port);
    return behind;
  }

  /**
   * Sends the requests of a stream, each from a client of its own that is answered before the next one asks.
   * @returns undefined, or who was told something else than what answers it
   */
  async findMixUp({ plans }: Stream): Promise<string | undefined> {
    this.#plans = [
      ...plans.map((plan): Plan => ({ ...plan, quirk: 'none', way: plan.way === 'held' ? 'now' : plan.way })),
      LAST,
    ];
    this.echo.reset();
    for (const [id, plan] of this.#plans.entries()) {
      const answer = await this.#ask(requestOf(plan, id), plan.kind === 'HEAD');
      const expected = expectedOf(plan, id);
      if (!expected.some((each) => answer.startsWith(each)))
        return `Client ${id} was told ${answer.slice(0, 200)}, and not ${expected.join(', or ')}`;
    }
    const { handled } = this.echo;
    if (handled.some((said) => said.includes(MISLED))) return `handled ${handled.join(', ')}`;
    return undefined;
  }

  /** @returns status and body of the first answer */
  async #ask(request: string, isHead: boolean): Promise<string> {
    const client = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    let text = '';
    const limit = setTimeout(() => client.destroy(), LONGEST_WAIT);
    try {
      return await new Promise((resolve) => {
        client.on('error', () => {});
        client.once('close', () => resolve(`nothing more than ${JSON.stringify(text)}`));
        client.setEncoding('latin1').on('data', (piece: string) => {
          text += piece;
          const [answer] =
            isHead && text.includes('\r\n\r\n') ? [{ status: text.slice(9, 12), body: '' }] : answersIn(text);
          if (answer) resolve(`${answer.status} ${answer.body.trimEnd()}`);
        });
        client.write(request, 'latin1');
      });
    } finally {
      clearTimeout(limit);
      client.destroy();
    }
  }

  /** Passes on what nginx sends, whole requests with a length, in the pieces of the plan they are of. */
  async #cut(near: Socket): Promise<void> {
    const { server, port } = this.echo.front;
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    far.pipe(near);
    near.on('error', () => {}).once('close', () => far.destroy());
    far.on('error', () => {}).once('close', () => near.destroy());
    const [connection] = await accepted;
    let text = '';
    let sent = 0;
    for await (const chunk of near.setEncoding('latin1')) {
      text += chunk as string;
      for (let whole = wholeRequest(text); whole; whole = wholeRequest(text)) {
        text = text.slice(whole.length);
        for (const { text: piece } of cutRequest(whole, this.#planOf(whole))) {
          far.write(piece, 'latin1');
          sent += piece.length;
          while (connection.bytesRead < sent && !connection.destroyed) await turn();
        }
      }
    }
  }

  #planOf(request: string): Plan {
    return this.#plans[Number(/^X-Id: (\d+)$/im.exec(request)![1])]!;
  }
}

function wholeRequest(text: string): string | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = Number(/^content-length: (\d+)$/im.exec(text.slice(0, headEnd))?.[1] ?? 0);
  const end = headEnd + 4 + length;
  return text.length < end ? undefined : text.slice(0, end);
}

/** Beginnings of what may be answered. */
function expectedOf(plan: Plan, id: number): string[] {
  const { kind, headBytes } = plan;
  const method = kind.split(' ')[0]!;
  const request = requestOf({ ...plan, kind: WITH_BODY.has(method) ? (method as Plan['kind']) : 'GET' }, id);
  const body = WITH_BODY.has(method) ? request.slice(request.indexOf('\r\n\r\n') + 4) : '';
  const said = `200 ${method} ${id} ${id} ${body.length} ${sumOf(Buffer.from(body, 'latin1'))}`;
  const answers = kind.includes('elsewhere') ? ['404 '] : method === 'HEAD' ? ['200 '] : [said];
  if (body.length > MAX_BODY_BYTES) answers.push('413 ');
  if (headBytes > SURE_HEAD) answers.push('431 ');
  return answers;
}
