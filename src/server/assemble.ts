import type { ClientSettings } from '../gateway/client';
import { createDebug } from '../explain/debug';
import { Renderer } from '../gateway/render';
import { createRegion, type Region } from '../region/region';
import { type Config, entrySecret, gatewaySecret } from '../config/config';
import { settingsOf } from './read-knowledge';
import { AsWritten } from '../report/as-written';
import { createAccessLog, type AccessLog } from '../report/access-log';
import type { Log } from '../report/log';
import { OperationLog } from '../suggest/operation-log';
import { parse, print } from 'graphql';
import { Agent } from 'undici';
import type { ForwardingOptions } from '../gateway/forward-mutation';
import type { PrimaryEntriesOptions } from '../gateway/warm/primary-entries';
import { createOrigin } from './origin';
import { queryToTry } from './banner';
import { createSnapshot } from './create-snapshot';
import { inSlices } from './in-slices';
import { placesOf } from './places';
import { Compressor } from '../gateway/representation';
import { Gateway } from '../gateway/gateway';
import { GraphiqlPage } from '../graphiql/page';
import { ReadReplica } from '../gateway/read-replica';
import { switchable, type RuleSettings } from '../gateway/rules';
import { createVerifier } from './verification';
import { createClockName } from '../gateway/token';
import { UrlParameters } from '../gateway/url-parameters';
import { warmUp } from '../operation/warm-up';
import { PersistedDocuments, TextStore, readTrustedDocuments } from '../operation/persisted-documents';
import { logOutages, UNWATCHED } from '../report/outages';
import { formatPosition } from '../purge/position';
import type { Tracer } from '../report/trace';
import { tracedUpstream } from '../upstream/traced-upstream';
import { timedUpstream } from '../upstream/timed-upstream';
import { Recorder } from '../dashboard/recorder';
import { happened } from './happened';
import { Metrics } from './metrics';
import { PurgeRates } from './purge-rates';
import { tellReplica } from './replica-report';
import { reportRegion } from './region-report';
import { tellLooks } from './schema-looks';
import { createSessions, type Sessions } from '../gateway/session';
import { FileWatch } from '../schema/file-watch';
import type { SchemaText } from '../schema/load-schema';
import { SchemaKeeper, type LookCause } from '../schema/schema-keeper';

/** `lastmile suggest`'s operation log, where the operator wants it. */
function createOperationLog(config: Config, log: Log, region: Region): OperationLog | undefined {
  const { operations } = config.log;
  if (!operations) return undefined;
  const onEnd = (why: Error | 'full') => {
    const { path } = operations;
    if (why === 'full') log.warn({ path }, 'the operation log is full: see OPERATION_LOG_BYTES');
    else log.error({ path, err: why }, 'the operation log cannot be written');
  };
  const operationLog = new OperationLog({ ...operations, vary: config.policy.vary, now: region.now, onEnd });
  region.table.onPurge(operationLog.purged);
  return operationLog;
}

/** The request headers by which a cache downstream tells answers apart. */
function varyingOf({ policy, cdn, upstream }: Config, { header }: Sessions): readonly string[] {
  const keyed = [...policy.vary, ...(header ? [header] : [])];
  // With one of these a request goes past the cache here, and has to go past a CDN's copies as well.
  return [...new Set(cdn ? [...keyed, ...upstream.forwardHeaders] : keyed)];
}

/** How mutations leave a region that is not the primary one. */
export function createForwarding(
  config: Config,
  sessionHeader: string | undefined,
): { readonly options: ForwardingOptions; readonly close: () => Promise<void> } | undefined {
  const { region, policy, upstream, freshness } = config;
  if (region.isPrimary) return undefined;
  const [dispatcher, formDispatcher] = [new Agent({ connections: 128 }), new Agent({ connections: 128 })];
  const options: ForwardingOptions = {
    region: region.name,
    primaryRegion: region.primary,
    primaryUrl: region.primaryUrl,
    flyReplay: region.mutations === 'fly-replay',
    headers: [
      ...new Set([
        ...FORWARDED_ALWAYS,
        ...policy.vary,
        ...upstream.forwardHeaders,
        ...upstream.passHeaders,
        ...(sessionHeader === undefined ? [] : [sessionHeader]),
      ]),
    ],
    // The gateway there gives upstream as long as this one would; its answer has an ocean to cross.
    timeoutMs: upstream.timeoutMs + 2000,
    waitMs: freshness.tokenWaitMs,
    dispatcher,
    formDispatcher,
    secret: gatewaySecret(config),
  };
  return {
    options,
    close: async () => void (await Promise.all([dispatcher.close(), formDispatcher.close()])),
  };
}

const SAME_EVERYWHERE =
  'See that PRIMARY_URL leads to a gateway of the primary region with the same version, UPSTREAM_URL, UPSTREAM_HEADERS, schema, ' +
  'settings of what is cached, and secret (the password of PRIMARY_REDIS_URL, or ADMIN_TOKEN), and with WARM=1 there.';

/** How the primary region's gateway is asked for what it keeps; undefined where it cannot be reached, or would not know who asks. */
function primaryEntriesOf(
  config: Config,
  log: Log,
  forwarding: ForwardingOptions | undefined,
): PrimaryEntriesOptions | undefined {
  const secret = gatewaySecret(config);
  if (forwarding?.primaryUrl === undefined || secret === undefined) return undefined;
  const { region, primaryUrl: url, timeoutMs, dispatcher } = forwarding;
  const rests = ({ message: why }: Error): void =>
    log.warn(
      { url, why, remedy: SAME_EVERYWHERE },
      "the primary region's gateway gives no entries: this region asks upstream itself for what it warms",
    );
  return { region, url, secret, timeoutMs, dispatcher, rests };
}

/** What says how to read a mutation, who sends it, what they have seen, and how the answer is to look. */
const FORWARDED_ALWAYS = [
  'content-type',
  'accept',
  'authorization',
  'cookie',
  'lastmile-extensions',
  'lastmile-token',
];

/** Bytes for the texts of persisted queries. */
const TEXT_BYTES = 16 * 2 ** 20;
const MOST_BATCHED = 10;
/** Milliseconds after a change of upstream's schema during which instances of it may have the one before. */
const ROLLING_MS = 60_000;

/** Monotonic milliseconds. */
function now(): number {
  return performance.now();
}

/** One gateway process, put together and not yet started. */
export interface Assembly {
  readonly gateway: Gateway;
  readonly region: Region;
  readonly metrics: Metrics;
  /** undefined: requests are not written down */
  readonly access: AccessLog | undefined;
  readonly schema: SchemaKeeper;
  /** GraphiQL, where it is on */
  readonly page: GraphiqlPage | undefined;
  /** takes down what passes while somebody looks */
  readonly recorder: Recorder;
  readonly rules: () => RuleSettings;
  /** Ready once the schema is known and the region was proven current once (P45). */
  readonly ready: () => boolean;
  /** @throws SchemaError when the operator's SDL is wrong */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What is put into a process that its configuration alone does not say. */
export interface AssemblyParts extends SharedSchema {
  /** traces some requests; default: none */
  readonly tracer?: Tracer | undefined;
}

/** What a process of several does otherwise than one alone. */
export interface SharedSchema {
  /** where the schema comes from instead of upstream and files: they are then neither asked again nor watched */
  readonly read?: (cause: LookCause) => Promise<SchemaText>;
  /** told when another schema has come into use */
  readonly onChange?: () => void;
}

/**
 * Makes from a configuration what it asks for. Nothing is contacted before `start`.
 * @param outages told of what cannot be used; default: the log tells of it
 */
export function assemble(
  config: Config,
  log: Log,
  outages = logOutages(log, now),
  { tracer, ...shared }: AssemblyParts = {},
): Assembly {
  const places = placesOf(config);
  let wasProven = false;
  const tellRegion = reportRegion(log);
  const { maxEntryBytes, memoryCacheBytes, leaseMs } = config.limits;
  const region = createRegion({
    redis: config.redis && { ...config.redis, entrySecret: entrySecret(config)?.secret },
    ...(places.redis && {
      health: {
        copy: outages.health(places.redis.copy, 'copy'),
        primary: outages.health(places.redis.primary, 'primary'),
        entries: outages.health(places.redis.entries, 'entries'),
      },
    }),
    freshnessBoundMs: config.freshness.boundMs,
    probeIntervalMs: config.freshness.probeIntervalMs,
    databaseBoundMs: config.capture.boundMs,
    settleMs: config.policy.settleMs,
    upstreamTimeoutMs: config.upstream.timeoutMs,
    purgeLog: {
      maxBytes: config.limits.purgeLogBytes,
      tableBytes: config.limits.purgeTableBytes,
      // Until the schema was read nothing is known of it.
      retainSeconds: () =>
        (gateway.snapshot?.catalogue.knowledge.rules.longestServed ?? config.policy.maxAgeLimit) +
        config.policy.staleIfError,
    },
    memoryCacheBytes,
    maxEntryBytes,
    leases: { leaseMs, patienceMs: config.upstream.timeoutMs },
    onSuspended: (milliseconds) =>
      log.warn(
        { suspendedMs: Math.round(milliseconds) },
        'this machine was suspended, or its clock was set forward: nothing is served before the region was proven again',
      ),
    onState: (state, reason) => {
      if (state === 'proven') wasProven = true;
      if (state === 'cold') gateway.warmth?.cold.begin();
      tellRegion(state, reason);
    },
    onTracedPurge: (trace, position) => tracer?.arrived(trace, formatPosition(position)),
    counted: {
      redisTook: (call, ms) => metrics.region.redisTook(call, ms),
      purgeArrived: (ms) => metrics.region.purgeArrived(ms),
      leaseFared: (how) => metrics.region.leaseFared(how),
    },
    onOtherVersion: ({ code, message, remedy }) => log.warn({ code, remedy }, message),
    onStoreFault: ({ during, kind, message }) => {
      metrics.storeFault(during, kind);
      log.debug({ during, kind, message }, 'the cache Redis failed');
    },
  });
  const { purges, near, far, now } = region;
  const access = config.log.access ? createAccessLog(log, config.region.name) : undefined;
  const metrics = new Metrics(config.region.name, {
    region,
    schema: () => schema,
    now,
  });

  const recorder = new Recorder(() => ({ entries: near.size, bytes: near.bytes }));

  const origin = createOrigin(config, {
    upstream: places.upstream ? outages.health(places.upstream, 'upstream') : UNWATCHED,
    subscriptions: places.subscriptions ? outages.health(places.subscriptions, 'subscriptions') : UNWATCHED,
    replica: places.replica ? outages.health(places.replica, 'replica') : UNWATCHED,
  });
  const passesTrace = config.upstream.passHeaders.includes('traceparent');
  const replica =
    config.upstream.replica &&
    origin.replica &&
    new ReadReplica({
      upstream: tracedUpstream(origin.replica, passesTrace),
      positionHeader: config.upstream.replica.positionHeader,
      region,
      counted: (why) => metrics.readUpstream(why),
      missed: tellReplica(log, config.upstream.replica, now),
    });
  const configured = settingsOf(config);
  const rules = switchable(configured, purges.cacheSwitch);
  const sessions = createSessions(config.session, Date.now);
  const forwarding = createForwarding(config, sessions.header);
  const operationLog = createOperationLog(config, log, region);
  const { tokenWaitMs, tokenCookie } = config.freshness;
  const page = config.http.graphiql ? createPage(config) : undefined;
  const gateway = new Gateway({
    region,
    renderer: new Renderer({
      region: config.region.name,
      varying: varyingOf(config, sessions),
      tokenCookie,
      cdnTags: config.cdn?.tags,
      compressor: config.http.compress
        ? new Compressor({
            keep: (entry, coding, body) => near.addCoded(entry, coding, body),
            fault: (error) => log.error({ err: error }, 'an answer could not be compressed'),
          })
        : undefined,
      responseHeaders: {
        passed: config.upstream.responseHeaders,
        exposed: config.http.corsOrigins.length > 0,
      },
    }),
    clients: {
      rules: configured,
      sessions,
      pass: config.upstream.passHeaders,
      parameters: new UrlParameters(config.upstream.ignoreParams, config.upstream.url),
      tokenCookie,
      debugs: debugsOf(config),
    },
    rules,
    entries: {
      staleIfError: config.policy.staleIfError,
      storeExtensions: config.policy.storeExtensions,
      replica,
      storageHints: (headers, extensions) => origin.storageHints(headers, extensions),
    },
    persisted: new PersistedDocuments({
      trusted:
        config.documents.trusted === undefined ? new Map() : readTrustedDocuments(config.documents.trusted),
      trustedOnly: config.documents.trustedOnly,
      texts: new TextStore(TEXT_BYTES, far),
    }),
    clock: createClockName(),
    tokenWaitMs,
    maxBatch: MOST_BATCHED,
    maxValues: config.limits.maxValues,
    page,
    secret: gatewaySecret(config),
    forwarding: forwarding?.options,
    recheckSchema: () => schema.recheck(),
    observer: operationLog,
    verifier: createVerifier(config, log, region, (result) => metrics.verified(result)),
    warm: config.warm && {
      ...config.warm,
      primary: primaryEntriesOf(config, log, forwarding?.options),
      count: (result) => {
        metrics.warmed(result);
        recorder.warmed(result);
      },
    },
    explain: createDebug(rules, now),
    observe: (status, tookMs, name, bound) => {
      metrics.observe(status, tookMs, name);
      if (recorder.isLooking) recorder.observe(happened(status, tookMs, bound));
    },
    observeTrace: metrics.observeTrace,
    tracer,
    access,
    fault: (error, requestId) => log.error({ err: error, requestId }, 'a request met a fault of the gateway'),
  });

  const asWritten = new AsWritten(log);
  const purgeRates = new PurgeRates(log, now);
  const tellLook = tellLooks(log, () => schema);
  const schema = new SchemaKeeper({
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
      inSlices(warmUp(snapshot.catalogue.knowledge), () => gateway.snapshot === snapshot && !isClosed).catch(
        (error: unknown) => log.error({ err: error }, 'the schema could not be looked through ahead'),
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
  const files = new FileWatch({
    patterns: shared.read ? [] : origin.schemaFiles,
    folder: process.cwd(),
    onChange: () => void schema.look('file'),
  });

  let isClosed = false;
  /** Or has waited for that as long as it may, since it could serve. */
  let servesSince: number | undefined;
  const isWarm = (): boolean => {
    if (!config.warm || config.warm.startMs === 0 || gateway.warmth?.cold.isWarm) return true;
    return now() - (servesSince ??= now()) >= config.warm.startMs;
  };

  const close = async (): Promise<void> => {
    isClosed = true;
    files.close();
    schema.close();
    await gateway.close();
    await Promise.all([region.close(), origin.close(), forwarding?.close()]);
    // Last: until then there may be something to write down.
    await operationLog?.close();
  };
  return {
    gateway,
    region,
    metrics,
    access,
    schema,
    page,
    recorder,
    rules,
    ready: () =>
      gateway.snapshot !== undefined && (wasProven ||= purges.state(now()) !== 'starting') && isWarm(),
    start: async () => {
      try {
        // Before the files are read: none may change between.
        await files.start();
        await Promise.all([purges.start(), schema.start()]);
      } catch (error) {
        // What it has connected to would keep the process alive.
        await close();
        throw error;
      }
    },
    close,
  };
}

function createPage(config: Config): GraphiqlPage {
  const { admin, region, isProduction } = config;
  const page = new GraphiqlPage({
    region: region.name,
    sample: ({ schema, rules }) => {
      const query = queryToTry(config, schema, rules);
      return query && print(parse(query));
    },
    purging: admin.token !== undefined ? 'token' : isProduction ? undefined : 'nothing',
  });
  // 0: that is known once it listens.
  page.adminPort = admin.port || undefined;
  return page;
}

/** Who may debug. Behind a proxy on the same machine everybody is this machine: see `adminAccess`. */
function debugsOf({ http, admin, isProduction }: Config): ClientSettings['debugs'] {
  if (http.debugHeaders) return 'everybody';
  return isProduction && admin.token === undefined ? 'nobody' : 'this machine';
}
