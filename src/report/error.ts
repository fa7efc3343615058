import type { Reason } from './reason';

/**
 * Every error a user or an operator can meet: one row each, and the table of src/report/README.md is made from them.
 * The sentence goes to clients as it stands, so it names no host, no path and nothing of Redis.
 */
export const ERRORS = {
  BAD_REQUEST: [400, 'The request is not a well-formed GraphQL request.', 'Send JSON with a `query` string.'],
  BAD_JSON: [400, 'The request body is not valid JSON in UTF-8.', 'Check the body and its charset.'],
  METHOD_NOT_ALLOWED: [405, 'This operation cannot be sent with this method.', 'Send mutations with POST.'],
  NOT_ACCEPTABLE: [
    406,
    'The client accepts none of the media types in which this can be answered.',
    'Accept `application/json`.',
  ],
  NOT_FOUND: [404, 'There is nothing at this path.', 'GraphQL is served at /graphql.'],
  UNSUPPORTED_MEDIA_TYPE: [
    415,
    'The content type is not supported.',
    'Send `content-type: application/json`.',
  ],
  UNSUPPORTED_CODING: [415, 'The body has a content coding.', 'Send the body as it is.'],
  BODY_TOO_LARGE: [413, 'The request body is larger than the limit.', 'Send less, or raise MAX_BODY_BYTES.'],
  BAD_UPLOAD: [
    400,
    'The form is not a GraphQL multipart request.',
    'Send `operations`, then `map`, then each file that it names.',
  ],
  UPLOAD_TOO_LARGE: [
    413,
    'The request is larger than the limit for requests that bring files.',
    'Send less, or raise MAX_UPLOAD_BYTES.',
  ],
  UPLOAD_BROKE_OFF: [
    400,
    'The request ended before all of its files had arrived.',
    'Send it again. A mutation may have run.',
  ],
  TOO_MANY_VALUES: [
    400,
    'The variables hold more values than the limit.',
    'Send fewer at a time, or raise MAX_VALUES.',
  ],
  URI_TOO_LONG: [
    414,
    'The URL has more than 16 parameters beside those of GraphQL, or more than 2 KiB of them.',
    'Send fewer, or list in IGNORE_PARAMS those that upstream does not read.',
  ],
  HEADERS_TOO_LARGE: [431, 'The headers are larger than 16 KiB.', 'Send less; a long query fits in a POST.'],
  REQUEST_TIMEOUT: [408, 'The request did not arrive in time.', 'Send it again, without long pauses.'],
  MALFORMED_HTTP: [
    400,
    'This is not a well-formed HTTP request.',
    'Check what lies between client and gateway.',
  ],
  CROSS_SITE_REQUEST: [
    403,
    'A page of another site sent this without a preflight request.',
    "Send `apollo-require-preflight: 1`, and list the page's origin in CORS_ORIGINS.",
  ],
  SUBPROTOCOL_UNKNOWN: [
    400,
    'The WebSocket offers no subprotocol that is spoken here.',
    'Offer `graphql-transport-ws`, which the library graphql-ws speaks; `graphql-ws` is the name of an older one.',
  ],
  CROSS_SITE_SOCKET: [
    403,
    "A page of another origin may not open a WebSocket here, or not with the user's cookies.",
    "List the page's origin in CORS_ORIGINS; `*` lets in those without cookies.",
  ],
  TOO_MANY_SOCKETS: [
    503,
    'The gateway takes no more WebSockets and event streams for now.',
    'Connect again after a while; see MAX_SOCKETS.',
  ],
  TOO_MANY_OPERATIONS: [
    429,
    'This connection has as many operations under way as it may have.',
    'End some, open another connection, or raise MAX_SOCKET_OPERATIONS.',
  ],
  EVENT_STREAM_UNKNOWN: [
    404,
    'There is no event stream with this token here.',
    'Reserve one with PUT. It is kept in one process: with several keep each client with one, or use WebSockets.',
  ],
  EVENT_STREAM_TAKEN: [
    409,
    'The event stream with this token is open already.',
    'Reserve another one for each connection.',
  ],
  OPERATION_ID: [
    400,
    'An operation for an event stream has no id, or one that is in use.',
    'Send `extensions.operationId`, another one for each operation.',
  ],
  SUBSCRIBER_TOO_SLOW: [
    429,
    'The subscription was ended: its client took its events too slowly.',
    'Subscribe again; take events faster, or send each client its own by leaving @cacheControl off the field.',
  ],
  NOT_CACHED: [
    504,
    'There is no stored answer, and the request accepts no other.',
    'Ask without `Cache-Control: only-if-cached`.',
  ],
  RESERVED_ALIAS: [400, 'Aliases that begin with `__` are reserved.', 'Rename the alias.'],
  OPERATION_TOO_COMPLEX: [400, 'The operation is beyond a limit.', 'Make it smaller, or raise the limit.'],
  INTROSPECTION_IS_OFF: [
    400,
    'Introspection is off here.',
    'Set INTROSPECTION=1, or read GET /schema.graphql on the admin port.',
  ],
  PERSISTED_QUERY_NOT_FOUND: [
    // Apollo's clients look for this very sentence, in an answer with this status, and then send the text as well.
    200,
    'PersistedQueryNotFound',
    'Send the `query` as well, once.',
  ],
  PERSISTED_QUERY_NOT_SUPPORTED: [
    200,
    'PersistedQueryNotSupported',
    'Send `extensions.persistedQuery` as {version: 1, sha256Hash}, or the `query` alone.',
  ],
  PERSISTED_QUERY_HASH_MISMATCH: [
    400,
    'The hash of the persisted query is not that of its text.',
    'Send the SHA-256 of the `query` in lower-case hex.',
  ],
  DOCUMENT_NOT_FOUND: [
    404,
    'There is no trusted document with this id.',
    'Send the `query`, or add the document to TRUSTED_DOCUMENTS.',
  ],
  DOCUMENT_NOT_TRUSTED: [
    403,
    'Only trusted documents are answered here.',
    'Add the document to TRUSTED_DOCUMENTS, or unset TRUSTED_ONLY.',
  ],
  UPSTREAM_UNREACHABLE: [
    502,
    'The GraphQL API behind the gateway could not be reached.',
    'Check UPSTREAM_URL and the API.',
  ],
  UPSTREAM_TIMEOUT: [
    504,
    'The GraphQL API behind the gateway did not answer in time.',
    'See UPSTREAM_TIMEOUT_MS.',
  ],
  UPSTREAM_BAD_ANSWER: [
    502,
    'The GraphQL API behind the gateway did not answer with GraphQL.',
    'Check UPSTREAM_URL.',
  ],
  UPSTREAM_ANSWER_TOO_LARGE: [
    502,
    'The answer of the GraphQL API behind the gateway is larger than the limit.',
    'Ask for less at a time, or raise MAX_ANSWER_BYTES.',
  ],
  UPSTREAM_UNAUTHORISED: [
    401,
    'The GraphQL API behind the gateway requires credentials.',
    'Send some. Those for reading the schema belong in SCHEMA_HEADERS, and those for every request in UPSTREAM_HEADERS.',
  ],
  UPSTREAM_FORBIDDEN: [
    403,
    'The GraphQL API behind the gateway, or a proxy in front of it, refused the request.',
    'Check the credentials, and any proxy in front of the API.',
  ],
  UPSTREAM_NOT_FOUND: [404, 'There is no GraphQL API where the gateway looks for it.', 'Check UPSTREAM_URL.'],
  UPSTREAM_TAKES_LESS: [
    413,
    'The request is larger than the GraphQL API behind the gateway takes, or what stands before it.',
    'Send less, or raise the limit there.',
  ],
  UPSTREAM_LIMIT: [
    429,
    'The GraphQL API behind the gateway takes no more requests for now.',
    'Wait as long as Retry-After says.',
  ],
  UPSTREAM_UNAVAILABLE: [
    503,
    'The GraphQL API behind the gateway is not available for now.',
    'Wait as long as Retry-After says.',
  ],
  SCHEMA_REFUSED: [
    409,
    'Upstream and the files of SCHEMA do not give a valid schema; the previous one stays in use.',
    'Correct the files: the message has a line for each place.',
  ],
  INTROSPECTION_REFUSED: [
    502,
    'The GraphQL API behind the gateway does not allow introspection.',
    'Allow it for the gateway, if need be by a credential in SCHEMA_HEADERS, or give the whole SDL in SCHEMA.',
  ],
  ABANDONED: [499, 'The client went away before its answer was ready.', 'Nothing to do.'],
  MUTATION_MISROUTED: [
    508,
    'A mutation was sent to this region as the primary region, which it is not.',
    'Make PRIMARY_REGION and PRIMARY_URL the same everywhere; see `lastmile doctor`.',
  ],
  PRIMARY_GATEWAY_UNREACHABLE: [
    502,
    'The region where changes are made could not be reached.',
    'Check PRIMARY_URL and the gateway there. The change may have been made.',
  ],
  NOT_READY: [
    503,
    'The gateway has not read its schema yet.',
    'Try again; see /health/ready on the admin port.',
  ],
  OVERLOADED: [
    503,
    'The gateway has as many requests in flight as it may.',
    'Send it again after as many seconds as Retry-After says; see MAX_IN_FLIGHT.',
  ],
  PURGE_NOT_ACKNOWLEDGED: [
    503,
    'The purge was not acknowledged by the primary.',
    'It is retried; see `lastmile doctor`.',
  ],
  CACHE_ORDER_NOT_ACKNOWLEDGED: [
    503,
    'It holds for this gateway and its workers; the primary has not recorded it for the others.',
    'It is tried again until the primary answers. Until then give the order to each gateway; a region that cannot ask the primary either serves nothing from its cache.',
  ],
  PRIMARY_UNREACHABLE: [
    503,
    'The primary of the purge log could not be asked.',
    'Check PRIMARY_REDIS_URL; see `lastmile doctor`.',
  ],
  PURGE_LOG_UNREADABLE: [
    503,
    "This region's copy of the purge log cannot be read.",
    'Check REDIS_URL; see `lastmile doctor`.',
  ],
  PURGE_LOG_FOREIGN_RECORD: [
    503,
    "This region's copy of the purge log holds a record that no gateway wrote.",
    'Reload the copy from its primary; see `lastmile doctor`.',
  ],
  PURGE_LOG_OLDER: [
    503,
    'A gateway of an earlier version writes to the purge log.',
    'Upgrade it. Until then each of its purges counts for whole types and for all private answers.',
  ],
  PURGE_LOG_NEWER: [
    503,
    'A gateway of a later version has written to the purge log.',
    'Upgrade this one. It skips what it cannot read in the log, and then serves nothing from the cache.',
  ],
  BAD_PURGE: [
    400,
    'This is not a purge request.',
    'Send `{"tags": ["Product:7"]}`, or `{"all": true}`, and `"soft": true` if it may be served stale.',
  ],
  BAD_CACHE_ORDER: [
    400,
    'This does not say how the cache is to be used.',
    'Send `{"serve": false}` or `{"serve": true}`, and `"operations": ["Checkout*"]` if it is about these alone.',
  ],
  BAD_LOOK: [
    400,
    'This does not ask for anything that can be shown.',
    'See what the page at `/` of the admin port asks for.',
  ],
  BAD_DATABASE_POSITION: [
    400,
    'This is not a position of the database.',
    'Send `{"lsn": "16/B374D848"}`: what `pg_current_wal_insert_lsn()` returns in a separate statement after COMMIT.',
  ],
  DATABASE_NOT_CAPTURED: [
    409,
    'No process captures the log of a database.',
    'Set CAPTURE_URL in the primary region, or run `lastmile capture` there.',
  ],
  DATABASE_NOT_REACHED: [
    504,
    'The log of the database was not read up to this position in time.',
    'Ask again; see the log of the process that captures, and lastmile_capture_lag_bytes.',
  ],
  BAD_CHANGE: [
    400,
    'This is not a change record of Debezium.',
    'Have it send the whole envelope as JSON or as a CloudEvent, with `op` and `source`: leave out transforms such as ExtractNewRecordState.',
  ],
  CHANGE_TOO_LARGE: [
    413,
    'The record of a change is larger than 8 MiB.',
    'Leave large columns out of it: see `column.exclude.list` of Debezium.',
  ],
  PURGE_TOO_LARGE: [413, 'The purge request is larger than 50 KB.', 'Send the tags in several requests.'],
  BAD_POSITION: [
    400,
    'This does not ask for a position.',
    'Send `?reached=<position>&within=<milliseconds>`, with at most 60000 of them.',
  ],
  NOT_AUTHORISED: [
    401,
    'The admin port refused this request.',
    'Send `authorization: Bearer <ADMIN_TOKEN>`. Where ADMIN_TOKEN is not set, ask from the machine itself; in production set ADMIN_TOKEN.',
  ],
  IDEMPOTENCY_KEY_REUSED: [
    409,
    'This idempotency key was used for another purge.',
    'Take a new key for each purge.',
  ],
  TOO_MANY_PURGES: [
    429,
    'The admin port was asked for more than its limit allows.',
    'Wait as long as Retry-After says, or send several tags at once.',
  ],
  INTERNAL: [500, 'The gateway failed.', 'See its log for this request.'],
} as const satisfies Record<string, readonly [status: number, sentence: string, remedy: string]>;

export type ErrorCode = keyof typeof ERRORS;

/** The command that prints what is written of an error or a reason. */
export function docsOf(word: ErrorCode | Reason): string {
  return `lastmile docs ${word}`;
}

/** An error of the registry. `detail` and `cause` are for the log; clients see the sentence only. */
export class LastmileError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly remedy: string;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    const [status, sentence, remedy] = ERRORS[code];
    super(sentence, options);
    this.name = 'LastmileError';
    this.code = code;
    this.status = status;
    this.remedy = remedy;
    this.detail = detail;
  }
}
