import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** How far the clock of the sender may be from ours. */
const TOLERANCE_MS = 300_000;

/**
 * Signatures of Standard Webhooks (version `v1`: HMAC-SHA256 of id, time and body), made with a secret. Debezium's
 * HTTP sink, which cannot set its own headers, authenticates with them. The secret is never sent, and no body can be
 * changed on its way.
 */
export class WebhookSignature {
  readonly #secret: string;
  readonly #wallClock: () => number;

  /** @param wallClock milliseconds since 1970 */
  constructor(secret: string, wallClock: () => number) {
    this.#secret = secret;
    this.#wallClock = wallClock;
  }

  /** Whether a request says that it is signed, and lately. */
  isClaimed(headers: Readonly<IncomingHttpHeaders>): boolean {
    const sentAt = Number(headers['webhook-timestamp'] ?? NaN) * 1000;
    return headers['webhook-signature'] !== undefined && Math.abs(this.#wallClock() - sentAt) <= TOLERANCE_MS;
  }

  /** Whether the signature is that of the body. */
  isOf(body: Uint8Array, headers: Readonly<IncomingHttpHeaders>): boolean {
    const wanted = createHmac('sha256', this.#secret)
      .update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.`)
      .update(body)
      .digest();
    // Of a secret that is being replaced there are several.
    return String(headers['webhook-signature'])
      .split(' ')
      .some((one) => {
        const given = Buffer.from(/^v1,(.+)$/.exec(one)?.[1] ?? '', 'base64');
        return given.length === wanted.length && timingSafeEqual(given, wanted);
      });
  }
}
