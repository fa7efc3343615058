import type { Config } from '../config/config';
import type { Recorder } from '../dashboard/recorder';
import type { Gateway } from '../gateway/gateway';
import { warmUp } from '../operation/warm-up';
import type { Region } from '../region/region';
import { AsWritten } from '../report/as-written';
import type { Log } from '../report/log';
import type { SchemaText } from '../schema/load-schema';
import { SchemaKeeper, type LookCause } from '../schema/schema-keeper';
import { timedUpstream } from '../upstream/timed-upstream';
import { tracedUpstream } from '../upstream/traced-upstream';
import { createSnapshot } from './create-snapshot';
import { inSlices } from './in-slices';
import type { Metrics } from './metrics';
import type { Origin } from './origin';
import { PurgeRates } from './purge-rates';
import { tellLooks } from './schema-looks';

/** Milliseconds after a change of upstream's schema during which instances of it may have the one before. */
const ROLLING_MS = 60_000;

/** What a process of several does otherwise than one alone. */
export interface SharedSchema {
  /** where the schema comes from instead of upstream and files: they are then neither asked again nor watched */
  readonly read?: (cause: LookCause) => Promise<SchemaText>;
  /** told when another schema has come into use */
  readonly onChange?: () => void;
}

/** Of the process whose schema it is. */
export interface SchemaUsers {
  readonly gateway: Gateway;
  readonly region: Region;
  readonly origin: Origin;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
  readonly shared: SharedSchema;
  /** upstream is sent the client's `traceparent` already */
  readonly passesTrace: boolean;
  readonly isClosed: () => boolean;
}

/** Reads the schema, again and again, and puts into use what follows from it. Nothing is read before `start`. */
export function keepSchema(
  config: Config,
  log: Log,
  { gateway, region, origin, metrics, recorder, shared, passesTrace, isClosed }: SchemaUsers,
): SchemaKeeper {
  const { now } = region;
  const asWritten = new AsWritten(log);
  const purgeRates = new PurgeRates(log, now);
  const tellLook = tellLooks(log, () => schema);
  const schema: SchemaKeeper = new SchemaKeeper({
    read: async (cause) => {
      const text = await (shared.read ?? origin.readSchema)(cause);
      await origin.learn(text);
      return text;
    },
    refreshMs: shared.read ? 0 : config.upstream.schemaRefreshMs,
    // The process that is asked keeps count for all.
    ...(shared.read && { mostInVain: Infinity }),
    onChange: (kept, before) => {
      const snapshot = createSnapshot(config, log, kept, {
        upstream: tracedUpstream(
          timedUpstream(origin.upstream, { now, took: metrics.upstreamTook }),
          passesTrace,
        ),
        merged: region.merged,
        repeated: region.repeated,
        purged: (field, tags) => {
          metrics.mutationPurged(field);
          purgeRates.note(field, tags.size);
          recorder.purging(`Mutation.${field}`, tags);
        },
        refusedByUpstream: () => void schema.recheck(),
        answersOnlyAsWritten: (operation) => asWritten.note(operation),
      });
      // Instances of upstream are replaced one after another; what only the files say is said at once.
      if (before && before.text.introspection !== kept.text.introspection) {
        const { rules } = gateway.snapshot!.catalogue.knowledge;
        snapshot.catalogue.former = { schema: before.schema, rules, until: now() + ROLLING_MS };
        setTimeout(() => {
          snapshot.catalogue.former = undefined;
          // What changed may be looked up from now on.
          gateway.warmth?.cold.begin();
        }, ROLLING_MS).unref();
      }
      gateway.snapshot = snapshot;
      inSlices(
        warmUp(snapshot.catalogue.knowledge),
        () => gateway.snapshot === snapshot && !isClosed(),
      ).catch((error: unknown) =>
        log.error({ err: error }, 'the schema could not be analysed ahead of time'),
      );
      gateway.warmth?.cold.begin();
      shared.onChange?.();
    },
    onLook: (look, cause, nextInMs) => {
      metrics.schemaLook(look.kind, cause);
      tellLook(look, cause, nextInMs);
    },
    now,
  });
  return schema;
}
