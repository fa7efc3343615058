/** Entries as the gateway would fill them, made without it. */
import { randomBytes } from 'node:crypto';

/** A string of its own, as one that came over the wire is: not a rope, not a slice of another. */
export const flat = (text) => Buffer.from(text).toString();

/** @returns {import('../../../src/cache/entry').Entry} */
export function entry(number, { bodyBytes, tags, asOf, now }) {
  return {
    key: flat(randomBytes(32).toString('base64url')),
    body: Buffer.alloc(bodyBytes, 97),
    etag: flat(`"${randomBytes(16).toString('base64url')}"`),
    asOf,
    tags: tags ?? [flat(`Product:${number}`)],
    answeredAt: now,
    maxAge: 3600,
    swr: 0,
    staleIfError: 0,
  };
}
