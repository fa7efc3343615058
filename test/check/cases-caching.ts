import { mutation, query, type CheckCase } from './case';

/** What can be wrong with how long and with whom an answer is shared. */
export const CACHING_CASES: readonly CheckCase[] = [
  [
    'viewer-field-shared',
    'a field of a type that is kept',
    'T.likedByMe',
    query('a: T @cacheControl(maxAge: 5)', 'type T { id: ID! likedByMe: Boolean }'),
  ],
  [
    'viewer-field-shared',
    'a root field',
    'Query.me',
    query('me: T', 'type T @cacheControl(maxAge: 5) { id: ID! }'),
  ],
  ['unreadable-argument', 'a maxAge in quotes', 'Query.a', query('a: Int @cacheControl(maxAge: "5")')],
  ['unreadable-argument', 'a scope in quotes', 'Query.a', query('a: Int @cacheControl(scope: "PUBLIC")')],
  [
    'unreadable-argument',
    'an unknown scope',
    'T',
    query('a: T @cacheControl(maxAge: 1)', 'type T @cacheControl(scope: NONE) { id: ID }'),
  ],
  ['unreadable-argument', 'a tag without a format', 'Query.a', query('a: Int @cacheTag')],
  ['negative-seconds', 'maxAge', 'Query.a', query('a: Int @cacheControl(maxAge: -1)')],
  ['negative-seconds', 'swr', 'Query.a', query('a: Int @cacheControl(maxAge: 1, swr: -1)')],
  [
    'contradictory-max-age',
    'both',
    'T.t',
    query(
      'a: T @cacheControl(maxAge: 1)',
      'type T { id: ID t: T @cacheControl(maxAge: 1, inheritMaxAge: true) }',
    ),
  ],
  [
    'repeated-directive',
    'two on one field',
    'Query.a',
    query('a: Int @cacheControl(maxAge: 1) @cacheControl(maxAge: 2)'),
  ],
  ['swr-without-max-age', 'on a field', 'Query.a', query('a: Int @cacheControl(swr: 5)')],
  ['swr-without-max-age', 'beside maxAge 0', 'Query.a', query('a: Int @cacheControl(maxAge: 0, swr: 5)')],
  [
    'swr-without-max-age',
    'on a type',
    'T',
    query('a: T @cacheControl(maxAge: 1)', 'type T @cacheControl(swr: 5) { id: ID }'),
  ],
  ['inherit-at-root', 'on a root field', 'Query.a', query('a: Int @cacheControl(inheritMaxAge: true)')],
  ['unused-directive', 'nothing said', 'Query.a', query('a: Int @cacheControl')],
  ['unused-directive', 'a hint on a mutation', 'Mutation.m', mutation('m: Post @cacheControl(maxAge: 5)')],
  [
    'unused-directive',
    'a hint on a subscription that says no maxAge',
    'Subscription.s',
    query('a: Int', 'type Subscription { s: Int @cacheControl(scope: PRIVATE) }'),
  ],
  ['unused-directive', 'a tag on a mutation', 'Mutation.m', mutation('m: Post @cacheTag(format: "t")')],
  [
    'unused-directive',
    'a plain value that inherits',
    'T.b',
    query('a: T', 'type T @cacheControl(maxAge: 1) { id: ID b: Int @cacheControl(inheritMaxAge: true) }'),
  ],
  ['unused-directive', 'a key on the query type', 'Query', 'type Query @key(fields: "id") { id: ID }'],
  [
    'max-age-never-applies',
    'below a maxAge of 0',
    'T.b',
    query('a: T', 'type T { id: ID b: Int @cacheControl(maxAge: 5) }'),
  ],
  [
    'max-age-never-applies',
    'below a field that is never kept, whose parts are not kept either',
    'Live.product',
    query(
      'live: Live @cacheControl(maxAge: 0)',
      'type Live { now: Float product: Product @cacheControl(maxAge: 30) } type Product { id: ID! }',
    ),
  ],
  [
    'max-age-never-applies',
    'on a field of an interface',
    'I.b',
    query(
      'a: I',
      'interface I @cacheControl(maxAge: 9) { b: Int @cacheControl(maxAge: 5) } type T implements I { b: Int }',
    ),
  ],
  [
    'max-age-never-applies',
    'on the query type',
    'Query',
    'type Query @cacheControl(maxAge: 5) { a: Int @cacheControl(maxAge: 9) }',
  ],
  [
    'max-age-never-applies',
    'on a type behind a union',
    'T',
    query('a: U @cacheControl(maxAge: 9)', 'union U = T type T @cacheControl(maxAge: 5) { id: ID }'),
  ],
  [
    'max-age-never-applies',
    'on a type whose readers have their own',
    'T',
    query('a: T @cacheControl(maxAge: 9)', 'type T @cacheControl(maxAge: 5) { id: ID }'),
  ],
  [
    'max-age-never-applies',
    'on a type below a maxAge of 0',
    'T',
    query('a: S', 'type S { t: T } type T @cacheControl(maxAge: 5) { id: ID }'),
  ],
  [
    'max-age-without-effect',
    'longer than what leads to it',
    'T.b',
    query('a: T', 'type T @cacheControl(maxAge: 5) { id: ID b: Int @cacheControl(maxAge: 6) }'),
  ],
  ['unreachable-type', 'a hint on it', 'T', query('', 'type T @cacheControl(maxAge: 5) { id: ID }')],
  ['unreachable-type', 'a hint in it', 'T.id', query('', 'type T { id: ID @cacheControl(maxAge: 5) }')],
  [
    'public-field-of-private-type',
    'said of a field',
    'Query.a',
    query('a: T @cacheControl(maxAge: 5, scope: PUBLIC)', 'type T @cacheControl(scope: PRIVATE) { id: ID }'),
  ],
  [
    'public-without-effect',
    'said of a union',
    'Query.a',
    query(
      'a: U @cacheControl(maxAge: 5, scope: PUBLIC)',
      'union U = T type T @cacheControl(scope: PRIVATE) { id: ID }',
    ),
  ],
  [
    'public-against-interface',
    'a type',
    'T',
    query(
      'a: T',
      'interface I @cacheControl(scope: PRIVATE) { id: ID } type T implements I @cacheControl(scope: PUBLIC) { id: ID }',
    ),
  ],
  [
    'public-against-interface',
    'a field',
    'T.b',
    query(
      'a: T',
      'interface I { b: ID @cacheControl(scope: PRIVATE) } type T implements I { b: ID @cacheControl(scope: PUBLIC) }',
    ),
  ],
  [
    'private-by-type',
    'a union',
    'Query.a',
    query('a: U @cacheControl(maxAge: 5)', 'union U = T type T @cacheControl(scope: PRIVATE) { id: ID }'),
  ],
  [
    'private-by-type',
    'a type',
    'Query.a',
    query('a: T @cacheControl(maxAge: 5)', 'type T @cacheControl(scope: PRIVATE) { id: ID }'),
  ],
];
