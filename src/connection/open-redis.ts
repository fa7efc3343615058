import Redis, { type RedisOptions } from 'ioredis';

/**
 * A client for a URL.
 * @param options for any URL: what they say of TLS counts where the URL asks for it
 */
export function openRedis(url: string, { tls, ...options }: Omit<RedisOptions, 'replyMapping'>): Redis {
  return new Redis(url, { ...options, ...(new URL(url).protocol === 'rediss:' && { tls: tls ?? {} }) });
}
