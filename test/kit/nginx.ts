/**
 * A real nginx in a folder of its own on 127.0.0.1, in front of a server. It ends with this process, however this ends.
 *
 *   const nginx = cleanup.add(await startNginx(gateway.port));
 *   await fetch(`http://127.0.0.1:${nginx.port}/graphql`);
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port';
import { findNginx } from './nginx-binary';
import { ended, until } from './until';
import { watch } from './watchdog';

export interface Nginx {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * As most put it before a server: connections to it are kept and shared among clients, and requests are read whole before
 * they are passed on. Long heads are let through.
 * @param target port of the server
 * @param kept how many idle connections to it are kept
 */
export async function startNginx(target: number, kept = 1): Promise<Nginx> {
  const binary = await findNginx();
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), 'lastmile-nginx-'));
    const port = await freePort();
    await writeFile(join(folder, 'nginx.conf'), settings(port, target, kept));
    let output = '';
    const child = spawn(binary.path, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...binary.env },
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-20_000)));
    let isOver = false;
    const exited = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      child.once('error', (error) => {
        output += String(error);
        resolve();
      });
    }).then(() => {
      isOver = true;
      stopWatching();
    });
    const stopWatching = child.pid === undefined ? () => {} : watch(child.pid, folder);
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended(`nginx at port ${port}`, exited);
      await rm(folder, { recursive: true, force: true });
    };
    if (await until('nginx listens', async () => isOver || (await canConnect(port))).then(() => !isOver))
      return { port, stop };
    await stop();
    if (!output.includes('Address already in use') || attempt === 5)
      throw new Error(`nginx ended at its start:\n${output}`);
  }
}

/** One process, which runs in the foreground as whoever started it. */
function settings(port: number, target: number, kept: number): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events { worker_connections 512; }
http {
  access_log off;
  ${folders.map((name) => `${name}_temp_path ${name};`).join(' ')}
  large_client_header_buffers 4 32k;
  upstream target { server 127.0.0.1:${target}; keepalive ${kept}; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://target;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_next_upstream off;
    }
  }
}
`;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}
