import { WRITABLE_LANGUAGES } from '../cache/entry';
import { responseHeaderFault } from '../config/headers';
import { nameMatcher } from '../config/name-patterns';
import type { UpstreamAnswer } from '../upstream/upstream';
import type { FromUpstream, Outcome } from './outcome';

type Headers = UpstreamAnswer['headers'];

/** RFC 9110 5.5: what node:http refuses to write in a field's value. */
export const NOT_IN_A_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** What upstream says of the language of its bytes: it is stored with them. */
export function languageIn(headers: Headers): string | undefined {
  const languages = headers['content-language'];
  return languages !== undefined && WRITABLE_LANGUAGES.test(languages) ? languages : undefined;
}

/** What upstream says beside a refusal of what would help (RFC 9110 10.2.3, 11.6.1): part of it, for all who are given it. */
const OF_A_REFUSAL = ['retry-after', 'www-authenticate'];

export interface ResponseHeaderOptions {
  /** patterns of lower-case names */
  readonly passed: readonly string[];
  /** pages of other origins may read answers, and are to read these of them */
  readonly exposed: boolean;
}

/**
 * Which of upstream's response headers a client is given: `Set-Cookie` and those that the operator lists, where its request
 * caused the call, and no other client. They may be a log-in.
 */
export class ResponseHeaders {
  readonly #options: ResponseHeaderOptions;
  readonly #isPassed: (name: string) => boolean;

  constructor(options: ResponseHeaderOptions) {
    this.#options = options;
    this.#isPassed = nameMatcher(options.passed);
  }

  /** @returns names and values in turn; of a header that several answers have the last one's, but each cookie */
  of(outcomes: readonly FromUpstream[]): string[] {
    const cookies: string[] = [];
    const fields = new Map<string, string>();
    for (const outcome of outcomes) {
      const { own = {} } = outcome;
      if (own['set-cookie'] !== undefined) cookies.push(...own['set-cookie'].split('\n'));
      for (const name of Object.keys(own)) if (this.#passes(name, own)) fields.set(name, own[name]!);
      for (const [name, value] of refusalHeaders(outcome)) fields.set(name, value);
    }
    if (cookies.length === 0 && fields.size === 0) return [];
    const all = [...cookies.map((value) => ['Set-Cookie', value] as const), ...fields];
    const written = all.filter(([, value]) => !NOT_IN_A_VALUE.test(value)).flat();
    if (this.#options.exposed && fields.size > 0)
      written.push('Access-Control-Expose-Headers', [...fields.keys()].join(', '));
    return written;
  }

  #passes(name: string, { connection = '' }: Headers): boolean {
    if (name === 'set-cookie' || !this.#isPassed(name) || responseHeaderFault(name) !== undefined)
      return false;
    // RFC 9110 7.6.1: what Connection names is meant for that connection alone.
    return !connection
      .toLowerCase()
      .split(',')
      .some((nominated) => nominated.trim() === name);
  }
}

/** For everyone whose answer has upstream's own status of failure. */
function refusalHeaders({ httpStatus, execution }: FromUpstream): [string, string][] {
  const { status, headers } = execution?.answer ?? {};
  if (httpStatus < 400 || status !== httpStatus || !headers) return [];
  return OF_A_REFUSAL.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]));
}

/** The languages of answers that become one, each once. @returns a header, name and value, or nothing */
export function languageHeader(outcomes: readonly Outcome[]): string[] {
  const languages = new Set<string>();
  for (const outcome of outcomes) {
    if (outcome.kind === 'error') continue;
    const language = outcome.kind === 'entry' ? outcome.entry.language : outcome.language;
    for (const one of language?.split(',') ?? []) languages.add(one.trim());
  }
  return languages.size === 0 ? [] : ['Content-Language', [...languages].join(', ')];
}
