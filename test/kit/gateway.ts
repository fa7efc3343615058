/**
 * A whole gateway in this process, on a port of its own, in front of whatever UPSTREAM_URL names.
 *
 *   const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }));
 *   const { data, cacheStatus } = await gateway.query('{ products { name } }');
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest, Agent, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { serve, type Served } from '../../src/server/serve';
import { readConfig } from '../../src/config/read-config';
import { createLog, type Log } from '../../src/report/log';
import { temporaryFolder } from './folder';
import { expectReason } from './reason';
import { shopTypes } from './shop-schema';
import { ended, until } from './until';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** `Cache-Status` without the cache's name: `hit; ttl=59`, `fwd=uri-miss; stored` */
  readonly cacheStatus: string;
  readonly token: string | undefined;
  readonly text: string;
  /** `data` of the answer; undefined when the body is no JSON or has none */
  readonly data: any; // eslint-disable-line -- tests read answers of every shape
  readonly errors: { message: string; path?: unknown[]; extensions?: Record<string, unknown> }[] | undefined;
  readonly extensions: any; // eslint-disable-line -- as above
}

export interface AskOptions {
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly headers?: Record<string, string>;
  readonly method?: 'POST' | 'GET' | 'HEAD' | 'QUERY';
  readonly signal?: AbortSignal;
}

/** REDIS_TIMEOUT_MS where a test does not show what a time-out does: none passes because a busy machine was slow for a moment. */
export const UNHURRIED_MS = '5000';

export class GatewayProcess {
  readonly #agent = new Agent({ keepAlive: true });

  constructor(
    readonly served: Served,
    readonly folder: string,
    readonly removeFolder: () => Promise<void> = async () => {},
  ) {}

  get port(): number {
    return this.served.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.served.adminPort}`;
  }

  /** Sends one operation as clients do. */
  query(
    query: string,
    { variables, operationName, headers, method = 'POST', signal }: AskOptions = {},
  ): Promise<Answer> {
    const params = { query, ...(variables && { variables }), ...(operationName && { operationName }) };
    if (method === 'POST' || method === 'QUERY') {
      return this.send({
        method,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(params),
        signal,
      });
    }
    const search = new URLSearchParams(
      Object.entries(params).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
    return this.send({ method, path: `/graphql?${search.toString()}`, headers, signal });
  }

  /** Sends any bytes as one request. */
  async send(request: {
    method?: string;
    path?: string;
    headers?: Record<string, string> | undefined;
    body?: string | Buffer;
    signal?: AbortSignal | undefined;
  }): Promise<Answer> {
    const { method = 'POST', path = '/graphql', headers = {}, body, signal } = request;
    const call = httpRequest({
      host: '127.0.0.1',
      port: this.port,
      agent: this.#agent,
      method,
      path,
      headers,
      ...(signal && { signal }),
    });
    call.end(body);
    const [response] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    return readAnswer(response.statusCode ?? 0, response.headers, await text(response));
  }

  async ready(): Promise<void> {
    await until(
      'the gateway says that it is ready',
      async () => (await fetch(`${this.adminUrl}/health/ready`)).status === 200,
    );
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await ended(`the gateway at port ${this.port}`, this.served.stop());
    await this.removeFolder();
  }
}

/**
 * Starts a gateway configured as by its environment. Unless the environment says otherwise: a free port, the shop's
 * whole SDL as SCHEMA when there is an UPSTREAM_URL, patience with Redis, and a log that says nothing.
 * @param log in place of the one that LOG_LEVEL asks for
 * @param schema SDL to use in its place; null: none, so that upstream is introspected
 */
export async function startGateway(
  env: Record<string, string> = {},
  {
    schema = shopTypes,
    awaitReady = true,
    log,
  }: { schema?: string | null; awaitReady?: boolean; log?: Log } = {},
): Promise<GatewayProcess> {
  const folder = temporaryFolder('gateway');
  const file = join(folder.path, 'schema.graphql');
  if (schema !== null) await writeFile(file, schema);
  const config = readConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_PORT: '0',
    LOG_LEVEL: 'silent',
    DRAIN_MS: '2000',
    REDIS_TIMEOUT_MS: UNHURRIED_MS,
    // What upstream is asked is decided by the test's own requests.
    WARM: '0',
    ...(schema !== null && env['UPSTREAM_URL'] !== undefined && { SCHEMA: file }),
    ...env,
  });
  const served = await serve(config, log ?? createLog(config.log.level, false));
  const gateway = new GatewayProcess(served, folder.path, folder.remove);
  if (awaitReady) await gateway.ready();
  return gateway;
}

function readAnswer(status: number, headers: IncomingHttpHeaders, body: string): Answer {
  expectReason(headers['cache-status']);
  const cacheStatus = String(headers['cache-status'] ?? '').replace(/^lastmile-[^;]*; /, '');
  const token = headers['lastmile-token'] as string | undefined;
  let json: Record<string, unknown> = {};
  try {
    json = JSON.parse(body) as Record<string, unknown>;
  } catch {
    // Tests of hostile input look at `text`.
  }
  return {
    status,
    headers,
    cacheStatus,
    token,
    text: body,
    data: json['data'],
    errors: json['errors'] as Answer['errors'],
    extensions: json['extensions'],
  };
}
