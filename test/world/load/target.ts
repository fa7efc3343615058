import { Pool } from 'undici';
import { now } from '../clock';
import { pause } from '../../kit/until';

/** Milliseconds a client waits before it does anything else, when nobody answers. */
const REST_MS = 100;

/** What came back for one operation. */
export interface Reply {
  /** 0: nothing came back */
  readonly status: number;
  readonly cacheStatus: string;
  readonly token: string | undefined;
  readonly text: string;
  /** monotonic milliseconds */
  readonly began: number;
  readonly ended: number;
}

/** A place operations are sent to: a gateway, or the origin. */
export class Target {
  readonly #pool: Pool;
  readonly #path: string;

  constructor(port: number, path = '/graphql') {
    this.#path = path;
    this.#pool = new Pool(`http://127.0.0.1:${port}`, {
      connections: 64,
      pipelining: 1,
      headersTimeout: 15_000,
      bodyTimeout: 15_000,
      keepAliveTimeout: 60_000,
    });
  }

  /** Never rejects: a target that is away is part of the world. */
  async ask(body: string, headers: Readonly<Record<string, string>>): Promise<Reply> {
    const began = now();
    try {
      const response = await this.#pool.request({
        path: this.#path,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      const text = await response.body.text();
      const token = response.headers['lastmile-token'];
      return {
        status: response.statusCode,
        cacheStatus: String(response.headers['cache-status'] ?? ''),
        token: typeof token === 'string' ? token : undefined,
        text,
        began,
        ended: now(),
      };
    } catch {
      // Counted as not answered: with faults under way that is what clients meet.
      const ended = now();
      await pause(REST_MS);
      return { status: 0, cacheStatus: '', token: undefined, text: '', began, ended };
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
