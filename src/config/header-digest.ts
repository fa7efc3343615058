import { createHmac, scryptSync } from 'node:crypto';

/** Keeps the digest apart from everything else that is made with the same secret. */
const PURPOSE = 'lastmile: headers of the gateway for upstream';

/**
 * A name for headers that hold credentials, by which those of two configurations are told apart and which shows nothing of
 * them: keys are made of it, and lie in a Redis that others can read. Neither order nor case of their names changes it.
 * @param secret what only the gateways know. Undefined: then anyone can test guesses, and the digest is
 *   slow to make (scrypt, RFC 7914: some 50 ms for each attempt), which is all that can be done for one that was easy to guess
 * @returns undefined for no headers
 */
export function digestOfHeaders(
  headers: Readonly<Record<string, string>>,
  secret: string | undefined,
): string | undefined {
  const fields = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  if (fields.length === 0) return undefined;
  const text = JSON.stringify(fields.toSorted(([one], [other]) => (one < other ? -1 : 1)));
  if (secret === undefined) return scryptSync(text, PURPOSE, 32).toString('base64url');
  const key = createHmac('sha256', secret).update(PURPOSE).digest();
  return createHmac('sha256', key).update(text).digest('base64url');
}
