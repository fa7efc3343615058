/**
 * Why an answer did not come from the cache, or was not stored: the words of `detail` in `Cache-Status` (RFC 9211),
 * of the metrics and of `lastmile explain`. The table of `report/README.md` is made from this list. "Unknown" is not among them.
 */
export const REASONS = {
  absent: ['no entry for this request yet', 'nothing: the next request hits'],
  expired: ['its maxAge has passed', 'raise maxAge, or add swr'],
  purged: ['something it shows was purged', 'nothing: that is what a purge is for'],
  distrusted: ['it is older than what this region can vouch for', 'nothing: it is filled again'],
  unproven: ['this region cannot prove that it knows of every purge', 'see `lastmile doctor`'],
  'no-policy': ['a field has no maxAge, or 0', 'give it or its type @cacheControl(maxAge: ...)'],
  'too-complex': [
    'it has more combinations of fragments and types than are worth following',
    'nest fewer fragments on interfaces and unions',
  ],
  private: [
    'a field is PRIVATE and the request has no verified session',
    'send the session that SESSION names, or set SESSION if it is unset',
  ],
  credentials: [
    'the request carries credentials, and a maxAge is only the default, or upstream needs them',
    'set SESSION, declare every maxAge, or give the gateway UPSTREAM_HEADERS of its own',
  ],
  'unkeyed-header': [
    'the request carries a header that can change the answer and is not part of the key: one of FORWARD_HEADERS, or a cookie or `authorization` beside its session',
    'list it in VARY, or stop sending it',
  ],
  mutation: ['mutations are never cached', 'nothing'],
  subscription: ['subscriptions are never cached', 'nothing'],
  introspection: ['introspection is answered from memory', 'nothing'],
  incremental: [
    'the answer is sent in pieces: it has @defer or @stream, or the client accepts only an event stream or multipart',
    'leave these out, and send `application/json` in Accept',
  ],
  upload: ['the request contains files, which are not part of any key', 'nothing'],
  error: ['the answer contains errors, or there was no answer', 'see its errors'],
  status: [
    'upstream answered with data, but with a status other than 200',
    'send cacheable answers with status 200',
  ],
  'too-large': ['the answer is larger than an entry may be', 'raise MAX_ENTRY_BYTES, or ask for less'],
  'not-stored': [
    'neither memory nor Redis keeps it: no room, or a Redis that cannot be used',
    'see the log, `lastmile doctor`, and MEMORY_CACHE_BYTES',
  ],
  'set-cookie': ['upstream set a cookie', 'do not set cookies on cacheable answers'],
  upstream: [
    'upstream forbids it: in Cache-Control, Expires, Pragma or Vary',
    'change it there, or set UPSTREAM_CACHE_CONTROL=ignore if upstream does not mean it',
  ],
  untagged: [
    'the gateway could not build one of its tags or keys, so no purge could reach it',
    'see `lastmile check`; if it finds nothing, upstream fails to resolve the key of an object, or takes known documents only: see `lastmile documents`',
  ],
  off: [
    'the cache is switched off, in every region',
    'see the log for when; `lastmile cache on` switches it on again',
  ],
  excluded: [
    'its name is in NO_CACHE_OPERATIONS, or was switched off while the gateway ran',
    'take it out there; `lastmile cache on <name>`',
  ],
  parts: [
    'its parts did not fit together, because they were of different ages or had errors, so the whole was fetched',
    'see its errors; if there are none, a change was purged too late or not at all: if that persists, see `lastmile doctor` and VERIFY_SAMPLE',
  ],
  'schema-changed': [
    "something that the operation depends on has just changed in upstream's schema, and instances with the old schema may still answer",
    'nothing: it is cached again a minute after the last change',
  ],
  token: ['the client has seen a write that has not reached this region yet', 'nothing: it arrives shortly'],
  request: [
    'the client asked for it: Cache-Control: no-store, so that nothing is stored, or only-if-cached, and there is no entry',
    'nothing',
  ],
  invalid: ['the request is no valid operation', 'see its errors'],
  overloaded: ['the gateway has as many requests in flight as it may have', 'see MAX_IN_FLIGHT'],
  'not-ready': ['the schema has not been read yet', 'see /health/ready'],
} as const satisfies Record<string, readonly [meaning: string, remedy: string]>;

export type Reason = keyof typeof REASONS;
