import { OperationTypeNode, parse, type ExecutionResult } from 'graphql';
import { saysOk } from './fault';
import type { Upstream } from './upstream';

/** Milliseconds after which an upstream that did not answer is asked again. */
const ASKED_AGAIN_MS = 10_000;

export const USUAL_QUESTION = parse('{ __typename }', { noLocation: true });

/**
 * What upstream forbids of an answer that says nothing. Many servers forbid storing whatever they send: Apollo Server says
 * `no-store` of every answer without hints, and so do common security filters. What is said of all answers alike tells
 * nothing of any one of them.
 */
export class DefaultCacheControl {
  #value: string | undefined;
  #known = false;
  #asking = false;
  /** of the last time that it was asked */
  #askedAt = -Infinity;

  /** @param now monotonic milliseconds */
  constructor(
    readonly upstream: Upstream,
    readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Undefined when upstream forbids nothing by default, and while it could not be asked: then it is asked again, now and
   * then, as it may refuse such a question for ever.
   */
  get value(): string | undefined {
    if (!this.#known && !this.#asking && this.now() - this.#askedAt >= ASKED_AGAIN_MS) void this.learn();
    return this.#value;
  }

  /** Never rejects. */
  async learn(): Promise<void> {
    this.#asking = true;
    this.#askedAt = this.now();
    const answer = await this.upstream.execute({
      document: USUAL_QUESTION,
      operation: OperationTypeNode.QUERY,
      operationName: undefined,
      variables: {},
      headers: {},
    });
    this.#asking = false;
    // What stands before upstream says of its own pages says nothing of upstream's answers.
    if (!saysOk(answer)) return;
    this.#known = true;
    this.#value = usualIn(answer.headers);
  }
}

/**
 * What upstream said of an answer's storage. It can only take away from what the schema's policy allows: shorten it,
 * keep it private, forbid it; and it can add tags.
 */
export interface StorageHints {
  /** seconds it may be stored at most; Infinity: nothing was said; 0: not at all */
  readonly maxAge: number;
  /** for one session only */
  readonly isPrivate: boolean;
  /** it may not be served once it is stale */
  readonly mustRevalidate: boolean;
  /** seconds it was kept on its way here already (RFC 9111 5.1) */
  readonly age: number;
  /** as a user would write them */
  readonly tags: readonly string[];
}

/** An upstream that says nothing. */
export const NO_HINTS: StorageHints = {
  maxAge: Infinity,
  isPrivate: false,
  mustRevalidate: false,
  age: 0,
  tags: [],
};

/** RFC 9213: of these the first that is there and can be read is the one that counts. */
const TARGETED = ['lastmile-cache-control', 'cdn-cache-control'];

/** Names in lower case, as of an `UpstreamAnswer`. */
type Headers = Readonly<Record<string, string>>;

export interface StorageHintsOptions {
  /** what upstream says of every answer, and what therefore says nothing: see {@link usualIn} */
  readonly usual?: string | undefined;
  /** when it came, milliseconds since 1970: it counts only where an answer that says when it expires has no `Date` */
  readonly now?: number;
}

/**
 * Reads the headers of an answer (RFC 9111 5, RFC 9213), the hints of Apollo's `extensions.cacheControl`, and tags from
 * `Surrogate-Key`, `Cache-Tag`, `extensions.cacheTags` and `extensions.apolloCacheTags`.
 */
export function readStorageHints(
  headers: Headers,
  extensions: ExecutionResult['extensions'] | null,
  { usual, now = Date.now() }: StorageHintsOptions = {},
): StorageHints {
  const targeted = targetedDirectives(headers);
  const isUsual = usual !== undefined && saidIn(headers, now) === usual;
  const directives = targeted ?? (isUsual ? NOTHING : cacheDirectives(headers));
  // RFC 9213 2.2: a targeted field counts instead of all the others.
  const general = targeted || isUsual ? Infinity : olderFields(headers, directives, now);
  const apollo = apolloHints(extensions?.['cacheControl']);
  const forbidden = isForbidden(directives) || listOf(headers['vary']).includes('*');
  return {
    maxAge: forbidden ? 0 : Math.min(secondsOf(directives), general, ...apollo.map(({ maxAge }) => maxAge)),
    isPrivate: directives.has('private') || apollo.some(({ isPrivate }) => isPrivate),
    mustRevalidate:
      directives.has('must-revalidate') || directives.has('proxy-revalidate') || directives.has('s-maxage'),
    // RFC 9111 5.1: of a list the first.
    age: deltaSeconds(listOf(headers['age'])[0]) ?? 0,
    tags: [
      ...(headers['surrogate-key'] ?? '').split(/\s+/),
      ...listOf(headers['cache-tag']),
      ...strings(extensions?.['cacheTags']),
      ...strings(extensions?.['apolloCacheTags']),
    ].filter((tag) => tag !== ''),
  };
}

/**
 * What an answer that says nothing of itself forbids all the same, in `Cache-Control`, `Pragma` or `Expires`: for
 * {@link readStorageHints}. @returns undefined where it forbids nothing
 */
export function usualIn(headers: Headers, now: number = Date.now()): string | undefined {
  const directives = cacheDirectives(headers);
  const forbids =
    isForbidden(directives) || secondsOf(directives) === 0 || olderFields(headers, directives, now) === 0;
  return forbids ? saidIn(headers, now) : undefined;
}

/** The same text for the same said: of an `Expires` only that it has passed, for the time in it is another each time. */
function saidIn(headers: Headers, now: number): string {
  const hasExpired =
    headers['expires'] !== undefined && secondsUntil(headers['expires'], headers['date'], now) === 0;
  return JSON.stringify([headers['cache-control'] ?? '', headers['pragma'] ?? '', hasExpired]);
}

const NOTHING: ReadonlyMap<string, string> = new Map();

/** RFC 9213 2.2: a targeted field that cannot be read is passed over; an empty one says nothing. */
function targetedDirectives(headers: Headers): ReadonlyMap<string, string> | undefined {
  for (const name of TARGETED) {
    const value = headers[name];
    const directives = value === undefined ? undefined : parseDirectives(value);
    if (directives && directives.size > 0) return directives;
  }
  return undefined;
}

function cacheDirectives(headers: Headers): ReadonlyMap<string, string> {
  return parseDirectives(headers['cache-control'] ?? '') ?? new Map([['no-store', '']]);
}

function isForbidden(directives: ReadonlyMap<string, string>): boolean {
  return directives.has('no-store') || directives.has('no-cache');
}

/** Seconds by the fields that `Cache-Control` took the place of: `Pragma` (RFC 9111 5.4), and `Expires` (5.3). */
function olderFields(headers: Headers, directives: ReadonlyMap<string, string>, now: number): number {
  const { expires, date, pragma } = headers;
  const isSilent = headers['cache-control'] === undefined;
  if (isSilent && listOf(pragma).some((said) => said.toLowerCase() === 'no-cache')) return 0;
  const isOverruled = directives.has('max-age') || directives.has('s-maxage');
  return expires === undefined || isOverruled ? Infinity : secondsUntil(expires, date, now);
}

/** RFC 9111 4.2.1 and 5.3: from its own `Date`, so that no two clocks are compared; what is no date has passed. */
function secondsUntil(expires: string, date: string | undefined, now: number): number {
  const from = date === undefined ? now : (readDate(date) ?? now);
  const until = readDate(expires);
  return until === undefined ? 0 : Math.max(0, Math.floor((until - from) / 1000));
}

/** @returns undefined for what is no date of RFC 9110 5.6.7; `Date.parse` takes `0` for the year 2000 */
function readDate(text: string): number | undefined {
  const time = /^[A-Za-z]+, .+ GMT$/.test(text.trim()) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function listOf(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(',').map((item) => item.trim());
}

/** @returns undefined for text that is no list of directives */
function parseDirectives(value: string): Map<string, string> | undefined {
  const directives = new Map<string, string>();
  const pattern =
    /\s*(?:([\w!#$%&'*+.^`|~-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?)?\s*(?:;[^,]*)?(?:,|$)/gy;
  while (pattern.lastIndex < value.length) {
    const match = pattern.exec(value);
    if (!match) return undefined;
    if (match[1] === undefined) continue;
    const name = match[1].toLowerCase();
    // RFC 9111 4.2.1: of several values the first may be used, or the answer counted as stale: the shorter serves both.
    if (!directives.has(name)) directives.set(name, match[2] ?? match[3] ?? '');
  }
  return directives;
}

/** What a shared cache may do counts (RFC 9111 5.2.2.10); a number that cannot be read is none. */
function secondsOf(directives: ReadonlyMap<string, string>): number {
  for (const name of ['s-maxage', 'max-age']) {
    if (directives.has(name)) return deltaSeconds(directives.get(name)) ?? 0;
  }
  return Infinity;
}

/** RFC 9111 1.2.2: a number beyond 2^31 counts as 2^31. */
function deltaSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : undefined;
}

function apolloHints(value: unknown): { readonly maxAge: number; readonly isPrivate: boolean }[] {
  const apollo = isObject(value) ? value['hints'] : undefined;
  if (!Array.isArray(apollo)) return [];
  return apollo.filter(isObject).map(({ maxAge, scope }) => ({
    maxAge: typeof maxAge === 'number' && maxAge >= 0 ? maxAge : Infinity,
    isPrivate: scope === 'PRIVATE',
  }));
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
