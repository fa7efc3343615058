/**
 * Streams of requests as one client may send them on one connection, in pieces. They are made to be hard to frame: heads
 * around the longest that is read past node:http, bodies that look like requests, cuts in the middle of a line's end.
 */
import {
  array,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  record,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { LONGEST_HEAD } from '../../../../src/http/shortcut/read-message';

/** How a request is answered; `held` not before the stream says so. */
export type Way = 'now' | 'text' | 'buffer' | 'large' | 'later' | 'parts' | 'held';

/** Where a stream is cut: in so many bytes from a mark of the request. */
export interface Cut {
  readonly mark: (typeof MARKS)[number];
  readonly by: number;
  /** after the piece before it what is held is answered */
  readonly releases: boolean;
}

export interface Plan {
  readonly kind: (typeof KINDS)[number];
  readonly quirk: (typeof QUIRKS)[number];
  readonly way: Way;
  /** how long its head is at least */
  readonly headBytes: number;
  /** how far from the longest head a line ends in it, if one does there */
  readonly breakBy: number | null;
  readonly bodyBytes: number;
  /** its body ends with what would be a request */
  readonly isMisleading: boolean;
  /** so many of it, one behind the other */
  readonly copies: number;
  /** it begins a piece */
  readonly isApart: boolean;
  readonly cuts: readonly Cut[];
}

export interface Stream {
  readonly plans: readonly Plan[];
  /** half closes with answers still held, else once all that can be answered is */
  readonly endsEarly: boolean;
}

const KINDS = [
  'GET',
  'POST',
  'GET with a body',
  'elsewhere with a body',
  'POST in chunks',
  'GET in chunks',
  'HEAD',
  'PUT',
  'QUERY',
  'POST elsewhere',
  'OPTIONS',
] as const;

/** What makes a request none of the usual form. */
const QUIRKS = [
  'none',
  'an empty line before',
  'an expectation',
  'an upgrade',
  'an absolute target',
  'a header twice',
  'a header named by its connection',
  'a tab',
  'no host',
  'a close',
  'an older version',
  'a bare line feed',
  'a folded line',
  'a space before a colon',
  'two lengths',
  'length and chunks',
  'a method in lower case',
  'a CONNECT',
] as const;

const MARKS = ['start', 'longest', 'break', 'headEnd', 'body', 'misleading', 'end', 'middle'] as const;

/** The id of requests that are none. */
export const MISLED = 'misled';

/** What a body may hold for a reader that has lost count. */
export const MISLEADING = `GET /graphql HTTP/1.1\r\nHost: a\r\nX-Id: ${MISLED}\r\n\r\n`;

/** node:http refuses longer heads. */
export const LONGEST_OF_NODE = 16_384;

/** As far as the end of a head is long, more often in steps of a line's end. */
const nearby = oneof(
  { weight: 3, arbitrary: integer({ min: -2, max: 2 }).map((lines) => 2 * lines) },
  { weight: 1, arbitrary: integer({ min: -4, max: 4 }) },
);
const near = (bytes: number): Arbitrary<number> => nearby.map((by) => bytes + by);

const cut = record({
  mark: constantFrom(...MARKS),
  by: oneof({ weight: 2, arbitrary: constant(0) }, { weight: 1, arbitrary: nearby }),
  releases: boolean(),
});

/** A reader that misjudges where a head ends has the chance to take the end of a body for a request. */
const misleadingCuts = tuple(
  constantFrom('headEnd', 'headEnd', 'break', 'longest', 'body'),
  constantFrom(0, 0, 0, 2),
).map(([mark, by]): Cut[] => [
  { mark, by, releases: false },
  { mark: 'misleading', by: 0, releases: false },
]);

const way = oneof(
  { weight: 4, arbitrary: constant<Way>('now') },
  { weight: 5, arbitrary: constantFrom<Way[]>('text', 'buffer', 'large', 'later', 'parts', 'held') },
);

/** One that need not be read by node:http, so that what is at stake in those that come after it stays at stake. */
const usual: Arbitrary<Plan> = record({
  kind: constantFrom('GET', 'POST', 'QUERY', 'GET with a body'),
  quirk: constant('none'),
  way,
  headBytes: constant(0),
  breakBy: constant(null),
  bodyBytes: nat(20),
  isMisleading: boolean(),
  copies: constant(1),
  isApart: constant(true),
  cuts: constant([]),
});

const hostile: Arbitrary<Plan> = record({
  kind: oneof(
    { weight: 2, arbitrary: constantFrom(...KINDS) },
    { weight: 3, arbitrary: constant('GET with a body' as const) },
  ),
  quirk: oneof(
    { weight: 12, arbitrary: constant('none' as const) },
    { weight: 1, arbitrary: constantFrom(...QUIRKS) },
  ),
  way,
  headBytes: oneof(
    { weight: 6, arbitrary: constant(0) },
    { weight: 6, arbitrary: near(LONGEST_HEAD + MISLEADING.length) },
    { weight: 2, arbitrary: near(LONGEST_HEAD) },
    { weight: 2, arbitrary: nat(LONGEST_OF_NODE) },
    { weight: 1, arbitrary: near(LONGEST_OF_NODE) },
  ),
  breakBy: option(nearby),
  bodyBytes: oneof({ weight: 3, arbitrary: nat(20) }, { weight: 2, arbitrary: nat(30_000) }),
  isMisleading: nat(9).map((dice) => dice < 9),
  copies: oneof(
    { weight: 20, arbitrary: constant(1) },
    { weight: 1, arbitrary: integer({ min: 2, max: 150 }) },
  ),
  isApart: nat(9).map((dice) => dice < 9),
  cuts: oneof(
    { weight: 1, arbitrary: constant([]) },
    { weight: 4, arbitrary: misleadingCuts },
    { weight: 2, arbitrary: array(cut, { minLength: 1, maxLength: 3 }) },
  ),
});

export const streams: Arbitrary<Stream> = record({
  plans: array(oneof({ weight: 3, arbitrary: usual }, { weight: 2, arbitrary: hostile }), {
    minLength: 1,
    maxLength: 8,
    size: 'max',
  }),
  endsEarly: nat(7).map((dice) => dice === 7),
});

/**
 * Whether node:http reads what is sent: behind an upgrade that nobody wants it drops the rest of a piece, and goes on in
 * the middle of what came next.
 */
export function isRead({ plans }: Stream): boolean {
  return plans.every(({ quirk }) => quirk !== 'an upgrade');
}

/** Whether all that is said is determined by the bytes: not where the connection is cut with answers under way. */
export function isDetermined(stream: Stream): boolean {
  const { plans, endsEarly } = stream;
  return isRead(stream) && !endsEarly && plans.every(({ quirk }) => quirk !== 'a CONNECT');
}
