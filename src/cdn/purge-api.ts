import { request, type Dispatcher } from 'undici';
import type { CdnTags } from '../config/config';

/** How a CDN is told to give up what it keeps. */
export interface CdnApi {
  readonly tags: CdnTags;
  /** of the service or zone: `https://api.fastly.com/service/<id>`, `https://api.cloudflare.com/client/v4/zones/<id>` */
  readonly url: string;
  readonly token: string;
  /** milliseconds */
  readonly timeoutMs: number;
}

/** Keys in one call: Fastly's batch of surrogate keys takes 256, Cloudflare's purge 100. */
export const MOST_IN_CALL: Readonly<Record<CdnTags, number>> = { 'surrogate-key': 256, 'cache-tag': 100 };

const LONGEST_DETAIL = 300;

/** It was not done. `retryMs`: how long the CDN asks to wait before it is tried again. */
export class CdnRefusal extends Error {
  constructor(
    message: string,
    readonly retryMs: number | undefined,
  ) {
    super(message);
    this.name = 'CdnRefusal';
  }
}

/**
 * Has the CDN purge keys, at most {@link MOST_IN_CALL} of them.
 * @throws CdnRefusal; and what the connection fails with
 */
export async function purgeKeys(api: CdnApi, keys: readonly string[]): Promise<void> {
  const { path, headers, body } = api.tags === 'surrogate-key' ? fastly(api, keys) : cloudflare(api, keys);
  const response = await request(`${api.url.replace(/\/(?:purge|purge_cache)?\/*$/, '')}${path}`, {
    method: 'POST',
    headers: { ...headers, accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
    headersTimeout: api.timeoutMs,
    bodyTimeout: api.timeoutMs,
  });
  const text = await response.body.text();
  if (response.statusCode === 200 && (api.tags === 'surrogate-key' || saysSuccess(text))) return;
  throw new CdnRefusal(
    `it answered ${response.statusCode}: ${text.replaceAll(/\s+/g, ' ').slice(0, LONGEST_DETAIL)}`,
    retryAfter(response),
  );
}

interface Call {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: object;
}

function fastly({ token }: CdnApi, keys: readonly string[]): Call {
  return { path: '/purge', headers: { 'fastly-key': token }, body: { surrogate_keys: keys } };
}

function cloudflare({ token }: CdnApi, keys: readonly string[]): Call {
  return { path: '/purge_cache', headers: { authorization: `Bearer ${token}` }, body: { tags: keys } };
}

/** Cloudflare says in the body whether it was done. */
function saysSuccess(text: string): boolean {
  try {
    return (JSON.parse(text) as { success?: unknown }).success === true;
  } catch {
    return false;
  }
}

/** RFC 9110 10.2.3, in seconds; a date is not read: it is tried again soon enough without. */
function retryAfter({ headers }: Pick<Dispatcher.ResponseData, 'headers'>): number | undefined {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
