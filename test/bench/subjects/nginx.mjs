import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers } from '../process/answers.mjs';
import { start } from '../process/child.mjs';
import { freePort } from '../process/project.mjs';
import { temporaryFolder } from '../process/temporary-folder.mjs';

/** What makes GET fast and nothing else: one process, entries in the page cache, no log. */
const configuration = (port, upstream, folder) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/entries levels=1:2 keys_zone=entries:64m max_size=4g;
  server {
    listen 127.0.0.1:${port};
    large_client_header_buffers 4 32k;
    location /graphql {
      proxy_pass ${upstream};
      proxy_cache entries;
      proxy_cache_valid 200 1h;
    }
  }
}
`;

/** @throws Error that says what to install */
export async function startNginx(world, name) {
  const folder = join(temporaryFolder(), `nginx-${await freePort()}`);
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(port, world.upstream, folder));
  const child = start(name, 'subject', binary(), ['-p', folder, '-c', file]);
  await answers(child, async () => {
    const reply = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    return reply !== undefined;
  });
  return { child, port };
}

function binary() {
  // Debian puts it where only the superuser's PATH looks.
  for (const path of ['nginx', '/usr/sbin/nginx']) {
    try {
      execFileSync(path, ['-v'], { stdio: 'ignore' });
      return path;
    } catch {
      // The next place.
    }
  }
  throw new Error('nginx is not installed (apt-get install nginx-light)');
}
