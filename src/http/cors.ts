import type { IncomingHttpHeaders } from 'node:http';
import type { Origins } from '../config/origins';

/** Seconds a browser may go without asking again; the longest that Chromium takes. */
const PREFLIGHT_MAX_AGE = 7200;

/** What a page may read of an answer beyond its body. */
const EXPOSED = 'Lastmile-Token, Cache-Status, Age, ETag';

/** RFC 9110 5.6.1 and 5.6.2: a list of header names, short enough to be said back. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~, -]{1,2000}$/;

/**
 * Which pages of other origins may read answers (https://fetch.spec.whatwg.org/#http-cors-protocol). What is said to
 * each origin is made once, so that a hit costs one look-up.
 */
export interface Cors {
  /** true for an origin whose pages may read answers */
  allows(origin: string): boolean;
  /** headers, names and values in turn, for any answer to a request of this origin */
  headersFor(origin: string | undefined): readonly string[];
  /** what the browser is told that asks before it sends; undefined when the origin is not allowed */
  preflight(request: IncomingHttpHeaders): readonly string[] | undefined;
}

/** @returns undefined when no other origin may read answers: then nothing is said of it at all */
export function createCors(origins: Origins): Cors | undefined {
  if (origins === '*') {
    const headers = ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', EXPOSED];
    return cors(
      () => true,
      () => headers,
    );
  }
  if (origins.length === 0) return undefined;
  const known = new Map(origins.map((origin) => [origin, headersOfListed(origin)]));
  // What depends on the origin says so even when there is none, or a shared cache would mix them up.
  const others = ['Vary', 'Origin'];
  return cors(
    (origin) => known.has(origin),
    (origin) => (origin === undefined ? others : (known.get(origin) ?? others)),
  );
}

/** An operator who lists an origin trusts its pages with the user's cookies; `*` never has them. */
function headersOfListed(origin: string): readonly string[] {
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Allow-Credentials',
    'true',
    'Access-Control-Expose-Headers',
    EXPOSED,
    'Vary',
    'Origin',
  ];
}

function cors(allows: Cors['allows'], headersFor: Cors['headersFor']): Cors {
  return {
    allows,
    headersFor,
    preflight({ origin, 'access-control-request-headers': asked }) {
      if (origin === undefined || !allows(origin)) return undefined;
      const headers = [
        ...headersFor(origin),
        'Access-Control-Allow-Methods',
        'GET, HEAD, POST',
        'Access-Control-Max-Age',
        String(PREFLIGHT_MAX_AGE),
        'Vary',
        'Access-Control-Request-Headers',
      ];
      // Said back rather than `*`, which covers neither Authorization nor requests with cookies.
      if (asked !== undefined && HEADER_NAMES.test(asked))
        headers.push('Access-Control-Allow-Headers', asked);
      return headers;
    },
  };
}
