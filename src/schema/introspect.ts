import {
  getIntrospectionQuery,
  OperationTypeNode,
  parse,
  type DocumentNode,
  type IntrospectionOptions,
} from 'graphql';
import { LastmileError } from '../report/error';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from '../upstream/upstream';

/** A schema is larger than an answer and takes longer to make: limits for an upstream that is asked for nothing else. */
export const INTROSPECTION_LIMITS = { timeoutMs: 30_000, maxAnswerBytes: 64 * 1024 * 1024, retries: 0 };

const FULL: IntrospectionOptions = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
};

/**
 * What to ask for, the most first: a server refuses the whole query for one field it does not know. Without
 * `inputValueDeprecation` newer servers keep deprecated arguments to themselves, and the gateway would refuse them.
 */
const ATTEMPTS: readonly DocumentNode[] = [
  FULL,
  { ...FULL, oneOf: false },
  { ...FULL, oneOf: false, inputValueDeprecation: false },
  { descriptions: true },
].map((options) => parse(getIntrospectionQuery(options), { noLocation: true }));

/** Asks upstream for its schema, and again with as little to send as upstream allows. */
export class Introspector {
  /** what upstream was found to understand */
  #attempt = 0;
  /** where upstream names what it answers */
  #known: { readonly etag: string; readonly text: string } | undefined;
  #answersGet = true;

  readonly #upstream: Upstream;
  readonly #headers: UpstreamRequest['headers'];
  readonly #secrets: readonly string[];

  /** @param headers sent along, in the place of upstream's own of the same names; lower-case names */
  constructor(upstream: Upstream, headers: UpstreamRequest['headers'] = {}) {
    this.#upstream = upstream;
    this.#headers = headers;
    this.#secrets = Object.values(headers)
      .flatMap((value) => [value, ...value.split(/\s+/)])
      .filter(({ length }) => length >= SHORTEST_SECRET);
  }

  /**
   * @returns the introspection result as JSON; the very same text where upstream says that nothing changed
   * @throws LastmileError INTROSPECTION_REFUSED when upstream answers without one; UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT
   *   or UPSTREAM_BAD_ANSWER when it does not answer
   */
  async read(): Promise<string> {
    const again = this.#known && this.#answersGet ? await this.#again(this.#known.etag) : undefined;
    if (again !== undefined) return again;
    let refusal = '';
    // First what was understood before; then all, in case upstream has learnt or forgotten something.
    for (const attempt of new Set([this.#attempt, ...ATTEMPTS.keys()])) {
      const etag = attempt === this.#attempt ? this.#known?.etag : undefined;
      const answer = await this.#ask(attempt, etag === undefined ? undefined : { etag, method: 'POST' });
      if (answer.fault) throw answer.fault;
      const text = this.#textOf(answer);
      if (text !== undefined) {
        this.#attempt = attempt;
        return text;
      }
      refusal = refusalOf(answer, this.#secrets);
      if (answer.status !== undefined && NO_SUCH_PLACE.has(answer.status))
        throw new LastmileError('UPSTREAM_BAD_ANSWER', refusal);
    }
    throw new LastmileError('INTROSPECTION_REFUSED', refusal);
  }

  /**
   * By GET, to which servers and whatever stands before them know how to answer 304.
   * @returns undefined where upstream does not answer it, or something in between does, which may be behind
   */
  async #again(etag: string): Promise<string | undefined> {
    const answer = await this.#ask(this.#attempt, { etag, method: 'GET' });
    if (answer.fault && answer.fault.code !== 'UPSTREAM_BAD_ANSWER') throw answer.fault;
    const text = answer.fault || answer.headers['age'] !== undefined ? undefined : this.#textOf(answer);
    this.#answersGet = text !== undefined;
    return text;
  }

  #ask(attempt: number, unless: UpstreamRequest['unless']): Promise<UpstreamAnswer> {
    return this.#upstream.execute({
      document: ATTEMPTS[attempt]!,
      operation: OperationTypeNode.QUERY,
      operationName: 'IntrospectionQuery',
      variables: {},
      headers: this.#headers,
      ...(unless && { unless }),
    });
  }

  /** @returns undefined where the answer holds no schema. @throws LastmileError UPSTREAM_BAD_ANSWER */
  #textOf({ status, result, headers }: UpstreamAnswer): string | undefined {
    if (status === 304) return this.#known?.text;
    if (Symbol.asyncIterator in result)
      throw new LastmileError('UPSTREAM_BAD_ANSWER', 'introspection was answered with a stream');
    if (!isIntrospection(result.data)) return undefined;
    const text = JSON.stringify(result.data);
    const { etag } = headers;
    this.#known = etag === undefined ? undefined : { etag, text };
    return text;
  }
}

/** There is no GraphQL at that URL, whatever the answer looks like (RFC 9110 15.5.5, 15.5.6, 15.5.11). */
const NO_SUCH_PLACE: ReadonlySet<number> = new Set([404, 405, 410]);

/** Characters of a credential; what is shorter may be any word of a sentence. */
const SHORTEST_SECRET = 8;

/** @param secrets what upstream was sent, and may say again in its error */
function refusalOf({ result, status }: UpstreamAnswer, secrets: readonly string[]): string {
  const message = 'errors' in result ? result.errors?.[0]?.message : undefined;
  const said = secrets.reduce(
    (text, secret) => text.replaceAll(secret, '***'),
    message ?? 'an answer without a schema',
  );
  return `${status === undefined || status === 200 ? '' : `status ${status}: `}${said}`;
}

/** As far as is needed to tell a schema from `null`; building it finds what is wrong inside. */
function isIntrospection(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || !('__schema' in data)) return false;
  const { __schema: schema } = data;
  return typeof schema === 'object' && schema !== null && 'types' in schema && Array.isArray(schema.types);
}
