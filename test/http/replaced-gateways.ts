/** Gateways that are replaced, one after another, behind nginx, while clients go on asking. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Cleanup } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { startServing } from '../kit/lastmile';
import { startNginx, type TurningNginx } from '../kit/nginx';
import { startOrigin } from '../kit/origin';
import { shopTypes } from '../kit/shop-schema';
import { until } from '../kit/until';

export interface ReplacementOptions {
  /** milliseconds; DRAIN_DELAY_MS */
  readonly delayMs: number;
  /** whether somebody sees that a gateway is not ready, and tells nginx; else nginx finds out by itself */
  readonly isWatched: boolean;
  /** requests under way at once */
  readonly clients: number;
  /** whether each gateway is a process of its own, as in earnest; default false: all live in this one */
  readonly isApart?: boolean;
}

interface Replaceable {
  readonly port: number;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

const QUERY = JSON.stringify({ query: '{ product(id: "1") { name } }' });
const MUTATION = JSON.stringify({ query: 'mutation { likeProduct(id: "1") { likes } }' });

export class ReplacedGateways {
  /** what came of requests: status, or the code of an error -> how often */
  readonly ends = new Map<string, number>();
  readonly #options: ReplacementOptions;
  readonly #env: Record<string, string>;
  readonly #gateways: Replaceable[];
  readonly #nginx: TurningNginx;
  readonly #agent = new Agent({ keepAlive: false });
  #isOver = false;
  #clients: Promise<unknown> = Promise.resolve();

  private constructor(
    options: ReplacementOptions,
    env: Record<string, string>,
    gateways: Replaceable[],
    nginx: TurningNginx,
  ) {
    this.#options = options;
    this.#env = env;
    this.#gateways = gateways;
    this.#nginx = nginx;
  }

  static async start(cleanup: Cleanup, options: ReplacementOptions): Promise<ReplacedGateways> {
    const origin = cleanup.add(await startOrigin());
    const env = { UPSTREAM_URL: origin.url, DRAIN_DELAY_MS: `${options.delayMs}` };
    const gateways = [await startOne(options, env), await startOne(options, env)];
    cleanup.later(async () => void (await Promise.all(gateways.map((gateway) => gateway.stop()))));
    const nginx = cleanup.add(
      await startNginx(
        gateways.map(({ port }) => port),
        { kept: 32, repeats: !options.isWatched },
      ),
    );
    const replaced = new ReplacedGateways(options, env, gateways, nginx);
    replaced.#clients = Promise.all(Array.from({ length: options.clients }, () => replaced.#ask()));
    cleanup.later(() => replaced.end());
    return replaced;
  }

  get requests(): number {
    return [...this.ends.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Requests that did not get the gateway's answer. */
  get lost(): number {
    return this.requests - (this.ends.get('200') ?? 0);
  }

  /** What nginx has to say of those that were lost. */
  get said(): readonly string[] {
    return this.#nginx.child.lines.filter((line) => /\[(error|warn|crit)\]/.test(line));
  }

  /** As a deploy does: the next is started, the old one is told to end, and whoever looks at its health sees that. */
  async replace(): Promise<void> {
    const old = this.#gateways.shift()!;
    if (!this.#options.isWatched) {
      await old.stop();
      // Always the same: nginx leaves out a server that failed for ten seconds, and would have none left.
      this.#gateways.unshift(await startOne(this.#options, { ...this.#env, PORT: `${old.port}` }));
      return;
    }
    this.#gateways.push(await startOne(this.#options, this.#env));
    const stopped = old.stop();
    await until(
      'it says not ready',
      async () => (await fetch(`${old.adminUrl}/health/ready`)).status === 503,
    );
    await this.#nginx.retarget(this.#gateways.map(({ port }) => port));
    await stopped;
  }

  /** So many more requests. */
  async go(count: number): Promise<void> {
    const wanted = this.requests + count;
    await until(`${count} more requests were answered`, () => this.requests >= wanted, { within: 600_000 });
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#clients;
    this.#agent.destroy();
  }

  /** One client: a mutation in ten, each on a connection of its own, so that only the gateways' connections are kept. */
  async #ask(): Promise<void> {
    for (let count = 0; !this.#isOver; count++) {
      const end = await this.#one(count % 10 === 9 ? MUTATION : QUERY);
      this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    }
  }

  #one(body: string): Promise<string> {
    return new Promise((resolve) => {
      const call = request({
        host: '127.0.0.1',
        port: this.#nginx.port,
        path: '/graphql',
        method: 'POST',
        agent: this.#agent,
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      });
      call.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
      call.once('response', (response) => {
        text(response).then(
          (answer) =>
            resolve(answer.includes('"data"') ? `${response.statusCode}` : `${response.statusCode} no data`),
          ({ code }: NodeJS.ErrnoException) => resolve(`${response.statusCode} ${code}`),
        );
      });
      call.end(body);
    });
  }
}

function startOne(
  { isApart = false }: ReplacementOptions,
  env: Record<string, string>,
): Promise<Replaceable> {
  return isApart ? startServing(env, { schema: shopTypes }) : startGateway(env);
}
