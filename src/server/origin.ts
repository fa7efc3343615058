import type { Config } from '../config/config';
import { createExampleSchema, EXAMPLE_SCHEMA_FILES } from '../example/schema';
import type { EntrySettings } from '../gateway/fill';
import type { Health } from '../report/outages';
import { DefaultCacheControl, readStorageHints, NO_HINTS } from '../upstream/storage-hints';
import { createHttpUpstream } from '../upstream/http-upstream';
import { introspect, INTROSPECTION_LIMITS } from '../schema/introspect';
import { readSchemaText, type SchemaText } from '../schema/load-schema';
import { createInProcessUpstream } from '../upstream/in-process-upstream';
import type { Upstream } from '../upstream/upstream';
import { watchedUpstream } from '../upstream/watched-upstream';

/** Where answers and the schema come from. */
export interface Origin {
  readonly upstream: Upstream;
  readonly readSchema: () => Promise<SchemaText>;
  /** what it says of an answer's storage */
  readonly storageHints: EntrySettings['storageHints'];
  readonly close: () => Promise<void>;
}

/** The API behind the gateway that the configuration names, or the example API in this process. */
export function createOrigin(
  { policy, upstream: { url, schema, timeoutMs, retries, headers } }: Config,
  health: Health,
): Origin {
  if (url === undefined) {
    const example = createExampleSchema();
    const upstream = createInProcessUpstream(example);
    const readSchema = async (): Promise<SchemaText> => {
      if (schema !== undefined) return readSchemaText({ patterns: schema });
      const text = await readSchemaText({ patterns: EXAMPLE_SCHEMA_FILES });
      return { ...text, build: () => ({ schema: example, sources: text.build().sources }) };
    };
    return { upstream, readSchema, storageHints: () => NO_HINTS, close: () => upstream.close() };
  }
  const upstream = watchedUpstream(createHttpUpstream({ url, timeoutMs, retries, headers }), health);
  // The schema is larger than an answer, and may take its time.
  const asker = watchedUpstream(createHttpUpstream({ url, headers, ...INTROSPECTION_LIMITS }), health);
  const { upstreamCacheControl } = policy;
  const defaultCacheControl = new DefaultCacheControl(asker);
  return {
    upstream,
    readSchema: async () => {
      const text = await readSchemaText({ patterns: schema ?? [], introspect: () => introspect(asker) });
      if (upstreamCacheControl === 'auto') await defaultCacheControl.learn();
      return text;
    },
    storageHints: (said, extensions) =>
      upstreamCacheControl === 'ignore'
        ? NO_HINTS
        : readStorageHints(said, extensions, {
            usual: upstreamCacheControl === 'auto' ? defaultCacheControl.value : undefined,
          }),
    close: async () => void (await Promise.all([upstream.close(), asker.close()])),
  };
}
