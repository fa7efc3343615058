import type { Coding } from '../cache/entry';
import { CODINGS } from './coding';

/** How an answer may leave: in a content coding, or as it is. */
export type Form = Coding | 'identity';

/** As the default of a client that says nothing of codings: RFC 9110 12.5.3 would allow it any. */
export const AS_IT_IS: readonly Form[] = ['identity'];

const known = new Map<string, readonly Form[]>();
const MOST_KNOWN = 1000;

/** Less than any q a client can write, which has three digits. */
const LEAST = 0.0001;

/**
 * Reads an Accept-Encoding header (RFC 9110 12.5.3).
 * @returns the forms that the client accepts and this process can make, the most wanted first. Of those wanted alike a
 *   coding goes before `identity`. Empty when all it accepts is something else.
 */
export function acceptedForms(header: string | undefined): readonly Form[] {
  if (header === undefined) return AS_IT_IS;
  const seen = known.get(header);
  if (seen) return seen;
  const forms = negotiate(header);
  // Clients use a handful of headers. One that invents them makes this begin anew, and costs the others next to nothing.
  if (known.size >= MOST_KNOWN) known.clear();
  if (header.length < 500) known.set(header, forms);
  return forms;
}

function negotiate(header: string): readonly Form[] {
  const listed = new Map<string, number>();
  for (const member of header.split(',')) {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase());
    // Of a name that is listed twice the first counts; RFC 9110 8.4.1.3: x-gzip is gzip.
    const coding = name === 'x-gzip' ? 'gzip' : name;
    if (!listed.has(coding)) listed.set(coding, weightOf(parameters));
  }
  const others = listed.get('*');
  const weight = (form: Form): number => listed.get(form) ?? others ?? (form === 'identity' ? LEAST : 0);
  const forms: readonly Form[] = [...CODINGS, 'identity'];
  return forms.filter((form) => weight(form) > 0).sort((a, b) => weight(b) - weight(a));
}

/** RFC 9110 12.4.2. What is no weight asks for nothing. */
function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  if (q === undefined) return 1;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q.slice(2)) ? Number(q.slice(2)) : 0;
}
