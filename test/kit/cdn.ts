/**
 * A CDN in front of a gateway: keeps what it may of answers to GET (RFC 9111, as a shared cache), and is purged by Fastly's or
 * Cloudflare's API as they document it, their limits and refusals included.
 *
 *   const cdn = cleanup.add(await startCdn('surrogate-key', () => gateway.port));
 *   await cdn.get('{ products { name } }');   // { hit: true, data }
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { startLocalServer, type LocalServer } from './local-server';

export type CdnKind = 'surrogate-key' | 'cache-tag';

export const CDN_TOKEN = 'a-token-of-the-cdn';

interface Copy {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly keys: ReadonlySet<string>;
  readonly until: number;
}

export interface Got {
  readonly hit: boolean;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly data: any; // eslint-disable-line -- tests read answers of every shape
}

const SPECS = {
  'surrogate-key': { header: 'surrogate-key', separator: ' ', most: 256, path: '/service/s1' },
  'cache-tag': { header: 'cache-tag', separator: ',', most: 100, path: '/client/v4/zones/z1' },
} as const;

export class Cdn {
  /** the keys of each call of the API that was taken */
  readonly purged: string[][] = [];
  /** what the API answers for the time being, in place of doing it */
  refusing: { readonly status: number; readonly headers?: Record<string, string> } | undefined;
  /** calls that were refused */
  refused = 0;
  /** calls that came, answered or not */
  asked = 0;
  /** what its API waits for before it answers */
  holding: Promise<unknown> | undefined;
  readonly #copies = new Map<string, Copy>();

  /** Use {@link startCdn}. */
  constructor(
    readonly kind: CdnKind,
    readonly origin: () => number,
    readonly server: LocalServer,
  ) {}

  get purgeUrl(): string {
    return `http://127.0.0.1:${this.server.port}${SPECS[this.kind].path}`;
  }

  /** What a gateway is told of it. */
  get env(): Record<string, string> {
    return { CDN_TAGS: this.kind, CDN_PURGE_URL: this.purgeUrl, CDN_TOKEN };
  }

  /** Answers a GET as the CDN does. */
  async get(query: string, headers: Record<string, string> = {}): Promise<Got> {
    // Fastly looks at Vary; nothing these tests send differs in it but the token. Cloudflare does not.
    const key = `${query} ${this.kind === 'surrogate-key' ? (headers['lastmile-token'] ?? '') : ''}`;
    const copy = this.#copies.get(key);
    if (copy && copy.until > performance.now())
      return { hit: true, status: 200, headers: copy.headers, data: JSON.parse(copy.body.toString()).data };
    this.#copies.delete(key);
    const call = httpRequest({
      host: '127.0.0.1',
      port: this.origin(),
      path: `/graphql?query=${encodeURIComponent(query)}`,
      headers,
      maxHeaderSize: 65_536,
    });
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    const body = await buffer(response);
    const { header, separator } = SPECS[this.kind];
    const control = response.headers['cache-control'] ?? '';
    const seconds = Number(/\bs-maxage=(\d+)/.exec(control)?.[1] ?? 0) - Number(response.headers.age ?? 0);
    if (seconds > 0 && response.statusCode === 200 && !response.headers['set-cookie']) {
      const keys = new Set(String(response.headers[header] ?? '').split(separator));
      this.#copies.set(key, {
        body,
        headers: response.headers,
        keys,
        until: performance.now() + seconds * 1000,
      });
    }
    return {
      hit: false,
      status: response.statusCode!,
      headers: response.headers,
      data: JSON.parse(body.toString()).data,
    };
  }

  close(): Promise<void> {
    return this.server.close();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.asked++;
    await this.holding;
    const say = (status: number, json: object, headers: Record<string, string> = {}): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(json));
    if (this.refusing) {
      this.refused++;
      return say(this.refusing.status, { msg: 'Not now' }, this.refusing.headers);
    }
    const result =
      this.kind === 'surrogate-key' ? this.#fastly(request, body) : this.#cloudflare(request, body);
    if (Array.isArray(result)) {
      this.purged.push(result);
      for (const [key, { keys }] of this.#copies)
        if (result.some((each) => keys.has(each))) this.#copies.delete(key);
      return say(
        200,
        this.kind === 'surrogate-key'
          ? Object.fromEntries(result.map((each) => [each, '108-1391560174-974124']))
          : { success: true, errors: [], messages: [], result: { id: 'z1' } },
      );
    }
    this.refused++;
    return say(result.status, result.json);
  }

  #fastly({ method, url, headers }: IncomingMessage, body: string) {
    if (method !== 'POST' || url !== '/service/s1/purge')
      return { status: 404, json: { msg: 'Record not found' } };
    if (headers['fastly-key'] !== CDN_TOKEN)
      return { status: 401, json: { msg: 'Provided credentials are missing or invalid' } };
    const { surrogate_keys: keys } = JSON.parse(body) as { surrogate_keys: string[] };
    return keys.length <= SPECS['surrogate-key'].most
      ? keys
      : { status: 400, json: { msg: 'Bad request', detail: 'Too many surrogate keys' } };
  }

  #cloudflare({ method, url, headers }: IncomingMessage, body: string) {
    const fail = (status: number, message: string) => ({
      status,
      json: { success: false, errors: [{ code: 1000, message }], messages: [], result: null },
    });
    if (method !== 'POST' || url !== '/client/v4/zones/z1/purge_cache') return fail(404, 'No route');
    if (headers.authorization !== `Bearer ${CDN_TOKEN}`) return fail(403, 'Authentication error');
    const { tags } = JSON.parse(body) as { tags: string[] };
    return tags.length <= SPECS['cache-tag'].most ? tags : fail(400, 'Too many tags');
  }
}

export async function startCdn(kind: CdnKind, origin: () => number): Promise<Cdn> {
  const server: LocalServer = await startLocalServer((request, response) => cdn.answer(request, response));
  const cdn = new Cdn(kind, origin, server);
  return cdn;
}
