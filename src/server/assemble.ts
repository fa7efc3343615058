import type { ClientSettings } from '../gateway/client';
import { createDebug } from '../explain/debug';
import { cacheName } from '../report/cache-status';
import { Renderer } from '../gateway/render';
import { createRegion, type Region } from '../region/region';
import { type Config, gatewaySecret } from '../config/config';
import { settingsOf } from './read-knowledge';
import { createAccessLog, type AccessLog } from '../report/access-log';
import type { Log } from '../report/log';
import { parse, print } from 'graphql';
import { createOrigin } from './origin';
import { queryToTry } from './banner';
import { createForwarding, primaryEntriesOf } from './forwarding';
import { keepSchema, type SharedSchema } from './keep-schema';
import { createOperationLog } from './operation-log';
import { placesOf } from './places';
import { Compressor } from '../gateway/representation';
import { Gateway } from '../gateway/gateway';
import { GraphiqlPage } from '../graphiql/page';
import { ReadReplica } from '../gateway/read-replica';
import { switchable, type RuleSettings } from '../gateway/rules';
import { createVerifier } from './verification';
import { createClockName } from '../gateway/token';
import { UrlParameters } from '../gateway/url-parameters';
import { PersistedDocuments, TextStore, readTrustedDocuments } from '../operation/persisted-documents';
import { logOutages, UNWATCHED } from '../report/outages';
import type { Tracer } from '../report/trace';
import { tracedUpstream } from '../upstream/traced-upstream';
import { Recorder } from '../dashboard/recorder';
import { happened } from './happened';
import { Metrics } from './metrics';
import { tellReplica } from './replica-report';
import { configureRegion } from './configure-region';
import { createSessions, type Sessions } from '../gateway/session';
import { FileWatch } from '../schema/file-watch';
import type { SchemaKeeper } from '../schema/schema-keeper';

/** The request headers by which a cache downstream tells answers apart. */
function varyingOf({ policy, cdn, upstream }: Config, { header }: Sessions): readonly string[] {
  const keyed = [...policy.vary, ...(header ? [header] : [])];
  // With one of these a request goes past the cache here, and has to go past a CDN's copies as well.
  return [...new Set(cdn ? [...keyed, ...upstream.forwardHeaders] : keyed)];
}

/** Bytes for the texts of persisted queries. */
const TEXT_BYTES = 16 * 2 ** 20;
const MOST_BATCHED = 10;

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
  /** records what passes while there is a viewer */
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
  const region = createRegion(
    configureRegion(config, log, outages, {
      // Until the schema was read nothing is known of it.
      longestServed: () => gateway.snapshot?.catalogue.knowledge.rules.longestServed,
      metrics: () => metrics,
      tracer,
      onState: (state) => {
        if (state === 'proven') wasProven = true;
        if (state === 'cold') gateway.warmth?.cold.begin();
      },
    }),
  );
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
      primaryTook: metrics.primaryTook,
      count: (result) => {
        metrics.warmed(result);
        recorder.warmed(result);
      },
    },
    explain: createDebug(cacheName(config.region.name), rules, now),
    observe: (status, tookMs, name, bound) => {
      metrics.observe(status, tookMs, name);
      if (recorder.isLooking) recorder.observe(happened(status, tookMs, bound));
    },
    observeTrace: metrics.observeTrace,
    tracer,
    access,
    fault: (error, requestId) => log.error({ err: error, requestId }, 'the gateway failed on a request'),
  });

  const schema = keepSchema(config, log, {
    gateway,
    region,
    origin,
    metrics,
    recorder,
    shared,
    passesTrace,
    isClosed: () => isClosed,
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

/** Who may debug. Behind a proxy on the same machine every client seems to be this machine: see `adminAccess`. */
function debugsOf({ http, admin, isProduction }: Config): ClientSettings['debugs'] {
  if (http.debugHeaders) return 'everybody';
  return isProduction && admin.token === undefined ? 'nobody' : 'this machine';
}
