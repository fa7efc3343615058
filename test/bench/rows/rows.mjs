/**
 * The benchmark, as data. A row says who is measured under which load and what Lastmile wants to reach.
 *
 * @typedef {object} Row
 * @property {string} name for `--only`
 * @property {string} title
 * @property {'throughput' | 'latency' | 'storm' | 'collapse' | 'purge-cost' | 'memory' | 'documents'} kind
 * @property {string[]} subjects names in subjects/subjects.mjs; `bare` is the reference of every ratio
 * @property {Record<string, unknown> & { workload?: string }} load
 * @property {Record<string, string>} [settings] environment of Lastmile in this row
 * @property {Aim[]} aims
 * @property {string[]} [quick] in a quick look this row is measured, with these subjects
 *
 * @typedef {object} Aim
 * @property {string} of a subject, or a figure that the row measures
 * @property {string} [over] the subject it is compared with; default `bare`
 * @property {number} [least]
 * @property {number} [most]
 */

const OURS = ['bare', 'lastmile'];
/** beside what the headers of a cache cost any server */
const OURS_BY_PART = ['bare', 'bare-headers', 'lastmile'];
const MEMORY_PEERS = ['yoga-memory', 'yoga-memory-tuned', 'apollo-memory', 'mercurius-memory', 'hive-memory'];
const REDIS_PEERS = ['yoga-redis', 'apollo-redis', 'mercurius-redis', 'hive-redis'];

/** How many times a peer's throughput. */
const TIMES = { yoga: 8, apollo: 4, mercurius: 2, hive: 8 };

const beyond = (of, peers) => peers.map((over) => ({ of, over, least: TIMES[over.split('-')[0]] }));

/** @type {Row[]} */
export const ROWS = [
  {
    name: 'hot-post',
    title: 'Hot hit from memory, POST',
    kind: 'throughput',
    subjects: [...OURS_BY_PART, 'lastmile-region'],
    load: { workload: 'hot', method: 'POST' },
    aims: [{ of: 'lastmile', least: 0.9 }],
  },
  {
    name: 'proxied',
    title: 'Hot hit from memory, POST, behind a proxy that marks each request',
    kind: 'throughput',
    subjects: OURS,
    load: { workload: 'proxied' },
    aims: [],
  },
  {
    name: 'hot-get',
    title: 'Hot hit from memory, GET',
    kind: 'throughput',
    subjects: [...OURS_BY_PART, 'nginx'],
    load: { workload: 'hot', method: 'GET' },
    aims: [{ of: 'lastmile', least: 0.9 }],
  },
  {
    name: 'not-modified',
    title: 'Hot hit from memory, GET answered 304',
    kind: 'throughput',
    subjects: [...OURS_BY_PART, 'nginx'],
    load: { workload: 'hot', method: 'GET', revalidate: true },
    aims: [{ of: 'lastmile', least: 0.95 }],
  },
  {
    name: 'private',
    title: 'Hot hit from memory, private, 500 sessions',
    kind: 'throughput',
    subjects: OURS,
    load: { workload: 'sessions' },
    settings: { SESSION: 'header:authorization' },
    aims: [],
  },
  {
    name: 'zipf',
    title: '100,000 keys drawn by Zipf, memory large enough',
    kind: 'throughput',
    subjects: OURS,
    load: { workload: 'zipf', keys: 100_000 },
    settings: { MEMORY_CACHE_BYTES: '1GiB' },
    aims: [{ of: 'lastmile', least: 0.8 }],
  },
  {
    name: 'redis',
    title: 'Hit from Redis, nothing kept in process',
    kind: 'throughput',
    subjects: ['bare', 'lastmile-redis'],
    load: { workload: 'hot', method: 'POST' },
    aims: [{ of: 'lastmile-redis', least: 0.5 }],
  },
  {
    name: 'tags',
    title: 'Entries with 1,000 tags, 100 unrelated purges a second',
    kind: 'throughput',
    subjects: ['bare', 'lastmile-region'],
    load: { workload: 'ids', purgesPerSecond: 100 },
    aims: [{ of: 'lastmile-region', least: 0.8 }],
  },
  {
    name: 'compressed',
    title: 'Hot hit from memory, 20 KB, compressed',
    kind: 'throughput',
    subjects: OURS_BY_PART,
    load: { workload: 'compressed' },
    aims: [{ of: 'lastmile', least: 0.8 }],
  },
  {
    name: 'uncached',
    title: 'A query that may not be cached',
    kind: 'throughput',
    subjects: [...OURS, 'yoga-proxy-tuned', 'yoga-proxy'],
    load: { workload: 'live' },
    aims: [{ of: 'lastmile', over: 'yoga-proxy-tuned', least: 0.95 }],
    quick: [...OURS, 'yoga-proxy-tuned'],
  },
  {
    name: 'miss',
    title: 'A miss: asked for the first time, then stored',
    kind: 'throughput',
    subjects: [...OURS, 'lastmile-region', 'yoga-proxy-tuned'],
    load: { workload: 'misses' },
    aims: [],
  },
  {
    name: 'peers',
    title: 'The same hits beside what people would use instead',
    kind: 'throughput',
    subjects: [...OURS, 'lastmile-redis', 'yoga', ...MEMORY_PEERS, ...REDIS_PEERS],
    load: { workload: 'hot', method: 'POST' },
    aims: [...beyond('lastmile', MEMORY_PEERS), ...beyond('lastmile', REDIS_PEERS)],
    quick: [...OURS, 'lastmile-redis', 'yoga-memory', 'apollo-memory', 'mercurius-memory', 'hive-memory'],
  },
  {
    name: 'latency',
    title: 'Open loop at half of capacity, or what the load can send on time',
    kind: 'latency',
    subjects: OURS,
    load: { workload: 'hot', method: 'POST', share: 0.5 },
    aims: [{ of: 'p99 beyond bare, ms', most: 2 }],
  },
  {
    name: 'storm',
    title: 'Hits while 5,000 purges a second arrive',
    kind: 'storm',
    subjects: ['lastmile-region'],
    load: { workload: 'hot', method: 'POST', share: 0.4, purgesPerSecond: 5000 },
    aims: [{ of: 'p99 in the storm, times the calm', most: 2 }],
  },
  {
    name: 'collapse',
    title: '10,000 concurrent misses of one key over 4 processes',
    kind: 'collapse',
    subjects: ['lastmile-region'],
    load: { requests: 10_000, processes: 4, holdMs: 500 },
    aims: [{ of: 'upstream calls, 4 processes', most: 1 }],
    quick: ['lastmile-region'],
  },
  {
    name: 'purge-cost',
    title: 'Purge of a tag that many entries carry',
    kind: 'purge-cost',
    subjects: [],
    load: { few: 10, many: 1_000_000, peerMany: 100_000 },
    aims: [{ of: 'purge of many, times a purge of few', most: 1.2 }],
    quick: [],
  },
  {
    name: 'memory',
    title: 'Memory of an entry and of a row of the purge table',
    kind: 'memory',
    subjects: [],
    load: { entries: 200_000, bodyBytes: 2048, tags: 10, rows: 1_000_000 },
    aims: [
      { of: 'bytes of an entry beyond its body', most: 300 },
      { of: 'bytes of a row', most: 120 },
    ],
  },
  {
    name: 'documents',
    title: 'Memory under a million distinct documents',
    kind: 'documents',
    subjects: ['lastmile'],
    load: { workload: 'documents', count: 1_000_000, withinSeconds: 600 },
    aims: [{ of: 'memory at the end, times at half', most: 1.1 }],
  },
];
