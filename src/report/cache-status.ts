import type { Reason } from './reason';

/** What became of a request, in the words that headers, logs and metrics share. RFC 9211 2. */
export type CacheStatus =
  | { readonly kind: 'hit'; readonly ttl: number; readonly why?: Reason | undefined }
  | {
      readonly kind: 'forwarded';
      /** RFC 9211 2.2; `partial`: some parts of it were there, and `why` is that of one which was not */
      readonly fwd: 'uri-miss' | 'miss' | 'stale' | 'partial' | 'bypass' | 'method' | 'request';
      /** never absent: an operator has to be able to look every case up */
      readonly why: Reason;
      readonly stored?: boolean;
      readonly collapsed?: boolean;
      /** of an operation that is cut */
      readonly parts?: PartsStatus;
    };

/** How many parts an answer was put together from, and why those that were asked for were not from the cache. */
export interface PartsStatus {
  readonly all: number;
  readonly asked: readonly Reason[];
}

/** How a look-up's outcome, or a reason not to look up, is called in `fwd`. */
export function forwarded(why: Reason): 'uri-miss' | 'miss' | 'stale' | 'bypass' | 'method' | 'request' {
  switch (why) {
    case 'absent':
      return 'uri-miss';
    case 'expired':
    case 'purged':
    case 'distrusted':
      return 'stale';
    case 'mutation':
    case 'subscription':
      return 'method';
    case 'token':
    case 'request':
      return 'request';
    default:
      return 'bypass';
  }
}

/** What a region's cache is called there, for example `lastmile-syd`: an sf-token (RFC 8941 3.3.4) may not hold every character of its name. */
export function cacheName(region: string): string {
  return `lastmile-${region.replaceAll(/[^\w.-]/g, '_')}`;
}

/**
 * The value of `Cache-Status`. A negative ttl is a stale hit (RFC 9211 2.2).
 * @param cache see {@link cacheName}
 */
export function formatCacheStatus(cache: string, status: CacheStatus): string {
  if (status.kind === 'hit') {
    const detail = status.why ? `; detail=${status.why}` : '';
    return `${cache}; hit; ttl=${status.ttl}${detail}`;
  }
  let text = `${cache}; fwd=${status.fwd}`;
  if (status.stored) text += '; stored';
  if (status.collapsed) text += '; collapsed';
  // `absent` says no more than `uri-miss` does.
  return status.why === 'absent' && status.fwd === 'uri-miss' ? text : `${text}; detail=${status.why}`;
}

/** What became of an operation, as its time is counted. */
export const OUTCOMES = ['hit', 'stale', 'partial', 'miss', 'bypass', 'error'] as const;
export type AnswerOutcome = (typeof OUTCOMES)[number];

/** Whether something was looked for: `miss`, or `partial` where some of it was there; or it could not be in the cache. @param status undefined: of an error of the gateway's own */
export function outcomeOf(status: CacheStatus | undefined): AnswerOutcome {
  if (!status) return 'error';
  if (status.kind === 'hit') return status.why ? 'stale' : 'hit';
  if (status.fwd === 'partial') return 'partial';
  return status.fwd === 'uri-miss' || status.fwd === 'miss' || status.fwd === 'stale' ? 'miss' : 'bypass';
}
