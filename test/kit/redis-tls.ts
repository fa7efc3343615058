/** A redis-server with a port for TLS beside its plain one, and a certificate that no authority signed. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './folder';
import { freePort } from './free-port';
import { startRedis, type RedisServer } from './redis-server';

const run = promisify(execFile);

export interface TlsRedis {
  readonly server: RedisServer;
  readonly tlsUrl: string;
  stop(): Promise<void>;
}

export async function startTlsRedis(): Promise<TlsRedis> {
  const folder = temporaryFolder('tls');
  const [key, certificate] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  await run('openssl', [...make, '-keyout', key, '-out', certificate]);
  const port = await freePort();
  const server = await startRedis({
    'tls-port': port,
    'tls-cert-file': certificate,
    'tls-key-file': key,
    'tls-ca-cert-file': certificate,
    'tls-auth-clients': 'no',
  });
  return {
    server,
    tlsUrl: `rediss://localhost:${port}`,
    stop: async () => {
      await server.stop();
      await folder.remove();
    },
  };
}
