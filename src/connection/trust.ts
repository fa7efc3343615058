import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import type { RedisTrust } from '../config/config';

/**
 * What a TLS connection to a Redis must be told to take it for the one that is meant. Its certificate is to be for the host
 * that was connected to, as everywhere (RFC 9525), or for the one name that certificates of Redis servers have in common:
 * servers that are found by an address, or by names that come and go, have no certificate for these.
 */
export function tlsOptions(trust: RedisTrust | undefined): ConnectionOptions {
  if (!trust) return {};
  const { ca, name } = trust;
  return {
    ...(ca !== undefined && { ca }),
    checkServerIdentity: (host, certificate) => {
      const fault = checkServerIdentity(host, certificate);
      return fault && checkServerIdentity(name, certificate) ? fault : undefined;
    },
  };
}
