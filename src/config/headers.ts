import { z } from 'zod';
import { listed, type Reader } from './readers';

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

/** Fields of one connection, which no intermediary passes on. RFC 9110 7.6.1, with those of RFC 2616 13.5.1. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that describe the request the gateway itself sends: the client's would be false, or lead elsewhere. */
const OWN: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

/** Response headers that the gateway writes itself, beside `Lastmile-*` and what CORS_ORIGINS has it say. */
const OWN_RESPONSE: ReadonlySet<string> = new Set([
  'accept-encoding',
  'age',
  'allow',
  'cache-control',
  'cache-status',
  'content-encoding',
  'content-language',
  'content-length',
  'content-type',
  'date',
  'etag',
  'server-timing',
  'vary',
]);

/** Those that are true of upstream's bytes, and of how long these may be kept. */
const OF_OTHER_BYTES: ReadonlySet<string> = new Set([
  'accept-ranges',
  'cdn-cache-control',
  'content-digest',
  'content-location',
  'content-md5',
  'content-range',
  'digest',
  'expires',
  'last-modified',
  'pragma',
  'repr-digest',
  'surrogate-control',
]);

/** RFC 9110 5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;

/** RFC 9110 5.5, without the obsolete bytes above ASCII. */
const VALUE = /^[\t\x20-\x7e]*$/;

/** Why a request header can be neither forwarded nor set nor part of the key; undefined when it can. */
export function headerFault(name: string): string | undefined {
  if (!TOKEN.test(name)) return `${quote(name)} is not the name of a header.`;
  const lower = name.toLowerCase();
  if (HOP_BY_HOP.has(lower))
    return `${quote(lower)} belongs to one connection (hop-by-hop) and is never passed on.`;
  if (OWN.has(lower)) return `${quote(lower)} is set by the gateway itself.`;
  return undefined;
}

/** Why a response header of upstream's is never passed on; undefined when it may be. @param name in lower case */
export function responseHeaderFault(name: string): string | undefined {
  if (HOP_BY_HOP.has(name))
    return `${quote(name)} belongs to one connection (hop-by-hop) and is never passed on.`;
  if (OWN_RESPONSE.has(name) || /^(?:lastmile|access-control)-/.test(name))
    return `${quote(name)} is written by the gateway itself.`;
  if (OF_OTHER_BYTES.has(name))
    return `${quote(name)} is true of upstream's answer, and not of the gateway's.`;
  // RFC 7838; the others are obeyed by Fly's proxy and by nginx.
  if (name === 'alt-svc' || name === 'fly-replay' || name.startsWith('x-accel-'))
    return `${quote(name)} would have the client, or a proxy in front, go past the gateway.`;
  return undefined;
}

/** Names that end in a word for a credential: `x-api-key`, `x-hasura-admin-secret`, `x-auth-token`. */
const CREDENTIAL =
  /(?:^|-)(?:auth|authorization|cookie|credentials?|jwt|password|secret|session|token|(?:api)?key)$/;

/** Whether a request header, by its name, says who is asking. @param name in lower case */
export function isCredential(name: string): boolean {
  return CREDENTIAL.test(name);
}

/** Names of response headers, or their beginnings with a `*` behind, in lower case. */
export function responseHeaderPatterns(): Reader<readonly string[]> {
  const schema = z.string().transform((text, context) => {
    const patterns = listed(text.toLowerCase());
    for (const pattern of patterns) {
      const isName = TOKEN.test(pattern) && !pattern.slice(0, -1).includes('*');
      const fault = isName
        ? responseHeaderFault(pattern)
        : `${quote(pattern)} is not the name of a header, nor the beginning of one with a \`*\` behind.`;
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    }
    return patterns;
  });
  const expects = 'names of response headers with commas between them, or their beginnings with a `*` behind';
  return { expects, schema, isQuotable: true };
}

/** Names of request headers, with commas between them, as lower-case names without repetition. */
export function headerNames(): Reader<readonly string[]> {
  const schema = z.string().transform((text, context) => {
    const names = listed(text);
    for (const fault of names.map(headerFault)) {
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    }
    return [...new Set(names.map((name) => name.toLowerCase()))];
  });
  return { expects: 'names of request headers with commas between them', schema, isQuotable: true };
}

/** The name of one response header, in lower case. */
export function headerName(): Reader<string> {
  const schema = z
    .string()
    .regex(TOKEN, 'It is not the name of a header.')
    .transform((name) => name.toLowerCase());
  return { expects: 'the name of a response header', schema, isQuotable: true };
}

/** Headers with their values: a JSON object of strings, or lines of `name: value`. Yields lower-case names. */
export function headerFields(): Reader<Readonly<Record<string, string>>> {
  const schema = z.string().transform((text, context) => {
    const fields = new Map<string, string>();
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    for (const [name, value] of readJson(text) ?? readLines(text)) {
      const lower = name.toLowerCase();
      const fault = headerFault(name);
      // What cannot be a name may be a value that lost its name: it is not quoted.
      if (!TOKEN.test(name))
        refuse('It holds a line that does not begin with the name of a header and a colon.');
      else if (fault !== undefined) refuse(fault);
      else if (!VALUE.test(value)) refuse(`The value of ${quote(lower)} is not text of printable ASCII.`);
      else if (fields.has(lower)) refuse(`${quote(lower)} is there twice.`);
      else fields.set(lower, value);
    }
    return Object.fromEntries(fields);
  });
  const expects = 'a JSON object of strings, or lines of `name: value`';
  return { expects, schema, isQuotable: false };
}

/** Undefined for what is not a JSON object of strings, which is then read as lines. */
function readJson(text: string): [string, string][] | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const parsed = z.record(z.string(), z.string()).safeParse(JSON.parse(text));
    return parsed.success ? Object.entries(parsed.data) : undefined;
  } catch {
    // Not JSON: reading it as lines then says what is wrong, since no header's name begins with a brace.
    return undefined;
  }
}

function readLines(text: string): [string, string][] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      return colon === -1 ? ['', ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 64));
}
