/** A redis-server with a port for TLS beside its plain one. */
import { startAuthority, type Issued } from './authority';
import { freePort } from './free-port';
import { startRedis, type RedisServer, type RedisSettings } from './redis-server';

export interface TlsRedis {
  readonly server: RedisServer;
  readonly tlsPort: number;
  /** by the name `localhost` */
  readonly tlsUrl: string;
  stop(): Promise<void>;
}

/** @param issued its certificate; default: one of an authority that nobody knows */
export async function startTlsRedis(issued?: Issued, settings: RedisSettings = {}): Promise<TlsRedis> {
  const unknown = issued ? undefined : await startAuthority();
  const { certificate, key } = issued ?? (await unknown!.issue({ name: 'localhost' }));
  const port = await freePort();
  const server = await startRedis({
    'tls-port': port,
    'tls-cert-file': certificate,
    'tls-key-file': key,
    'tls-ca-cert-file': certificate,
    'tls-auth-clients': 'no',
    ...settings,
  });
  return {
    server,
    tlsPort: port,
    tlsUrl: `rediss://localhost:${port}`,
    stop: async () => {
      await server.stop();
      await unknown?.stop();
    },
  };
}
