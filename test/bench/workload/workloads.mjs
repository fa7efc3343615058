/**
 * What is asked. Never one query: a cache that is fast for one request has been fast for nobody.
 *
 * A workload is `{ requests, order? }`: the distinct requests, and in which order they are sent, again and again; in
 * turn when there is no order. One with a FRESH number in its requests never sends the same twice. `isReady` says of a
 * reply that it is one of those that are to be measured, where that takes a moment.
 */
import { seededRandom, Zipf } from '../kit.mjs';
import {
  IDS_DOCUMENT,
  LIST_DOCUMENT,
  LIVE_DOCUMENT,
  PRODUCT_DOCUMENTS,
  VIEWER_DOCUMENT,
} from './documents.mjs';
import { asGet, asPost, FRESH } from './requests.mjs';

/** What a proxy of a large host adds (https://fly.io/docs/networking/request-headers/), and a tracing browser. */
const PROXY_HEADERS = {
  'accept-encoding': 'identity',
  'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15',
  traceparent: `00-4bf92f3577b34da6a3ce929${FRESH}-00f067aa0ba902b7-01`,
  'x-request-start': `t=1795410${FRESH}`,
  'x-forwarded-for': '198.51.100.7, 203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '443',
  'fly-client-ip': '198.51.100.7',
  'fly-forwarded-port': '443',
  'fly-region': 'syd',
  'fly-request-id': `01KAQ${FRESH}-syd`,
  via: '2 proxy',
};

const range = (count) => Array.from({ length: count }, (_, index) => index);

const product = (number, document) => ({
  query: PRODUCT_DOCUMENTS[document % PRODUCT_DOCUMENTS.length],
  variables: { id: String(number) },
});

/** Every product under every document, well mixed. */
function products(count) {
  const all = range(count).flatMap((number) => PRODUCT_DOCUMENTS.map((_, index) => product(number, index)));
  const { next } = seededRandom(1);
  return all
    .map((question) => ({ question, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ question }) => question);
}

export const WORKLOADS = {
  /** 8 documents about 64 products: 512 requests, about 2 KB of answer each */
  hot: ({ method = 'POST' }) => ({ requests: products(64).map(method === 'GET' ? asGet : asPost) }),

  /** the same as a proxy passes them on: with headers that are never the same twice */
  proxied: () => ({ requests: products(64).map((question) => asPost(question, PROXY_HEADERS)) }),

  /** as many keys as there are products, the first asked for the most often */
  zipf: ({ keys, quick }) => {
    const count = quick ? 2000 : keys;
    const { next } = seededRandom(1);
    const ranks = new Zipf(count);
    return {
      requests: range(count).map((number) => asPost(product(number, number))),
      order: Uint32Array.from({ length: 400_000 }, () => ranks.draw(next)),
    };
  },

  /** 16 pages of 1,000 entities */
  ids: () => ({
    requests: range(16).map((page) => asPost({ query: IDS_DOCUMENT, variables: { page, size: 1000 } })),
  }),

  /** 64 pages of about 20 KB, for clients that take them compressed */
  compressed: () => ({
    requests: range(64).map((page) =>
      asPost(
        { query: LIST_DOCUMENT, variables: { page, size: 16 } },
        { 'accept-encoding': 'gzip, deflate, br, zstd' },
      ),
    ),
    isReady: ({ headers }) => headers['content-encoding'] !== undefined,
  }),

  /** 500 sessions, each with an answer of its own */
  sessions: ({ sessions = 500 }) => ({
    requests: range(sessions).map((number) =>
      asPost({ query: VIEWER_DOCUMENT, variables: {}, session: `Bearer session-${number}` }),
    ),
  }),

  /** what may never be cached */
  live: () => ({
    requests: range(512).map((number) => asPost({ query: LIVE_DOCUMENT, variables: { id: String(number) } })),
  }),

  /** what may be cached, and was never asked before */
  misses: () => ({
    requests: PRODUCT_DOCUMENTS.map((query) => asPost({ query, variables: { id: FRESH } })),
  }),

  /** documents that were never seen before */
  documents: () => ({
    requests: PRODUCT_DOCUMENTS.map((query) =>
      asPost({
        query: query.replace('product(id: $id) {', `product(id: $id) { fresh${FRESH}: price`),
        variables: { id: '1' },
      }),
    ),
  }),
};
