import { LastmileError, type ErrorCode } from '../report/error';
import type { Reason } from '../report/reason';
import { etagOf, type Representation } from './representation';
import { formatCacheStatus, forwarded, type CacheStatus } from '../report/cache-status';
import type { AnswerType } from './media-type';
import type { Reply, WholeReply } from './request';

/** Codes that say something else of a request than that it is not valid. */
const REASON_OF: ReadonlyMap<ErrorCode, Reason> = new Map([
  ['NOT_READY', 'not-ready'],
  ['NOT_CACHED', 'request'],
  ['INTERNAL', 'error'],
]);

/** A copy downstream is out of a purge's reach, so it has to ask before it is used (RFC 9111 5.2.2.4). */
const GET_CONTROL = 'private, no-cache';
/** A POST's answer is never reusable (RFC 9110 9.3.3). */
const POST_CONTROL = 'no-store';

const LABELS: Readonly<Record<AnswerType, string>> = {
  'application/json': 'application/json; charset=utf-8',
  'application/graphql-response+json': 'application/graphql-response+json; charset=utf-8',
};

/** Writes replies: the one place where bytes and headers meet. */
export class Replies {
  readonly #cache: string;
  readonly #vary: string;

  /** @param varying the request headers that change answers, sessions included */
  constructor(region: string, varying: readonly string[]) {
    // An sf-token (RFC 8941 3.3.4) may not hold every character a region's name could.
    this.#cache = `lastmile-${region.replaceAll(/[^\w.-]/g, '_')}`;
    this.#vary = ['Accept', 'Accept-Encoding', ...varying].join(', ');
  }

  /**
   * An entry's bytes, labelled for this client.
   * @param etag of its body as it is
   * @param age whole seconds since the origin answered (RFC 9111 5.1)
   */
  entry(
    { form, body }: Representation,
    etag: string,
    age: number,
    type: AnswerType,
    get: boolean,
    status: CacheStatus,
  ): Reply {
    // In one go: this is most of what a hit does.
    const headers = [
      'Content-Type',
      LABELS[type],
      'Cache-Status',
      formatCacheStatus(this.#cache, status),
      'Cache-Control',
      get ? GET_CONTROL : POST_CONTROL,
      'Vary',
      this.#vary,
      'ETag',
      etagOf(etag, form),
      'Age',
      String(age),
    ];
    if (form !== 'identity') headers.push('Content-Encoding', form);
    return { status: 200, headers, body, encoding: 'latin1' };
  }

  /**
   * RFC 9110 15.4.5: what a 200 would have said of validator, age and caching, and no body.
   * @param age undefined: it was just made
   */
  notModified(etag: string, age: number | undefined, status: CacheStatus): Reply {
    const headers = [
      'Cache-Status',
      formatCacheStatus(this.#cache, status),
      'Cache-Control',
      GET_CONTROL,
      'Vary',
      this.#vary,
      'ETag',
      etag,
    ];
    if (age !== undefined) headers.push('Age', String(age));
    return { status: 304, headers, body: '' };
  }

  /** An answer that was just made. */
  answer(
    httpStatus: number,
    type: string,
    body: Reply['body'],
    get: boolean,
    status: CacheStatus,
    extra: readonly string[],
  ): Reply {
    return { status: httpStatus, headers: [...this.#common(type, get, status), ...extra], body };
  }

  /** An error of the registry, in the shape of a GraphQL answer. */
  error(code: ErrorCode, type: AnswerType, detail?: string, extra: readonly string[] = []): WholeReply {
    const error = new LastmileError(code);
    const message = detail ?? error.message;
    const body = JSON.stringify({ errors: [{ message, extensions: { code, remedy: error.remedy } }] });
    const why = REASON_OF.get(code) ?? 'invalid';
    const status: CacheStatus = { kind: 'forwarded', fwd: forwarded(why), why };
    return { status: error.status, headers: [...this.#common(type, false, status), ...extra], body };
  }

  #common(type: string, get: boolean, status: CacheStatus): string[] {
    return [
      'Content-Type',
      type.includes('charset') || !type.includes('json') ? type : `${type}; charset=utf-8`,
      'Cache-Status',
      formatCacheStatus(this.#cache, status),
      'Cache-Control',
      get ? GET_CONTROL : POST_CONTROL,
      'Vary',
      this.#vary,
    ];
  }
}
