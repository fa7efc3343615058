/**
 * A real nginx in a folder of its own on 127.0.0.1, in front of a server. It ends with this process, however this ends.
 *
 *   const nginx = cleanup.add(await startNginx(gateway.port));
 *   await fetch(`http://127.0.0.1:${nginx.port}/graphql`);
 */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startChild, type Child, type Start } from './child';
import { temporaryFolder } from './folder';
import { freePort } from './free-port';
import { findNginx } from './nginx-binary';
import { ended, until } from './until';

export interface Nginx {
  readonly child: Child;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * As most put it before a server: connections to it are kept and shared among clients, and requests are read whole before
 * they are passed on. Long heads are let through.
 * @param target port of the server
 * @param kept how many idle connections to it are kept
 */
export function startNginx(target: number, kept = 1): Promise<Nginx> {
  return startNginxWith((port) => settings(port, target, kept));
}

/**
 * One process, which runs in the foreground as whoever started it.
 * @param settingsFor the rest of nginx.conf, for the port it is to listen on
 */
export async function startNginxWith(
  settingsFor: (port: number) => string,
  start: Start = startChild,
): Promise<Nginx> {
  const binary = await findNginx();
  for (let attempt = 1; ; attempt++) {
    const folder = temporaryFolder('nginx');
    const port = await freePort();
    await writeFile(join(folder.path, 'nginx.conf'), `${FOREGROUND}${settingsFor(port)}`);
    const child = start({
      name: `nginx at port ${port}`,
      program: binary.path,
      args: ['-p', folder.path, '-c', 'nginx.conf', '-e', 'stderr'],
      env: { ...process.env, ...binary.env },
    });
    const stop = async (): Promise<void> => {
      await ended(child.name, child.stop());
      await folder.remove();
    };
    try {
      await until('nginx listens', async () => !child.running || (await canConnect(port)));
      if (child.running) return { child, port, stop };
      throw child.fault('ended at its start');
    } catch (error) {
      await stop();
      if (!child.lines.some((line) => line.includes('Address already in use')) || attempt === 5) throw error;
    }
  }
}

const FOREGROUND = `
daemon off;
master_process off;
pid nginx.pid;
`;

function settings(port: number, target: number, kept: number): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
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
