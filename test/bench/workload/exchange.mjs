import { Agent, request as send } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const TIMEOUT_MS = 15_000;

/**
 * One request and its reply, byte for byte: nothing is decompressed, nothing is followed.
 * @param {import('./requests.mjs').Request} request
 * @returns {Promise<{ status: number, headers: Record<string, string>, body: Buffer }>}
 */
export function exchange(port, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers, agent, timeout: TIMEOUT_MS };
    const message = send(options, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () =>
        resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(chunks) }),
      );
      reply.on('error', reject);
    });
    message.on('timeout', () => message.destroy(new Error(`no reply within ${TIMEOUT_MS} ms`)));
    message.on('error', reject);
    message.end(body);
  });
}

export function closeExchanges() {
  agent.destroy();
}

/** Runs a task for each item, some at a time. @template T @param {readonly T[]} items */
export async function forEach(items, /** @type {(item: T) => Promise<void>} */ task, atOnce = 32) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await task(items[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
