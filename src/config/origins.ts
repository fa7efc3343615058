import { z } from 'zod';
import type { Reader } from './reader';

/** What CORS_ORIGINS holds: any origin, or those listed, as browsers write them (RFC 6454 6.2). */
export type Origins = '*' | readonly string[];

/** `*`, or origins such as `https://app.example.com` with commas between them. */
export function originList(): Reader<Origins> {
  const schema = z.string().transform((text, context): Origins => {
    const parts = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    if (parts.length === 1 && parts[0] === '*') return '*';
    for (const part of parts) {
      if (!isOrigin(part)) context.addIssue({ code: 'custom', message: faultOf(part) });
    }
    return [...new Set(parts.map((part) => part.toLowerCase()))];
  });
  return { expects: '`*`, or origins with commas between them', schema, isQuotable: true };
}

/** Scheme, host and a port where it is not the scheme's own: what is written otherwise would match no request. */
function isOrigin(text: string): boolean {
  return (
    /^https?:\/\/[^*]+$/i.test(text) && URL.canParse(text) && new URL(text).origin === text.toLowerCase()
  );
}

function faultOf(text: string): string {
  const quoted = JSON.stringify(text.slice(0, 100));
  return text === '*'
    ? '`*` stands alone or not at all.'
    : `${quoted} is not an origin, such as https://app.example.com: no path, no slash at its end, no wildcard.`;
}
