import { hash } from 'node:crypto';

/** Keys and logs never hold a credential itself. */
export function fingerprint(value: string): string {
  return hash('sha256', value, 'base64url');
}
