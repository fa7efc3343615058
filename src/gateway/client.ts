import { AS_IT_IS, acceptedForms, type Form } from './representation';
import { accepted, type Accepted } from './media-type';
import type { GatewayRequest } from './request';
import type { HeaderSettings, RequestFacts } from './rules';
import type { Audience } from '../yoga/execution';
import { randomUUID } from 'node:crypto';
import type { RequestAccount } from '../report/access-log';
import type { Span } from '../report/trace';
import { NO_SESSION, readCookie, type Session, type Sessions } from './session';
import { joinTokens, parseToken, TOKEN_COOKIE, withoutTokenCookie, type Token } from './token';
import type { UrlParameters } from './url-parameters';

/** What the operator configured that says how a client is read. */
export interface ClientSettings {
  readonly rules: HeaderSettings;
  readonly sessions: Sessions;
  /** lower-case names of headers that upstream is sent and that no answer depends on */
  readonly pass: readonly string[];
  /** which parameters of the URL upstream is sent */
  readonly parameters: UrlParameters;
  /** whether the token is also taken from a cookie */
  readonly tokenCookie: boolean;
  /** who may debug; `this machine`: requests from it, not forwarded for another client */
  readonly debugs: 'everybody' | 'this machine' | 'nobody';
}

/** Headers that identify the client. */
const CREDENTIALS = ['authorization', 'cookie'];
const NOTHING: readonly string[] = [];
/** Names a request in logs: a convention of proxies. */
export const REQUEST_ID = 'x-request-id';

/** An id that can be written anywhere as it is; any other is taken for none. */
function readRequestId(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.:/+=@-]{1,128}$/.test(text) ? text : undefined;
}

/** Whether a request header may identify the client. */
export function saysWho(name: string, { sessionHeader }: Pick<HeaderSettings, 'sessionHeader'>): boolean {
  return CREDENTIALS.includes(name) || name === sessionHeader;
}

/**
 * The client of a request: everything the request says besides its operation. Each value is read on first use and
 * then kept. The request headers that caching and the form of an answer depend on are read here.
 */
export class Client implements RequestFacts {
  readonly #settings: ClientSettings;
  /** the trace that its spans belong to; undefined: it is not traced */
  trace: Span | undefined;
  /** what becomes of it is taken down there; undefined: nowhere */
  account: RequestAccount | undefined;
  #requestId: string | undefined;
  #accepts: Accepted | undefined;
  #session: Session | Promise<Session> | undefined;
  #parameters: { readonly passed: string | undefined } | undefined;

  constructor(
    readonly request: GatewayRequest,
    settings: ClientSettings,
    /** when its request was here; monotonic milliseconds */
    readonly beganAt = 0,
  ) {
    this.#settings = settings;
  }

  /**
   * Its method is safe (RFC 9110 9.2.1): it may be told that nothing has changed, downstream caches may keep what it is
   * sent, and it changes nothing.
   */
  get isSafe(): boolean {
    const { method } = this.request;
    return method === 'GET' || method === 'HEAD' || method === 'QUERY';
  }

  /** By what the log, upstream and other regions know it: as `x-request-id` has it, or drawn when it is first wanted. */
  get requestId(): string {
    return (this.#requestId ??= readRequestId(this.header(REQUEST_ID)) ?? randomUUID());
  }

  get accepts(): Accepted {
    return (this.#accepts ??= accepted(this.header('accept')));
  }

  /** The forms in which an answer may leave, the most wanted first (RFC 9110 12.5.3). */
  get forms(): readonly Form[] {
    const value = this.header('accept-encoding');
    return value === undefined ? AS_IT_IS : acceptedForms(value);
  }

  /** The parameters of its URL that upstream is sent and that are part of the key; undefined: more than may be. */
  get parameters(): string | undefined {
    return (this.#parameters ??= { passed: this.#settings.parameters.read(this.request) }).passed;
  }

  get ifNoneMatch(): string | undefined {
    return this.header('if-none-match');
  }

  /** The token it presents, in the header or, where TOKEN_COOKIE is set, the cookie: all that both stand for. */
  get token(): Token | undefined {
    const text = this.header('lastmile-token');
    const fromHeader = text === undefined ? undefined : parseToken(text);
    if (!this.#settings.tokenCookie) return fromHeader;
    const cookies = this.header('cookie');
    const cookie = cookies === undefined ? undefined : readCookie(cookies, TOKEN_COOKIE);
    const fromCookie = cookie === undefined ? undefined : parseToken(cookie);
    return fromHeader && fromCookie ? joinTokens(fromHeader, fromCookie) : (fromHeader ?? fromCookie);
  }

  /**
   * Whether its Cache-Control holds a directive (RFC 9111 5.2.1). Of these the gateway obeys `no-store` and
   * `only-if-cached`. It does not obey `no-cache` and `max-age`, which are advice to a cache that cannot know whether its
   * copies are true: this one knows, and a client that could make it ask upstream at will could overload upstream.
   */
  asks(directive: 'no-store' | 'only-if-cached'): boolean {
    const value = this.header('cache-control');
    if (value === undefined) return false;
    return value.split(',').some((part) => part.trim().toLowerCase() === directive);
  }

  /** It wants the token in the answer's `extensions`. */
  get wantsExtensions(): boolean {
    return this.header('lastmile-extensions') === '1';
  }

  /** It wants its answer explained, and may have that. */
  get debugs(): boolean {
    return this.request.headers['lastmile-debug'] === '1' && this.mayDebug;
  }

  /** Its answers are explained where it wants that. */
  get mayDebug(): boolean {
    const { debugs } = this.#settings;
    return debugs === 'everybody' || (debugs === 'this machine' && this.request.isLocal === true);
  }

  /** The client's session. A promise only if keys must be fetched first; never rejects. */
  session(): Session | Promise<Session> {
    const { sessions } = this.#settings;
    if (sessions.header === undefined) return NO_SESSION;
    return (this.#session ??= sessions.identify(this.header(sessions.header)));
  }

  /** It identifies its client, in one of the usual headers or in the one that SESSION names. */
  get hasCredentials(): boolean {
    const { sessionHeader } = this.#settings.rules;
    if (this.request.headers['authorization'] !== undefined) return true;
    if (sessionHeader !== undefined && sessionHeader !== 'cookie' && this.header(sessionHeader) !== undefined)
      return true;
    const cookies = this.header('cookie');
    return cookies !== undefined && withoutTokenCookie(cookies) !== undefined;
  }

  /** @param sent request headers: whether they leave out some of what this client says of who it is */
  saysMoreThan(sent: Readonly<Record<string, string>>): boolean {
    const { sessionHeader } = this.#settings.rules;
    const names = sessionHeader === undefined ? CREDENTIALS : [...CREDENTIALS, sessionHeader];
    return names.some((name) => {
      const value = sent[name] === undefined ? this.header(name) : undefined;
      return value !== undefined && (name !== 'cookie' || withoutTokenCookie(value) !== undefined);
    });
  }

  get hasUnkeyedHeader(): boolean {
    return this.#settings.rules.forward.some((name) => this.#hasUnkeyed(name));
  }

  get hasSecondCredential(): boolean {
    return CREDENTIALS.some((name) => this.#hasUnkeyed(name));
  }

  /** The values of the headers in VARY, in its order. An absent header and an empty one are different requests. */
  get varying(): readonly string[] {
    const { vary } = this.#settings.rules;
    if (vary.length === 0) return NOTHING;
    return vary.map((name) => (this.request.headers[name] === undefined ? '-' : `+${this.header(name)}`));
  }

  /**
   * The request headers upstream is sent: for a shared answer only those in its key, so that no credentials can
   * change it; for a private one, or one that all sessions share, its session's too; past the cache all that the operator
   * forwards, and credentials. Those that no answer depends on go along with each.
   */
  headersFor(scope: Audience | 'bypass', session: Session = NO_SESSION): Record<string, string> {
    const { pass, rules } = this.#settings;
    const { vary, forward, sessionHeader } = rules;
    const names = [...pass, ...vary];
    if (scope === 'bypass') names.push(...CREDENTIALS, ...forward, ...(sessionHeader ? [sessionHeader] : []));
    const headers: Record<string, string> = {};
    for (const name of names) {
      const value = name === REQUEST_ID && pass.includes(name) ? this.requestId : this.header(name);
      const sent = name === 'cookie' && value !== undefined ? withoutTokenCookie(value) : value;
      if (sent !== undefined) headers[name] = sent;
    }
    if (scope !== 'shared' && scope !== 'bypass' && session.kind === 'verified')
      Object.assign(headers, session.forward);
    return headers;
  }

  /** The headers of VARY that it carries; undefined if one of them identifies the client. */
  get keyedHeaders(): Readonly<Record<string, string>> | undefined {
    const { rules } = this.#settings;
    const headers: Record<string, string> = {};
    for (const name of rules.vary) {
      const value = this.header(name);
      if (value === undefined) continue;
      if (saysWho(name, rules)) return undefined;
      headers[name] = value;
    }
    return headers;
  }

  /** Of what upstream is sent past the cache all that an answer may depend on, in one text. */
  get decisiveHeaders(): string {
    const headers = Object.entries(this.headersFor('bypass'));
    return JSON.stringify(headers.filter(([name]) => !this.#settings.pass.includes(name)));
  }

  /** One header; of several with one name the first. */
  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return typeof value === 'string' || value === undefined ? value : value[0];
  }

  #hasUnkeyed(name: string): boolean {
    const { vary, sessionHeader } = this.#settings.rules;
    if (name === sessionHeader || vary.includes(name)) return false;
    const value = this.header(name);
    return value !== undefined && (name !== 'cookie' || withoutTokenCookie(value) !== undefined);
  }
}
