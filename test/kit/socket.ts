/**
 * A WebSocket message by message, for what no client would send.
 *
 *   const socket = cleanup.add(await openSocket(gateway));
 *   await socket.init();
 *   expect(await socket.ask('{ serial }')).toEqual({ data: { serial: 1 } });
 */
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { until } from './until';

export interface Said {
  readonly type: string;
  readonly id?: string;
  readonly payload?: any; // eslint-disable-line -- tests read payloads of every shape
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class OpenSocket {
  readonly received: Said[] = [];
  /** what was received, as it was written */
  readonly texts: string[] = [];
  readonly closed: Promise<Closed>;
  #asked = 0;

  constructor(readonly ws: WebSocket) {
    this.closed = new Promise((resolve) =>
      ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    ws.on('message', (data: Buffer) => {
      this.texts.push(data.toString());
      this.received.push(JSON.parse(data.toString()) as Said);
    });
    ws.on('error', () => {});
  }

  send(message: object | string): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async init(payload?: object): Promise<void> {
    this.send({ type: 'connection_init', ...(payload && { payload }) });
    await until('the connection is acknowledged', () =>
      this.received.some(({ type }) => type === 'connection_ack'),
    );
  }

  /** @returns the operation's id */
  subscribe(query: string, more: object = {}, id = `${++this.#asked}`): string {
    this.send({ id, type: 'subscribe', payload: { query, ...more } });
    return id;
  }

  /** all that came of an operation, once that is over */
  async over(id: string): Promise<readonly Said[]> {
    const own = () => this.received.filter((message) => message.id === id);
    await until(`operation ${id} is over`, () =>
      own().some(({ type }) => type === 'complete' || type === 'error'),
    );
    return own();
  }

  /** The one result of an operation, or its errors. */
  async ask(query: string, more?: object): Promise<any> {
    // eslint-disable-line -- as above
    const [first] = await this.over(this.subscribe(query, more));
    return first?.type === 'error' ? { errors: first.payload } : first?.payload;
  }

  close(): void {
    this.ws.terminate();
  }
}

export interface Place {
  readonly port: number;
}

export function socketTo(
  { port }: Place,
  { protocol = 'graphql-transport-ws', path = '/graphql', ...options }: SocketSettings = {},
): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol === '' ? [] : [protocol], options);
}

export interface SocketSettings extends ClientOptions {
  /** empty: none */
  readonly protocol?: string;
  readonly path?: string;
}

export async function openSocket(place: Place, settings?: SocketSettings): Promise<OpenSocket> {
  const socket = new OpenSocket(socketTo(place, settings));
  await once(socket.ws, 'open');
  return socket;
}

/** The status and body with which a handshake is refused. */
export async function refusedHandshake(
  place: Place,
  settings?: SocketSettings,
): Promise<{ readonly status: number; readonly code: string; readonly text: string }> {
  const ws = socketTo(place, settings);
  ws.on('error', () => {});
  const [, response] = (await once(ws, 'unexpected-response')) as [
    unknown,
    import('node:http').IncomingMessage,
  ];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  const { errors } = JSON.parse(text) as { errors: { extensions: { code: string } }[] };
  return { status: response.statusCode ?? 0, code: errors[0]!.extensions.code, text };
}
