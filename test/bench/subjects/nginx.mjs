import { startNginxWith } from '../kit.mjs';
import { startOn } from '../process/child.mjs';

/** What makes GET fast and nothing else: one process, entries in the page cache, no log. */
const settings = (upstream) => (port) => `
master_process off;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  proxy_cache_path entries levels=1:2 keys_zone=entries:64m max_size=4g;
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
export function startNginx(world) {
  return startNginxWith(settings(world.upstream), startOn('subject'));
}
