import Redis, { SentinelConnector, type RedisOptions, type SentinelConnectionOptions } from 'ioredis';
import { readSentinelUrl } from '../config/redis-url';

/**
 * A client for a URL: of a Redis, or of Sentinels that say where it is whenever a connection is made.
 * @param options for any URL: what they say of TLS counts where the URL asks for it
 */
export function openRedis(url: string, { tls = {}, ...options }: Omit<RedisOptions, 'replyMapping'>): Redis {
  const bySentinel = readSentinelUrl(url);
  if (!bySentinel) return new Redis(url, { ...options, ...(new URL(url).protocol === 'rediss:' && { tls }) });
  const { isEncrypted, sentinels, name, db, username, password, sentinelUsername, sentinelPassword } =
    bySentinel;
  return new Redis({
    ...options,
    ...given({ username, password, sentinelUsername, sentinelPassword }),
    sentinels: [...sentinels],
    name,
    db,
    Connector: SurvivingConnector,
    ...(isEncrypted && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
  });
}

/** Without what is undefined, which to ioredis is something else than absent. */
function given<T extends object>(values: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}

/** See `surviveClosing`, which looks for the socket too early where Sentinels are asked first. */
class SurvivingConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override async connect(emit: Parameters<SentinelConnector['connect']>[0]) {
    const stream = await super.connect(emit);
    stream.on('error', () => {});
    return stream;
  }
}
