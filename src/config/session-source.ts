import { z } from 'zod';
import { headerFault } from './headers';
import type { Reader } from './reader';

/** Where a request says whose it is. */
export interface SessionSource {
  readonly kind: 'header' | 'cookie' | 'jwt';
  /** of the header (in lower case), of the cookie, or of the token's claim */
  readonly name: string;
}

/** RFC 6265 4.1.1: the name of a cookie is a token. */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;

/** Claims may be URLs (RFC 7519 4.2), so only spaces are refused. */
const CLAIM_NAME = /^\S{1,256}$/;

/** `header:<name>`, `cookie:<name>` or `jwt:<claim>`. */
export function sessionSource(): Reader<SessionSource> {
  const schema = z
    .string()
    .trim()
    .transform((text, context): SessionSource => {
      const colon = text.indexOf(':');
      const kind = text.slice(0, Math.max(colon, 0));
      const name = text.slice(colon + 1);
      if (kind === 'header') {
        const fault = headerFault(name);
        if (fault === undefined) return { kind, name: name.toLowerCase() };
        context.addIssue({ code: 'custom', message: fault });
      } else if (kind === 'cookie' && COOKIE_NAME.test(name)) {
        return { kind, name };
      } else if (kind === 'jwt' && CLAIM_NAME.test(name)) {
        return { kind, name };
      } else {
        context.addIssue({ code: 'custom' });
      }
      return z.NEVER;
    });
  const expects = '`header:<name>`, `cookie:<name>` or `jwt:<claim>`';
  return { expects, schema, isQuotable: true };
}
