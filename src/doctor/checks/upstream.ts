import { OperationTypeNode, parse } from 'graphql';
import { causeOf } from '../../report/cause';
import { createHttpUpstream } from '../../upstream/http-upstream';
import type { UpstreamAnswer } from '../../upstream/upstream';
import { error, ok, warning, type Observation, type OptionsCheck } from '../check';

const QUESTION = parse('{ __typename }', { noLocation: true });

/** A GraphQL API, as its gateway asks it. */
export interface Api {
  /** as a person would call it */
  readonly name: string;
  /** the variable that says where it is */
  readonly variable: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** milliseconds it has to answer */
  readonly timeoutMs: number;
}

/** What came of asking an API. */
export interface AskedApi {
  readonly found: Observation;
  /** its response headers, lower-case names */
  readonly headers: UpstreamAnswer['headers'];
}

/** The API of UPSTREAM_URL. */
export const UPSTREAM_CHECKS: readonly OptionsCheck[] = [
  {
    id: 'upstream',
    title: 'does the API answer',
    run: async ({ upstream }) => {
      const { url, headers, timeoutMs } = upstream ?? {};
      if (url === undefined || headers === undefined || timeoutMs === undefined) return [];
      const { found } = await askApi({
        name: 'the GraphQL API',
        variable: 'UPSTREAM_URL',
        url,
        headers,
        timeoutMs,
      });
      return [found];
    },
  },
];

/** Asks an API `{ __typename }` as the gateway would ask it, once. Never throws. */
export async function askApi(api: Api): Promise<AskedApi> {
  const { url, headers, timeoutMs } = api;
  const upstream = createHttpUpstream({ url, headers, timeoutMs, retries: 0 });
  const askedAt = performance.now();
  try {
    const answer = await upstream.execute({
      document: QUESTION,
      operation: OperationTypeNode.QUERY,
      operationName: undefined,
      variables: {},
      headers: {},
    });
    return { found: observe(api, answer, performance.now() - askedAt), headers: answer.headers };
  } finally {
    await upstream.close();
  }
}

/** Without what a URL may hold of secrets. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

/** There is no GraphQL at that path. */
const NO_SUCH_PLACE: ReadonlySet<number | undefined> = new Set([404, 405, 410]);
const REFUSED: ReadonlySet<number | undefined> = new Set([401, 403]);

function observe(
  { name, variable, url }: Api,
  { status, fault, result }: UpstreamAnswer,
  tookMs: number,
): Observation {
  const api = `${name} at ${placeOf(url)}`;
  const time = `in ${Math.round(tookMs)} ms`;
  if (status === undefined && fault) {
    const cause = fault.cause ?? fault;
    const { word, what, remedy } = causeOf(cause);
    const said = cause === fault ? (fault.detail ?? fault.code) : word;
    return error(`${api} ${what} (${said})`, remedy(variable));
  }
  const said = `${api} answers ${time} with status ${status}`;
  if (REFUSED.has(status))
    return warning(
      `${said}: it requires credentials, or other ones`,
      'Nothing, if it takes those of clients. A credential for every request belongs in UPSTREAM_HEADERS, one for reading the schema in SCHEMA_HEADERS.',
    );
  if (NO_SUCH_PLACE.has(status))
    return error(
      `${said}: there is no GraphQL API`,
      `Check the path in ${variable}: many APIs are at /graphql.`,
    );
  if (fault)
    return error(
      `${api} answers ${time}, but not with GraphQL: ${fault.detail ?? fault.message}`,
      status !== undefined && status >= 500
        ? 'See the log of the API, and any proxy in front of it.'
        : `Check host and path in ${variable}: many APIs are at /graphql.`,
    );
  const data = 'data' in result ? result.data : undefined;
  if (data?.['__typename'] !== undefined) return ok(said);
  const message = 'errors' in result ? result.errors?.[0]?.message : undefined;
  return warning(
    `${said}, and with an error to { __typename }: ${message ?? 'it holds no data'}`,
    'Nothing, if it takes known documents only. Otherwise see the log of the API.',
  );
}
