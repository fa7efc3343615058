import { z } from 'zod';
import { headerFault } from './headers';
import type { Reader } from './reader';

/** Where a request says whose it is. */
export type SessionSource =
  | { readonly kind: 'header'; /** in lower case */ readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'jwt'; readonly claims: JwtClaims };

/** Names of claims, the first of which says who it is; or all but those that differ from token to token. */
export type JwtClaims = readonly [string, ...string[]] | 'all';

/** RFC 6265 4.1.1: the name of a cookie is a token. */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;

/** Claims may be URLs (RFC 7519 4.2), so only spaces and what parts them are refused. */
const CLAIM_NAME = /^[^\s,]{1,256}$/;

/** `header:<name>`, `cookie:<name>`, `jwt:<claim>,<claim>...`, or `jwt` for all claims. */
export function sessionSource(): Reader<SessionSource> {
  const schema = z
    .string()
    .trim()
    .transform((text, context): SessionSource => {
      if (text === 'jwt') return { kind: 'jwt', claims: 'all' };
      const colon = text.indexOf(':');
      const kind = text.slice(0, Math.max(colon, 0));
      const name = text.slice(colon + 1);
      if (kind === 'header') {
        const fault = headerFault(name);
        if (fault === undefined) return { kind, name: name.toLowerCase() };
        context.addIssue({ code: 'custom', message: fault });
      } else if (kind === 'cookie' && COOKIE_NAME.test(name)) {
        return { kind, name };
      } else {
        const [first = '', ...others] = name.split(',').map((claim) => claim.trim());
        if (kind === 'jwt' && [first, ...others].every((claim) => CLAIM_NAME.test(claim))) {
          return { kind, claims: [first, ...others] };
        }
        context.addIssue({ code: 'custom' });
      }
      return z.NEVER;
    });
  const expects = '`header:<name>`, `cookie:<name>`, `jwt`, or `jwt:` and claims with commas between them';
  return { expects, schema, isQuotable: true };
}

/** The request header that carries it, in lower case. */
export function sessionHeader(source: SessionSource): string {
  if (source.kind === 'header') return source.name;
  return source.kind === 'cookie' ? 'cookie' : 'authorization';
}

/** As it is written in SESSION. */
export function sessionText(source: SessionSource): string {
  if (source.kind !== 'jwt') return `${source.kind}:${source.name}`;
  return source.claims === 'all' ? 'jwt' : `jwt:${source.claims.join(',')}`;
}
