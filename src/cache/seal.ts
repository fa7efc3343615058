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

  /** Whether a holder of the secret sealed these bytes. @param seal of {@link SEAL_BYTES} bytes */
  fits(bytes: Buffer, seal: Buffer): boolean {
    return timingSafeEqual(this.of(bytes), seal);
  }
}

/** Characters of a seal in base64url. */
const SEAL_LENGTH = 43;

/** A text with its seal before it, about the text and its name. @param seal undefined: there is no secret */
export function sealText(seal: Seal | undefined, name: string, text: string): string {
  return seal ? seal.of(Buffer.from(`${name}\n${text}`)).toString('base64url') + text : text;
}

/** Reads what {@link sealText} made for this name. @returns undefined for what no holder of the secret made */
export function openText(seal: Seal | undefined, name: string, sealed: string): string | undefined {
  if (!seal) return sealed;
  const text = sealed.slice(SEAL_LENGTH);
  const given = Buffer.from(sealed.slice(0, SEAL_LENGTH), 'base64url');
  return given.length === SEAL_BYTES && seal.fits(Buffer.from(`${name}\n${text}`), given) ? text : undefined;
}
