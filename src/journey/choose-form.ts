import type { Entry } from '../cache/entry';
import { acceptedForms, AS_IT_IS, type Form } from '../compress/accept-encoding';
import { LEAST_BYTES, type Compressor } from '../compress/compressor';
import { header, type GatewayRequest } from './request';

/** An entry's body as it leaves. */
export interface Representation {
  readonly form: Form;
  /** a string has one character for each byte */
  readonly body: Buffer | string;
}

/**
 * The forms in which an answer may leave, the most wanted first.
 *
 * A private answer never leaves in a content coding: its length would tell who can see the wire, and can make its owner
 * ask for things, what is written in it beside what they made it ask (BREACH). A public answer holds no secret. Nor does
 * an answer that somebody is about to read: the rest of a batch, or who debugs.
 */
export function formsFor(request: GatewayRequest, scope: 'shared' | 'private'): readonly Form[] {
  const plain = scope === 'private' || request.isPart || request.witness;
  return plain ? AS_IT_IS : acceptedForms(header(request, 'accept-encoding'));
}

/** The form that is wanted most, where it is ready; where it is not it is made for those who come later. */
export function represent(
  entry: Entry,
  forms: readonly Form[],
  compressor: Compressor | undefined,
): Representation {
  const [form = 'identity'] = forms;
  if (form !== 'identity' && compressor && entry.coded) {
    const coded = entry.coded(form);
    if (coded) return { form, body: coded };
    if (coded === undefined && (entry.text ?? entry.body).length >= LEAST_BYTES) compressor.want(entry, form);
  }
  return { form: 'identity', body: entry.text ?? entry.body };
}

/**
 * The ETag of an entry's body in a form: other bytes have another one (RFC 9110 8.8.3.3). It names the coding and not the
 * coded bytes, which another version of Node may write otherwise: no part of them is ever asked for alone.
 */
export function etagOf(etag: string, form: Form): string {
  return form === 'identity' ? etag : `${etag.slice(0, -1)}-${form}"`;
}

/**
 * Which of the ETags that a client has is right for a form it accepts (RFC 9110 13.1.2, with the weak comparison it asks
 * for): the 304 has to name it, so that a cache knows which of its copies is meant (RFC 9111 4.3.4).
 * @param served the form it would be sent
 */
export function matchEtag(
  ifNoneMatch: string | undefined,
  etag: string,
  forms: readonly Form[],
  served: Form,
): string | undefined {
  if (ifNoneMatch === undefined) return undefined;
  const wanted = etagOf(etag, served);
  // What nearly all send is the one tag they were given.
  if (ifNoneMatch === wanted || ifNoneMatch.trim() === '*') return wanted;
  const candidates = ifNoneMatch.split(',').map((candidate) => candidate.trim().replace(/^W\//, ''));
  const form = [served, ...forms].find((each) => candidates.includes(etagOf(etag, each)));
  return form && etagOf(etag, form);
}
