import type { IncomingHttpHeaders } from 'node:http';
import type { Cors } from './cors';

/** Headers no page can set across sites without a preflight; the first that clients are known to send for this. */
const PREFLIGHTED = [
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'graphql-require-preflight',
  'x-graphql-yoga-csrf',
];

/**
 * Whether a GET with a query in it may be one that a page of another site made a browser send, with the user's cookies
 * and without a preflight. A POST never is: its content type has to be JSON, which needs one.
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
 * Whether a GET claims a body of another type than JSON. There is nothing such a type could be right for, and browsers
 * have let some of them through without a preflight (GHSA-9q82-xgwf-vj6h).
 */
export function hasForeignType(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  return type !== undefined && !isJson(type);
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
