/**
 * HTTP byte by byte, for what no client would send.
 *
 *   const socket = cleanup.add(await connectTo(gateway.port));
 *   socket.send('GET / HTTP/1.1\r\n');
 *   const { status, headers, body } = await socket.answer();
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '../kit/until';

export interface RawAnswer {
  readonly status: number;
  /** lower-case names; of several with one name all, in their order */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

export class RawSocket {
  /** resolves when the connection is closed, whoever closed it and why */
  readonly closed: Promise<unknown>;
  #received = Buffer.alloc(0);

  constructor(readonly socket: Socket) {
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
    // A refused client may be cut off while it sends; what it was told before is what a test looks at.
    socket.on('error', () => {});
  }

  /** everything received so far, a character for each byte */
  get text(): string {
    return this.#received.toString('latin1');
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends until the other end stops reading or closes. @returns true when all was taken without delay */
  sendNow(bytes: Buffer): boolean {
    return this.socket.write(bytes);
  }

  /** The first answer, once it is whole. Content-Length only: nothing else is sent by what these tests provoke. */
  async answer(): Promise<RawAnswer> {
    return until('an answer came', () => this.#first());
  }

  #first(): RawAnswer | undefined {
    const end = this.text.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [statusLine = '', ...lines] = this.text.slice(0, end).split('\r\n');
    const headers = new Map<string, string[]>();
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
      headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
    }
    const length = Number(headers.get('content-length')?.[0] ?? 0);
    const body = this.text.slice(end + 4, end + 4 + length);
    return body.length < length ? undefined : { status: Number(statusLine.split(' ')[1]), headers, body };
  }

  close(): void {
    this.socket.destroy();
  }
}

export async function connectTo(port: number): Promise<RawSocket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  return new RawSocket(socket);
}

/** A POST of JSON to the gateway, as bytes. */
export function postOf(body: string, headers: readonly string[] = []): string {
  return [
    'POST /graphql HTTP/1.1',
    'Host: gateway',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
}
