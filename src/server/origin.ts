import type { Config } from '../config/config';
import { createExampleSchema, EXAMPLE_SCHEMA_FILES } from '../example/schema';
import type { EntrySettings } from '../gateway/fill';
import type { Health } from '../report/outages';
import { DefaultCacheControl, readStorageHints, NO_HINTS } from '../upstream/storage-hints';
import { createHttpUpstream } from '../upstream/http-upstream';
import { INTROSPECTION_LIMITS, Introspector } from '../schema/introspect';
import { readSchemaText, type SchemaText } from '../schema/load-schema';
import { createInProcessUpstream } from '../upstream/in-process-upstream';
import { createSocketUpstream } from '../upstream/socket-upstream';
import type { Upstream } from '../upstream/upstream';
import { watchedUpstream } from '../upstream/watched-upstream';
import { withSubscriptions } from '../upstream/with-subscriptions';

/** Where answers and the schema come from. */
export interface Origin {
  readonly upstream: Upstream;
  /** the same API where it reads from a replica of the database; undefined: there is none */
  readonly replica: Upstream | undefined;
  readonly readSchema: () => Promise<SchemaText>;
  /** files that the schema is read from, to be watched; none: those that came with the gateway */
  readonly schemaFiles: readonly string[];
  /** Learns what has to be known of upstream beside its schema, whenever that changed. Never rejects. */
  readonly learn: (text: SchemaText) => Promise<void>;
  /** what it says of an answer's storage */
  readonly storageHints: EntrySettings['storageHints'];
  readonly close: () => Promise<void>;
}

/** Told how each way there fares. */
export interface OriginHealth {
  readonly upstream: Health;
  readonly subscriptions: Health;
  readonly replica: Health;
}

/** Milliseconds that a replica, which is near, may take at most: behind it upstream has yet to be asked. */
const REPLICA_TIMEOUT_MS = 1_000;

/** Characters of an answer that is looked into however little is stored: a mutation's says what it touched. */
const LEAST_LONG = 2 ** 20;

/** The API behind the gateway that the configuration names, or the example API in this process. */
export function createOrigin(
  {
    policy,
    limits,
    upstream: { url, socketUrl, replica, schema, timeoutMs, retries, headers, schemaHeaders },
  }: Config,
  { upstream: health, subscriptions: socketHealth, replica: replicaHealth }: OriginHealth,
): Origin {
  if (url === undefined) {
    const example = createExampleSchema();
    const upstream = createInProcessUpstream(example);
    const readSchema = async (): Promise<SchemaText> => {
      if (schema !== undefined) return readSchemaText({ patterns: schema });
      const text = await readSchemaText({ patterns: EXAMPLE_SCHEMA_FILES });
      return { ...text, build: () => ({ schema: example, sources: text.build().sources }) };
    };
    return {
      upstream,
      replica: undefined,
      readSchema,
      schemaFiles: schema ?? [],
      learn: () => Promise.resolve(),
      storageHints: () => NO_HINTS,
      close: () => upstream.close(),
    };
  }
  const { maxAnswerBytes, maxEntryBytes } = limits;
  // What is longer is not stored, whatever it holds.
  const longestAnswer = Math.max(maxEntryBytes, LEAST_LONG);
  const upstream = withSubscriptions({
    http: watchedUpstream(
      createHttpUpstream({ url, timeoutMs, retries, headers, maxAnswerBytes, longestAnswer }),
      health,
    ),
    sockets: watchedUpstream(
      createSocketUpstream({ url: socketUrl ?? url, timeoutMs, headers, maxAnswerBytes }),
      socketHealth,
    ),
    isKnown: socketUrl !== undefined,
    now: () => performance.now(),
  });
  const near =
    replica &&
    watchedUpstream(
      createHttpUpstream({
        url: replica.url,
        timeoutMs: Math.min(timeoutMs, REPLICA_TIMEOUT_MS),
        retries: 0,
        headers,
        maxAnswerBytes,
        longestAnswer,
      }),
      replicaHealth,
    );
  // The schema is larger than an answer, and may take its time.
  const asker = watchedUpstream(createHttpUpstream({ url, headers, ...INTROSPECTION_LIMITS }), health);
  let learntOf: string | undefined;
  const introspector = new Introspector(asker, schemaHeaders);
  const { upstreamCacheControl } = policy;
  const defaultCacheControl = new DefaultCacheControl(asker);
  return {
    upstream,
    replica: near,
    readSchema: () => readSchemaText({ patterns: schema ?? [], introspect: () => introspector.read() }),
    schemaFiles: schema ?? [],
    learn: async ({ digest }) => {
      if (upstreamCacheControl !== 'auto' || digest === learntOf) return;
      learntOf = digest;
      await defaultCacheControl.learn();
    },
    storageHints: (said, extensions) =>
      upstreamCacheControl === 'ignore'
        ? NO_HINTS
        : readStorageHints(said, extensions, {
            usual: upstreamCacheControl === 'auto' ? defaultCacheControl.value : undefined,
          }),
    close: async () => void (await Promise.all([upstream.close(), near?.close(), asker.close()])),
  };
}
