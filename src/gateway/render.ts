import type { Entry } from '../cache/entry';
import type { CdnTags } from '../config/config';
import { keysOfAnswer } from '../purge/cdn-keys';
import { withExtensions } from '../answer/extensions';
import { bodyStreamOf, METHODS, type BodyStream, type Reply, type WholeReply } from './request';
import type { Execution } from '../yoga/execution';
import type { Client } from './client';
import { EventBody, eventsType } from './event-forms';
import type { AnswerType, StreamForm } from './media-type';
import {
  failed,
  type Debug,
  type Failed,
  type FromEntry,
  type FromUpstream,
  type Outcome,
  type Purged,
} from './outcome';
import { formatPurged, PURGED_HEADER } from './forward-mutation';
import { languageHeader, ResponseHeaders, type ResponseHeaderOptions } from './response-headers';
import { AS_IT_IS, etagOf, matchEtag, represent, type Compressor } from './representation';
import { joinTokens, tokenHeaders, type Token } from './token';
import { cacheName, formatCacheStatus, type CacheStatus } from '../report/cache-status';
import { LastmileError, type ErrorCode } from '../report/error';

/** Purges do not reach a copy downstream, so it must be revalidated before use (RFC 9111 5.2.2.4). */
const SAFE_CONTROL = 'private, no-cache';
/** A POST's answer is never reusable (RFC 9110 9.3.3). */
const POST_CONTROL = 'no-store';

/** RFC 10008 3: of what types the content of a QUERY may be. */
const QUERY_TYPES = 'application/json, application/graphql+json';

const CDN_HEADERS: Readonly<Record<CdnTags, { readonly name: string; readonly separator: string }>> = {
  'surrogate-key': { name: 'Surrogate-Key', separator: ' ' },
  'cache-tag': { name: 'Cache-Tag', separator: ',' },
};

const LABELS: Readonly<Record<AnswerType, string>> = {
  'application/json': 'application/json; charset=utf-8',
  'application/graphql-response+json': 'application/graphql-response+json; charset=utf-8',
};

export interface RendererOptions {
  /** this region's name */
  readonly region: string;
  /** the request headers that change answers, sessions included */
  readonly varying: readonly string[];
  /** whether the client's token is also set as a cookie */
  readonly tokenCookie: boolean;
  /** makes content codings of entries in memory; undefined: everything leaves as it is */
  readonly compressor: Compressor | undefined;
  /** the header that gives a CDN in front the tags of an answer; undefined: there is no CDN */
  readonly cdnTags?: CdnTags | undefined;
  /** which of upstream's response headers are passed on; default: none but cookies */
  readonly responseHeaders?: ResponseHeaderOptions;
}

/** Makes replies of outcomes: the one place where status, headers and bytes meet. */
export class Renderer {
  readonly #options: RendererOptions;
  readonly #cache: string;
  readonly #vary: string;
  readonly #upstreams: ResponseHeaders;
  /** the keys of an entry, in the header's form; null: too many. Made once, for hits ask for them again and again */
  readonly #cdnKeys = new WeakMap<Entry, string | null>();

  constructor(options: RendererOptions) {
    this.#options = options;
    this.#cache = cacheName(options.region);
    // Who has seen a write is not to be answered from a copy that may be older.
    const varying = options.cdnTags ? [...options.varying, 'Lastmile-Token'] : options.varying;
    this.#vary = ['Accept', 'Accept-Encoding', ...varying].join(', ');
    this.#upstreams = new ResponseHeaders(options.responseHeaders ?? { passed: [], exposed: false });
  }

  /** @param isPart it becomes part of another reply, so it leaves in no content coding, and as a whole */
  render(outcome: Outcome, client: Client, isPart = false): Reply {
    if (outcome.kind === 'entry') return this.#entry(outcome, client, isPart);
    const reply =
      outcome.kind === 'answer' ? this.#answer(outcome, client, isPart) : this.#failed(outcome, client);
    return isPart || client.accepts.json !== undefined ? reply : asEvent(reply, client.accepts.stream);
  }

  /** An error without an outcome: the request was not even read. */
  error(code: ErrorCode, type: AnswerType, detail?: string): WholeReply {
    return this.#error(failed(code, { detail }), type);
  }

  /**
   * The answers of a batch as one. Each was looked up by itself; the whole says the least that is true of all: it may not be
   * stored downstream, and it carries every cookie and one token that covers them all. Its status is 200 whatever became
   * of each (GraphQL over HTTP, Request Batching).
   */
  batch(outcomes: readonly Outcome[], client: Client): Reply {
    const bodies: Buffer[] = [];
    const headers = ['Content-Type', LABELS[typeOf(client)], 'Cache-Control', POST_CONTROL];
    const statuses: string[] = [];
    const answers = outcomes.filter((outcome) => outcome.kind === 'answer');
    let token: Token | undefined;
    for (const outcome of outcomes) {
      const { body, encoding } = whole(this.render(outcome, client, true));
      bodies.push(Buffer.from(bodies.length === 0 ? '[' : ','), asBuffer(body, encoding));
      statuses.push(formatCacheStatus(this.#cache, outcome.status));
      if (outcome.token) token = token ? joinTokens(token, outcome.token) : outcome.token;
    }
    bodies.push(Buffer.from(']'));
    // RFC 9211 2: a list; here one member for each request of the batch, in its order.
    headers.push('Cache-Status', statuses.join(', '), ...purgedHeaders(answers.flatMap(toldOf)));
    headers.push(...languageHeader(outcomes), ...this.#upstreams.of(answers));
    if (token) headers.push(...tokenHeaders(token, this.#options.tokenCookie));
    headers.push('Vary', this.#vary);
    return { status: 200, headers, body: Buffer.concat(bodies) };
  }

  #entry(outcome: FromEntry, client: Client, isPart: boolean): Reply {
    const { entry, scope, age, status, debug, token } = outcome;
    const { compressor } = this.#options;
    // A private answer never leaves in a content coding: its length would tell who can see the wire, and can make its
    // owner ask for things, what is written in it beside what they made it ask (BREACH). A public answer holds no secret.
    const plain = compressor === undefined || !isOfMany(scope) || isPart || debug !== undefined;
    const forms = plain ? AS_IT_IS : client.forms;
    const { form, body } = represent(entry, forms, compressor);
    const { isSafe } = client;
    const mayKeep = isSafe && !isPart;
    if (mayKeep) {
      const etag = matchEtag(client.ifNoneMatch, entry.etag, forms, form);
      if (etag !== undefined) return this.#notModified(etag, age, outcome);
    }
    const keep = mayKeep ? this.#keep(outcome) : undefined;
    const headers = [
      'Content-Type',
      LABELS[typeOf(client)],
      'Cache-Status',
      formatCacheStatus(this.#cache, status),
      'Cache-Control',
      keep?.control ?? (isSafe ? SAFE_CONTROL : POST_CONTROL),
      'Vary',
      this.#vary,
      'ETag',
      etagOf(entry.etag, form),
      'Age',
      String(age),
    ];
    if (keep) headers.push(...keep.tags);
    if (entry.language !== undefined) headers.push('Content-Language', entry.language);
    if (form !== 'identity') headers.push('Content-Encoding', form);
    if (token) headers.push(...tokenHeaders(token, this.#options.tokenCookie));
    const reply: WholeReply = { status: 200, headers, body, encoding: 'latin1' };
    return debug ? explained(reply, debug) : reply;
  }

  #answer(outcome: FromUpstream, client: Client, isPart: boolean): Reply {
    const { entry, httpStatus, contentType, body, debug, status, formerStatus, token, isQuery, execution } =
      outcome;
    if (outcome.events) return this.#events(outcome, outcome.events, client);
    const mayAsk = isQuery === true && client.isSafe;
    const validated = entry && outcome.isEntrysOwn ? entry : undefined;
    if (mayAsk && validated && !isPart) {
      const forms = this.#options.compressor && isOfMany(execution?.scope) ? client.forms : AS_IT_IS;
      const etag = matchEtag(client.ifNoneMatch, validated.etag, forms, 'identity');
      if (etag !== undefined) return this.#notModified(etag, undefined, outcome);
    }
    const headers = this.#common(contentType, mayAsk, status, formerStatus);
    const upstreams = this.#upstreams.of([outcome]);
    // What upstream says to the one that asked is in no copy for others.
    const keep = mayAsk && validated && !isPart && upstreams.length === 0 ? this.#keep(outcome) : undefined;
    if (keep) {
      headers[headers.indexOf('Cache-Control') + 1] = keep.control;
      headers.push(...keep.tags);
    }
    if (validated) headers.push('ETag', validated.etag);
    if (token) headers.push(...tokenHeaders(token, this.#options.tokenCookie));
    headers.push(...purgedHeaders(toldOf(outcome)), ...(outcome.further ?? []));
    headers.push(...languageHeader([outcome]), ...upstreams);
    const reply: Reply = { status: httpStatus, headers, body };
    return debug ? explained(reply, debug) : reply;
  }

  #events(outcome: FromUpstream, events: AsyncIterable<string>, client: Client): Reply {
    const { accepts, request } = client;
    const form = accepts.stream ?? 'events';
    const { status, formerStatus, debug } = outcome;
    const headers = this.#common(eventsType(form), false, status, formerStatus);
    // A proxy that collects a body before it passes it on would hold up what is to come at once.
    headers.push('X-Accel-Buffering', 'no', ...languageHeader([outcome]), ...this.#upstreams.of([outcome]));
    if (debug) headers.push('Server-Timing', debug.timing);
    if (request.isMessage) return { status: 200, headers, body: '', events };
    return { status: 200, headers, body: new EventBody(events, form) };
  }

  /**
   * What lets a CDN in front keep an answer, which it can be told to give up: RFC 9111 5.2.2.10. Browsers cannot be told, so
   * they ask each time. Undefined where it may not.
   */
  #keep({
    entry,
    publicFor = 0,
    token,
    debug,
  }: FromEntry | FromUpstream): { control: string; tags: readonly string[] } | undefined {
    const { cdnTags } = this.#options;
    if (cdnTags === undefined || !entry || publicFor < 1 || token || debug) return undefined;
    let keys = this.#cdnKeys.get(entry);
    if (keys === undefined) {
      keys = keysOfAnswer(entry.tags)?.join(CDN_HEADERS[cdnTags].separator) ?? null;
      this.#cdnKeys.set(entry, keys);
    }
    if (keys === null) return undefined;
    return {
      control: `public, max-age=0, s-maxage=${publicFor}`,
      tags: [CDN_HEADERS[cdnTags].name, keys],
    };
  }

  /**
   * RFC 9110 15.4.5: what a 200 would have said of validator, age and caching, and no body.
   * @param age undefined: it was just made
   */
  #notModified(etag: string, age: number | undefined, outcome: FromEntry | FromUpstream): Reply {
    const { status, token, debug } = outcome;
    const upstreams = outcome.kind === 'answer' ? this.#upstreams.of([outcome]) : [];
    const keep = upstreams.length === 0 ? this.#keep(outcome) : undefined;
    const headers = [
      'Cache-Status',
      formatCacheStatus(this.#cache, status),
      'Cache-Control',
      keep?.control ?? SAFE_CONTROL,
      'Vary',
      this.#vary,
      'ETag',
      etag,
    ];
    if (keep) headers.push(...keep.tags);
    if (age !== undefined) headers.push('Age', String(age));
    if (token) headers.push(...tokenHeaders(token, this.#options.tokenCookie));
    headers.push(...upstreams);
    if (debug) headers.push('Server-Timing', debug.timing);
    return { status: 304, headers, body: '' };
  }

  #failed(outcome: Failed, client: Client): Reply {
    const reply = this.#error(outcome, typeOf(client));
    const { token, debug } = outcome;
    const headers = token
      ? [...reply.headers, ...tokenHeaders(token, this.#options.tokenCookie)]
      : reply.headers;
    return debug ? explained({ ...reply, headers }, debug) : { ...reply, headers };
  }

  /** An error of the registry, in the shape of a GraphQL answer. */
  #error({ code, detail, allow, status }: Failed, type: AnswerType): WholeReply {
    const error = new LastmileError(code);
    const message = detail ?? error.message;
    const body = JSON.stringify({ errors: [{ message, extensions: { code, remedy: error.remedy } }] });
    const headers = this.#common(type, false, status);
    if (allow !== undefined) headers.push('Allow', allow);
    if (allow === METHODS || code === 'UNSUPPORTED_MEDIA_TYPE') headers.push('Accept-Query', QUERY_TYPES);
    return { status: error.status, headers, body };
  }

  #common(type: string, mayAsk: boolean, status: CacheStatus, former?: string): string[] {
    const said = formatCacheStatus(this.#cache, status);
    return [
      'Content-Type',
      type.includes('charset') || !type.includes('json') ? type : `${type}; charset=utf-8`,
      'Cache-Status',
      // RFC 9211 2: a cache adds itself at the end of the list.
      former === undefined ? said : `${former}, ${said}`,
      'Cache-Control',
      mayAsk ? SAFE_CONTROL : POST_CONTROL,
      'Vary',
      this.#vary,
    ];
  }
}

/** How a whole answer is labelled for a client, errors for one that takes none of the two included. */
function typeOf(client: Client): AnswerType {
  return client.accepts.json ?? 'application/json';
}

/** A whole answer for a client that takes nothing but streams: the only result of one. */
function asEvent(reply: Reply, form: StreamForm | undefined): Reply {
  if (form === undefined || bodyStreamOf(reply) || reply.events) return reply;
  const { body, encoding } = whole(reply);
  const headers = [...reply.headers];
  headers[headers.indexOf('Content-Type') + 1] = eventsType(form);
  const events = oneOf(asBuffer(body, encoding).toString());
  // Of another status than 200 such clients read no body.
  return { status: 200, headers, body: new EventBody(events, form) };
}

async function* oneOf(text: string): AsyncGenerator<string, void> {
  yield text;
}

/** The headers for the gateway that forwarded a mutation. */
function toldOf({ purged, tellsPurged }: FromUpstream): readonly Purged[] {
  return purged && tellsPurged ? [purged] : [];
}

function purgedHeaders(all: readonly Purged[]): string[] {
  const value = formatPurged(all);
  return value === undefined ? [] : [PURGED_HEADER, value];
}

/** With an explanation in its extensions, and with Server-Timing. */
function explained(reply: Reply, { explanation, timing }: Debug): Reply {
  const headers = [...reply.headers, 'Server-Timing', timing];
  if (bodyStreamOf(reply)) return { ...reply, headers };
  const { body, encoding } = whole(reply);
  const text = asBuffer(body, encoding).toString();
  const members = parse(text);
  if (!members) return { ...reply, headers };
  // Explained, its bytes are no entry's any more.
  const etagAt = headers.indexOf('ETag');
  if (etagAt >= 0) headers.splice(etagAt, 2);
  const extensions = objectOf(members['extensions']);
  const lastmile = { ...objectOf(extensions['lastmile']), explain: explanation };
  return {
    status: reply.status,
    headers,
    body: withExtensions(text, extensions, { ...extensions, lastmile }),
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Not a GraphQL answer: it leaves as it is.
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Nothing in it is one client's own, so its length tells nothing of anybody when it is compressed. */
function isOfMany(scope: Execution['scope'] | undefined): boolean {
  return scope === 'shared' || scope === 'members';
}

function whole(reply: Reply): WholeReply {
  if (bodyStreamOf(reply))
    throw new TypeError('An answer that comes in parts cannot become part of another.');
  return reply as WholeReply;
}

function asBuffer(body: Buffer | Exclude<string, BodyStream>, encoding: 'latin1' | undefined): Buffer {
  return typeof body === 'string' ? Buffer.from(body, encoding) : body;
}
