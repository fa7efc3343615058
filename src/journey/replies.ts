import type { Entry } from '../cache/entry';
import { LastmileError, type ErrorCode } from '../report/error';
import type { Reason } from '../report/reason';
import { formatCacheStatus, forwarded, type CacheStatus } from './cache-status';
import type { AnswerType } from './media-type';
import type { Reply, WholeReply } from './request';

/** Codes that say something else of a request than that it is not valid. */
const REASON_OF: ReadonlyMap<ErrorCode, Reason> = new Map([
  ['NOT_READY', 'not-ready'],
  ['NOT_CACHED', 'request'],
  ['INTERNAL', 'error'],
]);

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

  /** An entry's bytes, labelled for this client. */
  entry(entry: Entry, now: number, type: AnswerType, get: boolean, status: CacheStatus): Reply {
    const headers = this.#common(type, get, status);
    // RFC 9111 5.1: whole seconds since the origin answered.
    headers.push('ETag', entry.etag, 'Age', String(Math.max(0, Math.floor((now - entry.answeredAt) / 1000))));
    const { text } = entry;
    return text === undefined
      ? { status: 200, headers, body: entry.body }
      : { status: 200, headers, body: text, encoding: 'latin1' };
  }

  /** RFC 9110 15.4.5: what a 200 would have said of validator, age and caching, and no body. */
  notModified(reply: Reply): Reply {
    return { status: 304, headers: dropHeader(reply.headers, 'Content-Type'), body: '' };
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
      // A copy downstream is out of a purge's reach, so it has to ask before it is used (RFC 9111 5.2.2.4).
      // A POST's answer is never reusable (RFC 9110 9.3.3).
      get ? 'private, no-cache' : 'no-store',
      'Vary',
      this.#vary,
    ];
  }
}

function dropHeader(headers: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] !== name) kept.push(headers[index]!, headers[index + 1]!);
  }
  return kept;
}

/** RFC 9110 13.1.2, with the weak comparison it asks for. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
