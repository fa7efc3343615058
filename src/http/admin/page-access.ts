import type { IncomingMessage } from 'node:http';
import { isLoopbackOrigin } from './access';

/** Seconds a browser may go without asking again. */
const ASK_AGAIN = '600';

/**
 * Lets GraphiQL's page, which this machine has from the port for clients, ask the admin port for a purge and read what comes of it
 * (https://fetch.spec.whatwg.org/#http-cors-protocol). It gives no right to purge: the gate asks for the token, or, where there
 * is none, takes what comes from this machine and a page of it, and that is as it would be without these headers.
 * @returns headers to answer with; undefined where the request is no such page's
 */
export function pageHeaders(
  { headers: { origin } }: IncomingMessage,
  path: string,
): Record<string, string> | undefined {
  if (path !== '/purge' || origin === undefined || !isLoopbackOrigin(origin)) return undefined;
  return { 'access-control-allow-origin': origin, vary: 'origin' };
}

/** Headers for a preflight request. */
export const PREFLIGHT = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': ASK_AGAIN,
};
