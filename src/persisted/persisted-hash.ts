import { hash } from 'node:crypto';

/** The name of a text in the protocol of automatic persisted queries: the SHA-256 of its UTF-8, in lower-case hex. */
export type TextHash = string & { readonly [brand]: true };

declare const brand: unique symbol;

export function hashOf(text: string): TextHash {
  return hash('sha256', text, 'hex') as TextHash;
}

/**
 * What `extensions.persistedQuery` says, in version 1 of Apollo's protocol.
 * @returns undefined: nothing; `unknown`: something that is not of this version
 */
export function readPersistedHash(
  extensions: Readonly<Record<string, unknown>>,
): TextHash | 'unknown' | undefined {
  const { persistedQuery } = extensions;
  if (persistedQuery === undefined || persistedQuery === null) return undefined;
  const { version, sha256Hash } = persistedQuery as Record<string, unknown>;
  if (version !== 1 || typeof sha256Hash !== 'string' || !/^[0-9a-f]{64}$/.test(sha256Hash)) return 'unknown';
  return sha256Hash as TextHash;
}
