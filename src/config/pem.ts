import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Reader } from './readers';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/;

/**
 * Certificates in PEM (RFC 7468): the path of a file, or the text itself where there are no files but secrets.
 * The value is the text, one certificate or several.
 */
export function certificates(): Reader<string> {
  return pem('certificates', (text) => {
    if (!CERTIFICATE.test(text)) return 'There is no certificate in it.';
    return succeeds(() => certificatesIn(text)) ? undefined : 'A certificate in it cannot be read.';
  });
}

/** @param text as {@link certificates} has it. @throws when one of them cannot be read */
export function certificatesIn(text: string): X509Certificate[] {
  return [...text.matchAll(new RegExp(CERTIFICATE, 'g'))].map(([one]) => new X509Certificate(one));
}

/** A private key in PEM, without a passphrase, in the same way. */
export function privateKey(): Reader<string> {
  return pem('a private key', (text) => {
    if (/ENCRYPTED/.test(text)) return 'The key has a passphrase, which redis-server would ask for.';
    return succeeds(() => createPrivateKey(text)) ? undefined : 'There is no private key in it.';
  });
}

/** @param faultOf says what is wrong with a text, and quotes nothing of it */
function pem(what: string, faultOf: (text: string) => string | undefined): Reader<string> {
  const schema = z
    .string()
    .trim()
    .transform((given, context) => {
      const text = textOf(given);
      const message = typeof text === 'string' ? faultOf(text) : `The file cannot be read (${text.code}).`;
      if (message !== undefined) context.addIssue({ code: 'custom', message });
      return typeof text === 'string' ? text : '';
    });
  return { expects: `the path of a file with ${what} in PEM, or the text itself`, schema, isQuotable: false };
}

/** @returns of a file that cannot be read, the system's code */
function textOf(given: string): string | { readonly code: string } {
  // Where a variable can have no line breaks they are written as \n.
  if (given.includes('-----BEGIN')) return given.replaceAll(String.raw`\n`, '\n');
  try {
    return readFileSync(given, 'utf8');
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? 'error' };
  }
}

function succeeds(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
