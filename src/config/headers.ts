import { z } from 'zod';
import type { Reader } from './reader';

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

/** Names of request headers, with commas between them, as lower-case names without repetition. */
export function headerNames(): Reader<readonly string[]> {
  const schema = z.string().transform((text, context) => {
    const names = text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    for (const fault of names.map(headerFault)) {
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    }
    return [...new Set(names.map((name) => name.toLowerCase()))];
  });
  return { expects: 'names of request headers with commas between them', schema, isQuotable: true };
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
