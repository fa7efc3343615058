import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Says which region's gateway sent a mutation on, and proves that it was a gateway: `lastmile-forwarded: <region> <seal>`.
 * Who receives one and is not the primary refuses it, sealed or not: a loop.
 */
export const FORWARDED_HEADER = 'lastmile-forwarded';

/** Keeps the seal apart from everything else that is made with the same secret. */
const PURPOSE = 'lastmile: a mutation sent on by a gateway';

/**
 * @param secret what all gateways share and no client knows; undefined: the region is named and nothing is proven
 * @param body of the request: the seal is worth nothing on another
 */
export function formatForwarded(region: string, secret: string | undefined, body: Buffer): string {
  // A header holds visible ASCII.
  const name = encodeURIComponent(region);
  return secret === undefined ? name : `${name} ${sealOf(name, secret, body).toString('base64url')}`;
}

/** Whether a gateway wrote this, about this body. In constant time, whatever it is. */
export function isSealed(text: string | undefined, secret: string | undefined, body: Buffer): boolean {
  if (text === undefined || secret === undefined) return false;
  const [name = '', seal = ''] = text.split(' ', 2);
  const given = Buffer.from(seal, 'base64url');
  const wanted = sealOf(name, secret, body);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function sealOf(name: string, secret: string, body: Buffer): Buffer {
  const key = createHmac('sha256', secret).update(PURPOSE).digest();
  return createHmac('sha256', key)
    .update(`${name}\n${createHash('sha256').update(body).digest('hex')}`)
    .digest();
}
