import type { ExecutionResult } from 'graphql';
import type { AbortGroup } from '../cache/single-flight';
import type { CacheKey, Entry, LongestTimes } from '../cache/entry';
import type { BoundOperation } from '../operation/bound-operation';
import { refine } from '../policy/analyse';
import type { Position } from '../purge/position';
import { parseTag, type Tag } from '../purge/tag';
import type { Region } from '../region/region';
import type { Reason } from '../report/reason';
import { type Span, inSpan } from '../report/trace';
import { saysOk } from '../upstream/fault';
import { replyStatus } from '../upstream/reply-status';
import { LARGE } from '../yoga/use-upstream';
import { writeAnswer } from '../answer/answer-text';
import { keptOf, withoutExtensions } from '../answer/extensions';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { NO_HINTS, type StorageHints } from '../upstream/storage-hints';
import type { Upstream } from '../upstream/upstream';
import { writtenBy, type Execution } from '../yoga/execution';
import type { YogaRunner } from '../yoga/yoga';
import type { AnswerType } from './media-type';
import { languageIn } from './response-headers';
import type { Audience } from '../yoga/execution';
import type { ReadReplica } from './read-replica';
import { whyNotStored } from './store-rules';

/** An answer that was just made, whole. */
export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly execution: Execution;
  /** upstream stands by it, it holds data and no error: the same bytes are right for every media type, and for everyone with this key */
  readonly clean: boolean;
}

/** The same, with what the gateway did with it. */
export interface Filled extends Answered {
  /** what others than the client that caused the call may have of it, where that is not `body` */
  readonly shared?: string | undefined;
  /** what may be stored; undefined with `why` not */
  readonly entry: Entry | undefined;
  /** a store keeps it, as far as is known */
  readonly isStored: boolean;
  readonly why: Reason | undefined;
}

export interface EntrySettings {
  /** seconds */
  readonly staleIfError: number;
  /** names of upstream's extensions that are kept with an answer */
  readonly storeExtensions: readonly string[];
  /** asked before upstream is, where there is one */
  readonly replica?: ReadReplica | undefined;
  /** what upstream says of an answer's storage */
  readonly storageHints: (
    headers: Readonly<Record<string, string>>,
    extensions: ExecutionResult['extensions'] | null,
  ) => StorageHints;
}

/** What to fetch, for whom, and how to ask upstream for it. */
export interface FetchPlan {
  readonly yoga: YogaRunner;
  readonly bound: BoundOperation;
  readonly key: CacheKey;
  readonly scope: Audience;
  /** what upstream is sent; made when it is asked, for mostly Redis has the answer */
  readonly headers: () => Readonly<Record<string, string>>;
  /** of a private answer: those of its session, and of all */
  readonly sessionTags: readonly Tag[];
  readonly type: AnswerType;
  /** aborted when no request waits any more */
  readonly signal: AbortGroup | undefined;
  /** of the request that caused it, where that is traced */
  readonly trace?: Span | undefined;
  /** false: the client wants its answer stored nowhere (RFC 9111 5.2.1.5), or the region could not vouch for it */
  readonly stores: boolean;
}

/**
 * Asks upstream and stores what may be stored. The as-of is taken before upstream is asked, never when the answer is
 * stored: a purge in between is then newer than the entry, whenever the answer arrives (P01, P03).
 */
export function fill(region: Region, settings: EntrySettings, plan: FetchPlan): Promise<Filled> {
  return inSpan(
    plan.trace,
    'fill',
    (trace) => fillWithin(trace, region, settings, plan),
    ({ isStored, why }) => ({ stored: isStored, reason: why }),
  );
}

async function fillWithin(
  trace: Span | undefined,
  region: Region,
  settings: EntrySettings,
  plan: FetchPlan,
): Promise<Filled> {
  const { bound, scope, signal } = plan;
  const headers = plan.headers();
  const ask = (upstream?: Upstream): Promise<Answered> => {
    const execution: Execution = {
      bound,
      refusal: undefined,
      scope,
      headers,
      signal,
      trace,
      wantsExtensions: false,
      upstream,
    };
    return run(plan.yoga, execution, plan.type);
  };
  // What the region could not vouch for, or must not be stored, goes upstream.
  const near = plan.stores
    ? await settings.replica?.read(plan.key, ask, async (own, { position, since }) => {
        const filled = await land(region, settings, plan, { own, asOf: position, answeredAt: since });
        return whyNoHit(region, filled) ?? filled;
      })
    : undefined;
  if (near) return near;
  const asOf = region.asOf();
  return land(region, settings, plan, { own: await ask(), asOf });
}

/** Makes of an answer what may be stored, and stores it. */
async function land(
  region: Region,
  settings: EntrySettings,
  plan: FetchPlan,
  { own, ...when }: { readonly own: Answered; readonly asOf: Position; readonly answeredAt?: number },
): Promise<Filled> {
  const { key, sessionTags } = plan;
  const shared = own.execution.result?.extensions ? await sharedOf(own, settings) : undefined;
  const answered = shared === undefined ? own : { ...own, body: shared };
  const entry = makeEntry(region, settings, { key, sessionTags, answered, ...when });
  if (typeof entry === 'string') return notStored(own, entry, shared);
  if (!plan.stores) return notStored(own, 'request', shared);
  const isStored = region.keep(entry);
  return { ...own, shared, entry, isStored, why: isStored ? undefined : 'not-stored' };
}

/** Why what was filled would be no hit now; undefined: it would be one. */
export function whyNoHit(region: Region, { entry, why }: Filled): Reason | undefined {
  if (!entry) return why ?? 'error';
  const found = region.evaluate(entry);
  return found.kind === 'fresh' ? undefined : found.why;
}

/** The longest times {@link makeEntry} gives to an answer of an operation. */
export function longestOf({ operation: { policy } }: BoundOperation, settings: EntrySettings): LongestTimes {
  const { maxAge, staleUntil } = policy;
  return { maxAge, staleUntil, staleIfError: settings.staleIfError };
}

/** An answer that makes no entry. */
export function notStored(answered: Answered, why: Reason, shared?: string): Filled {
  return { ...answered, shared, entry: undefined, isStored: false, why };
}

/** Upstream's extensions are about one call: its cost, its trace. Of an answer that many have only those that are listed stay. */
async function sharedOf(
  { body, execution }: Answered,
  { storeExtensions }: EntrySettings,
): Promise<string | undefined> {
  const { result, answer } = execution;
  const extensions = result?.extensions;
  if (answer?.members) {
    const left = keptOf(extensions, storeExtensions);
    return left && writeAnswer(writtenBy(answer), { ...result, extensions: left }, false);
  }
  if (extensions && body.length > LARGE) await othersTurn();
  return withoutExtensions(body, extensions, storeExtensions);
}

/** Runs an execution through Yoga and reads the whole answer. */
export async function run(yoga: YogaRunner, execution: Execution, type: string): Promise<Answered> {
  const response = await yoga.whole(execution, type);
  // What failed in here is not what upstream said.
  const isOurs = response.status >= 500;
  const status = (isOurs ? undefined : replyStatus(execution.answer, type)) ?? response.status;
  return {
    status,
    contentType: response.headers.get('content-type') ?? 'application/json; charset=utf-8',
    body: await response.text(),
    execution,
    clean:
      status === 200 &&
      execution.answer !== undefined &&
      saysOk(execution.answer) &&
      execution.result !== undefined &&
      !execution.result.errors &&
      !!execution.result.data,
  };
}

/** Makes an entry of an answer, or says by which of the rules it may not be stored. */
export function makeEntry(
  region: Region,
  settings: EntrySettings,
  {
    key,
    asOf,
    answeredAt = region.now(),
    sessionTags,
    answered: { body, execution, clean },
  }: {
    readonly key: CacheKey;
    readonly asOf: Position;
    /** monotonic milliseconds; default: now */
    readonly answeredAt?: number;
    readonly sessionTags: readonly Tag[];
    readonly answered: Answered;
  },
): Entry | Reason {
  const { storableFor = 0, collected, answer, bound, result, scope } = execution;
  const isWhole = answer?.answered === true && collected !== undefined && !!result?.data && !result.errors;
  const hints = answer ? settings.storageHints(answer.headers, result?.extensions) : NO_HINTS;
  const why = whyNotStored({
    isClean: isWhole && (clean || !saysOk(answer)),
    saysOk: answer !== undefined && saysOk(answer),
    setsCookie: answer?.headers['set-cookie'] !== undefined,
    allowedFor: storableFor,
    isTagged: collected?.untagged === undefined || (answer?.members !== undefined && !answer.isDamaged),
    hints,
    mayBePrivate: collected?.mayBePrivate === true,
    scope: scope === 'bypass' ? 'private' : scope,
  });
  if (why !== undefined) return why;
  if (answer?.members) return 'too-large';
  return region.entryOf({
    key,
    body: Buffer.from(body),
    language: answer && languageIn(answer.headers),
    asOf,
    tags: [...new Set([...collected!.tags, ...readUpstreamTags(hints), ...sessionTags])],
    answeredAt: answeredAt - hints.age * 1000,
    maxAge: Math.min(storableFor, hints.maxAge),
    swr: hints.mustRevalidate ? 0 : refine(bound!.operation.policy, collected!.limit).swr,
    staleIfError: hints.mustRevalidate ? 0 : settings.staleIfError,
  });
}

/** The tags of an answer that was not stored; undefined: not all of it could be tagged. */
export function tagsOf({ execution }: Answered, { storageHints }: EntrySettings): Tag[] | undefined {
  const { collected, answer, result } = execution;
  if (collected?.untagged !== undefined) return undefined;
  const added = answer ? readUpstreamTags(storageHints(answer.headers, result?.extensions)) : [];
  return [...(collected?.tags ?? []), ...added];
}

/**
 * What upstream tagged of its own accord. A bare name is taken for both that it may mean: an entry stays under a schema that
 * gets, or loses, a type of that name.
 */
function readUpstreamTags({ tags }: StorageHints): Tag[] {
  return tags.flatMap((text) => [true, false].flatMap((isType) => parseTag(text, () => isType) ?? []));
}
