import type { IncomingHttpHeaders } from 'node:http';
import type { Origins } from '../config/readers';
import { METHODS } from '../gateway/request';

/** Headers no page can set across sites without a preflight; the first that clients are known to send for this. */
const PREFLIGHTED = [
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'graphql-require-preflight',
  'x-graphql-yoga-csrf',
];

/**
 * Whether a GET with a query in it may be one that a page of another site made a browser send, with the user's cookies
 * and without a preflight. A POST is none: its content type has to be JSON, which needs one, or is a form's ({@link isForgedForm}).
 *
 * Fetch Metadata (https://www.w3.org/TR/fetch-metadata/) says where a request comes from; browsers send it over TLS
 * since 2023. Without it an Origin tells: on a GET it is sent only across origins. A request with neither comes from no
 * browser, or from one that is old or not on TLS: it is answered, since a GET changes nothing here and another site's
 * page cannot read what it returns.
 */
export function isCrossSite(headers: IncomingHttpHeaders, cors: Cors | undefined): boolean {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  if (site === undefined ? origin === undefined : site === 'same-origin' || site === 'none') return false;
  if (origin !== undefined && cors?.allows(origin)) return false;
  return !(isJson(headers['content-type']) || PREFLIGHTED.some((name) => Boolean(headers[name])));
}

/**
 * Whether a WebSocket may be opened. A browser lets any site's page open one, with the user's cookies, and read what comes:
 * no preflight, no CORS. So a page has to be of this origin, or one that CORS_ORIGINS lets read answers; where that is any
 * (`*`), it is without cookies, as it is by HTTP. Who sends no Origin is no browser (RFC 6455 10.2).
 */
export function mayOpenSocket(headers: IncomingHttpHeaders, cors: Cors | undefined): boolean {
  const { origin, host, cookie, authorization } = headers;
  if (origin === undefined || headers['sec-fetch-site'] === 'same-origin') return true;
  if (host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()) return true;
  if (!cors?.allows(origin)) return false;
  return cors.withCredentials || (cookie === undefined && authorization === undefined);
}

/**
 * Whether a GET claims a body of another type than JSON. There is nothing such a type could be right for, and browsers
 * have let some of them through without a preflight (GHSA-9q82-xgwf-vj6h).
 */
export function hasForeignType(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  return type !== undefined && !isJson(type);
}

/**
 * Whether a form may be one that a page of another site made a browser send, with the user's cookies: browsers ask for no
 * leave to send one. Only what comes from no browser, from a page of the gateway's own origin, or with a header that needs a
 * preflight is none. It is no matter which origins may read answers: a form is there to change things.
 */
export function isForgedForm(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined ? headers.origin === undefined : site === 'same-origin') return false;
  return !PREFLIGHTED.some((name) => Boolean(headers[name]));
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

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
  /** whether pages of the origins that it allows may send the user's cookies */
  readonly withCredentials: boolean;
  /** headers, names and values in turn, for any answer to a request of this origin */
  headersFor(origin: string | undefined): readonly string[];
  /** headers for a preflight request; undefined when the origin is not allowed */
  preflight(request: IncomingHttpHeaders): readonly string[] | undefined;
}

/** @returns undefined when no other origin may read answers: then nothing is said of it at all */
export function createCors(origins: Origins): Cors | undefined {
  if (origins === '*') {
    const headers = ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', EXPOSED];
    return cors(
      false,
      () => true,
      () => headers,
    );
  }
  if (origins.length === 0) return undefined;
  const known = new Map(origins.map((origin) => [origin, headersOfListed(origin)]));
  // What depends on the origin says so even when there is none, or a shared cache would mix them up.
  const others = ['Vary', 'Origin'];
  return cors(
    true,
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

function cors(withCredentials: boolean, allows: Cors['allows'], headersFor: Cors['headersFor']): Cors {
  return {
    allows,
    withCredentials,
    headersFor,
    preflight({ origin, 'access-control-request-headers': asked }) {
      if (origin === undefined || !allows(origin)) return undefined;
      const headers = [
        ...headersFor(origin),
        'Access-Control-Allow-Methods',
        `${METHODS}, PUT, DELETE`,
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
