import { connect } from 'node:net';
import { start } from './child.mjs';
import { findRedis, freePort } from './project.mjs';
import { answers } from './answers.mjs';

/**
 * A redis-server with nothing on disk, as a region's own Redis is configured.
 * @returns {Promise<{ url: string, port: number, child: import('./child.mjs').Child }>}
 */
export async function startRedis(name) {
  const { path, env } = await findRedis();
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    save: '',
    appendonly: 'no',
    maxmemory: '4gb',
    'maxmemory-policy': 'volatile-lfu',
  };
  const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const child = start(`redis-server of ${name}`, 'others', path, args, { env });
  await answers(child, () => pings(port));
  return { url: `redis://127.0.0.1:${port}`, port, child };
}

function pings(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.on('data', (text) => {
      socket.destroy();
      resolve(text.toString().startsWith('+PONG'));
    });
    socket.on('error', () => resolve(false));
  });
}
