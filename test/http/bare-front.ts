/** The front alone, with whatever a test puts behind it. */
import type { Server } from 'node:http';
import { createFront, type FrontOptions } from '../../src/http/front';
import { drain, listen } from '../../src/http/listen';
import { Renderer } from '../../src/gateway/render';
import type { Reply } from '../../src/gateway/request';
import type { Cleanup } from '../kit/cleanup';

export const WHOLE: Reply = { status: 200, headers: ['Content-Type', 'text/plain'], body: 'whole' };
export const GET = 'GET /graphql HTTP/1.1\r\nHost: a\r\n\r\n';

export interface BareFront {
  readonly server: Server;
  readonly port: number;
  readonly faults: unknown[];
}

export async function startFront(
  cleanup: Cleanup,
  options: Partial<FrontOptions> & Pick<FrontOptions, 'handle'>,
): Promise<BareFront> {
  const renderer = new Renderer({
    region: 'test',
    varying: [],
    tokenCookie: false,
    compressor: undefined,
  });
  const faults: unknown[] = [];
  const server = createFront({
    path: '/graphql',
    maxBodyBytes: 1000,
    refuse: (code) => renderer.error(code, 'application/json'),
    fault: (error) => faults.push(error),
    ...options,
  });
  const port = await listen(server, 0, '127.0.0.1');
  cleanup.later(() => drain(server, 0));
  return { server, port, faults };
}
