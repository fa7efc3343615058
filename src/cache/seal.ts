import { createHmac, createSecretKey, scryptSync, timingSafeEqual, type KeyObject } from 'node:crypto';

/** Keeps the key apart from everything else that is made with the same secret. */
const PURPOSE = 'lastmile: entries in Redis';

/** What a seal takes. */
export const SEAL_BYTES = 32;

/**
 * Tells what a gateway wrote to Redis from what others wrote there: HMAC-SHA256 (RFC 2104), whose key only those can make who
 * know the secret.
 */
export class Seal {
  readonly #key: KeyObject;

  /**
   * The key is slow to make (scrypt, RFC 7914: some 50 ms, once for each process): who can read an entry can try secrets out on
   * it, and may be after a password.
   * @param secret what the gateways of a region share, and those who could forge entries do not know
   */
  constructor(secret: string) {
    this.#key = createSecretKey(scryptSync(secret, PURPOSE, SEAL_BYTES));
  }

  /** @returns {@link SEAL_BYTES} bytes */
  of(bytes: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(bytes).digest();
  }

  /** Whether somebody with the secret sealed these bytes. @param seal of {@link SEAL_BYTES} bytes */
  fits(bytes: Buffer, seal: Buffer): boolean {
    return timingSafeEqual(this.of(bytes), seal);
  }
}
