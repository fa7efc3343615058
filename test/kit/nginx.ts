/**
 * A real nginx in a folder of its own on 127.0.0.1, in front of a server. It ends with this process, however this ends.
 *
 *   const nginx = cleanup.add(await startNginx([gateway.port]));
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
  /** Puts other settings in the place of the rest of nginx.conf: see {@link startNginxWith}. It reads them at SIGHUP. */
  rewrite(settings: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TurningNginx extends Nginx {
  /** Sends requests to these ports from now on, as whoever watches the health of servers has it do. Resolves once none goes elsewhere. */
  retarget(targets: readonly number[]): Promise<void>;
}

export interface NginxOptions {
  /** how many idle connections to its targets are kept; default 1 */
  readonly kept?: number;
  /** whether a request is sent to another target where nginx would do so by itself; default false */
  readonly repeats?: boolean;
}

/**
 * As most put it before a server: connections to it are kept and shared among clients, and requests are read whole before
 * they are passed on. Long heads are let through.
 * @param targets ports of the servers, among whom it takes turns
 */
export async function startNginx(
  targets: readonly number[],
  { kept = 1, repeats = false }: NginxOptions = {},
): Promise<TurningNginx> {
  const nginx = await startNginxWith((port) => settings(port, targets, { kept, repeats }));
  const { child, port } = nginx;
  let ends = 0;
  child.onLine((line) => {
    if (/worker process \d+ exited with code 0/.test(line)) ends++;
  });
  const retarget = async (wanted: readonly number[]): Promise<void> => {
    const before = ends;
    await nginx.rewrite(settings(port, wanted, { kept, repeats }));
    child.process.kill('SIGHUP');
    // The process that knew the targets of before has answered what it had.
    await until('nginx has its other targets', () => ends > before);
  };
  return { ...nginx, retarget };
}

/**
 * It runs in the foreground as whoever started it.
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
    const rewrite = (text: string): Promise<void> =>
      writeFile(join(folder.path, 'nginx.conf'), `${FOREGROUND}${text}`);
    await rewrite(settingsFor(port));
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
      if (child.running) return { child, port, rewrite, stop };
      throw child.fault('ended at its start');
    } catch (error) {
      await stop();
      if (!child.lines.some((line) => line.includes('Address already in use')) || attempt === 5) throw error;
    }
  }
}

const FOREGROUND = `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid nginx.pid;
`;

function settings(
  port: number,
  targets: readonly number[],
  { kept, repeats }: Required<NginxOptions>,
): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
worker_processes 1;
error_log stderr notice;
events { worker_connections 512; }
http {
  access_log off;
  ${folders.map((name) => `${name}_temp_path ${name};`).join(' ')}
  large_client_header_buffers 4 32k;
  upstream target { ${targets.map((target) => `server 127.0.0.1:${target};`).join(' ')} keepalive ${kept}; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://target;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      ${repeats ? '' : 'proxy_next_upstream off;'}
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
