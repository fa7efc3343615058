import { OperationTypeNode, parse, type ExecutionResult } from 'graphql';
import type { Upstream } from './upstream';

const QUESTION = parse('{ __typename }', { noLocation: true });

/**
 * What upstream says in `Cache-Control` of an answer that says nothing. Many servers forbid storing whatever they send:
 * Apollo Server says `no-store` of every answer without hints, and so do common security filters. What is said of all
 * answers alike tells nothing of any one of them.
 */
export class DefaultCacheControl {
  #value: string | undefined;
  #known = false;
  #asking = false;

  constructor(readonly upstream: Upstream) {}

  /** Undefined when upstream forbids nothing by default, and while it could not be asked: then it is asked again. */
  get value(): string | undefined {
    if (!this.#known && !this.#asking) void this.learn();
    return this.#value;
  }

  /** Never rejects. */
  async learn(): Promise<void> {
    this.#asking = true;
    const { headers, answered } = await this.upstream.execute({
      document: QUESTION,
      operation: OperationTypeNode.QUERY,
      operationName: undefined,
      variables: {},
      headers: {},
    });
    this.#asking = false;
    if (!answered) return;
    this.#known = true;
    const said = headers['cache-control'];
    this.#value = said !== undefined && /no-store|no-cache|max-age=0/i.test(said) ? said : undefined;
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

/**
 * Reads the headers of an answer (RFC 9111 5.2.2, RFC 9213), the hints of Apollo's `extensions.cacheControl`, and tags
 * from `Surrogate-Key`, `Cache-Tag`, `extensions.cacheTags` and `extensions.apolloCacheTags`.
 * @param headers lower-case names
 * @param defaultCacheControl a `Cache-Control` that upstream says of every answer, and that therefore says nothing: see {@link DefaultCacheControl}
 */
export function readStorageHints(
  headers: Readonly<Record<string, string>>,
  extensions: ExecutionResult['extensions'] | null,
  defaultCacheControl?: string,
): StorageHints {
  const directives = cacheDirectives(headers, defaultCacheControl);
  const apollo = apolloHints(extensions?.['cacheControl']);
  const forbidden =
    directives.has('no-store') || directives.has('no-cache') || headers['vary']?.trim() === '*';
  return {
    maxAge: forbidden ? 0 : Math.min(secondsOf(directives), ...apollo.map(({ maxAge }) => maxAge)),
    isPrivate: directives.has('private') || apollo.some(({ isPrivate }) => isPrivate),
    mustRevalidate:
      directives.has('must-revalidate') || directives.has('proxy-revalidate') || directives.has('s-maxage'),
    age: wholeSeconds(headers['age']) ?? 0,
    tags: [
      ...(headers['surrogate-key'] ?? '').split(/\s+/),
      ...(headers['cache-tag'] ?? '').split(/\s*,\s*/),
      ...strings(extensions?.['cacheTags']),
      ...strings(extensions?.['apolloCacheTags']),
    ].filter((tag) => tag !== ''),
  };
}

function cacheDirectives(
  headers: Readonly<Record<string, string>>,
  defaultCacheControl: string | undefined,
): ReadonlyMap<string, string> {
  for (const name of TARGETED) {
    const value = headers[name];
    // RFC 9213 2.2: a targeted field that cannot be read is passed over; an empty one says nothing.
    const directives = value === undefined ? undefined : parseDirectives(value);
    if (directives && directives.size > 0) return directives;
  }
  const said = headers['cache-control'] ?? '';
  return parseDirectives(said === defaultCacheControl ? '' : said) ?? new Map([['no-store', '']]);
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
    if (directives.has(name)) return wholeSeconds(directives.get(name)) ?? 0;
  }
  return Infinity;
}

function wholeSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
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
