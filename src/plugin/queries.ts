import { GraphQLError, type DocumentNode, type ExecutionResult } from 'graphql';
import { collect, type Collected } from '../answer/collect';
import { mayBeOfAdditions, NOT_COLLECTED } from '../answer/additions';
import { isInternal } from '../answer/internal-fields';
import { mutationErrors } from '../answer/mutation-errors';
import type { CacheKey, Entry } from '../cache/entry';
import { secondsLeft } from '../cache/lookup';
import type { BoundOperation } from '../operation/bound-operation';
import { refine } from '../policy/analyse';
import type { Position } from '../purge/position';
import type { Reason } from '../report/reason';
import type { Tag } from '../purge/tag';
import type { PluginRegion } from './region';
import { SingleFlight } from '../cache/single-flight';
import { forwarded, type CacheStatus } from '../report/cache-status';
import { whyNotStored, type AnswerFacts } from '../gateway/store-rules';
import { PASSING } from '../gateway/fetch-once';
import { mayBeGiven, mayJoin } from '../gateway/joining';
import type { Token, TokenProgress } from '../gateway/token';
import { NO_HINTS } from '../upstream/storage-hints';

/** What executing an operation brought, once what only the cache had asked for is taken out of it. */
export interface SplitAnswer {
  readonly result: ExecutionResult;
  readonly collected: Collected | undefined;
}

/** Collects from a result, and takes out of it, errors included, what was added to the operation. */
export function splitAnswer({ operation, variables }: BoundOperation, result: ExecutionResult): SplitAnswer {
  const collected = result.data ? collect(operation.question, result.data, variables) : undefined;
  if (!result.errors) return { result, collected };
  const errors =
    operation.kind === 'mutation'
      ? mutationErrors(result.errors, result.data)
      : result.errors.filter((error) => !error.path?.some((step) => isInternal(String(step))));
  const { errors: _, ...rest } = result;
  return { result: errors.length > 0 ? { errors: errors.map(withoutNodes), ...rest } : rest, collected };
}

/** Its nodes and positions are those of the operation with what was added to it. */
function withoutNodes(error: GraphQLError): GraphQLError {
  const { message, path, extensions, originalError } = error;
  return new GraphQLError(message, { path: path ?? null, extensions, originalError: originalError ?? null });
}

/**
 * What speaks against keeping a result for others, where an executor or a plugin says it as Yoga reads it: in
 * `extensions.http`, a status and headers of the response.
 */
export function statusAndCookies({
  extensions,
}: ExecutionResult): Pick<AnswerFacts, 'saysOk' | 'setsCookie'> {
  const http = extensions?.['http'];
  if (typeof http !== 'object' || http === null) return { saysOk: true, setsCookie: false };
  const { status = 200, headers } = http as { status?: unknown; headers?: unknown };
  const names = Object.keys(headers ?? {});
  return {
    saysOk: status === 200,
    setsCookie: names.some((name) => name.toLowerCase() === 'set-cookie'),
  };
}

/**
 * Makes an entry of an answer, or says by which of the gateway's rules it may not be stored. Nothing stale is served here:
 * a refresh would have to run resolvers with the context of a request that is over.
 * @param asOf taken before the answer was asked for (P01)
 */
function makePluginEntry(
  region: PluginRegion,
  { bound, key, sessionTags }: PluginQuery,
  asOf: Position,
  { result, collected }: SplitAnswer,
): Entry | Reason {
  const maxAge = collected ? refine(bound.operation.policy, collected.limit).maxAge : 0;
  const why = whyNotStored({
    isClean: !result.errors && !!result.data && collected !== undefined,
    ...statusAndCookies(result),
    allowedFor: maxAge,
    isTagged: collected?.untagged === undefined,
    hints: NO_HINTS,
    mayBePrivate: collected?.mayBePrivate === true,
    scope: sessionTags.length > 0 ? 'private' : 'shared',
  });
  if (why !== undefined) return why;
  const body = Buffer.from(JSON.stringify({ data: result.data }));
  const tags = [...collected!.tags, ...sessionTags];
  return region.entryOf({ key, body, asOf, tags, answeredAt: region.now(), maxAge });
}

/** A result of its own for each client: whatever handles it further may change it. */
export function resultOf(entry: Entry): ExecutionResult {
  return JSON.parse(entry.body.toString()) as ExecutionResult;
}

/** Runs an operation in the context of the request. @param document with what was added to it; undefined: as its client wrote it */
export type RunDocument = (document?: DocumentNode) => Promise<ExecutionResult>;

/** Runs a query with what is added to it, and where its answer may be another one by that, once more without. */
async function runOnceOrTwice(bound: BoundOperation, run: RunDocument): Promise<SplitAnswer> {
  const { document, question, plain } = bound.operation;
  if (question.isCollected && !plain.has(bound.text, performance.now())) {
    const result = await run(question.document);
    if (!question.asksMore || !mayBeOfAdditions(document, result, true)) return splitAnswer(bound, result);
    const own = await run();
    if (!mayBeOfAdditions(document, own, true)) plain.add(bound.text, performance.now());
    return { result: own, collected: NOT_COLLECTED };
  }
  return { result: await run(), collected: NOT_COLLECTED };
}

/** A query that may be answered from entries. */
export interface PluginQuery {
  readonly bound: BoundOperation;
  readonly key: CacheKey;
  /** of a private answer: that of its session, and of all */
  readonly sessionTags: readonly Tag[];
  readonly run: RunDocument;
}

/** An answer, and what became of the request for it. */
export interface PluginAnswer {
  readonly result: ExecutionResult;
  readonly status: CacheStatus;
  /** its client's next token, if it presented one */
  readonly token?: Token | undefined;
  /** what it was found in; undefined: it was run */
  readonly entry?: Entry;
}

interface PluginFetch {
  readonly entry: Entry | undefined;
  /** undefined: the entry was found, and nothing was executed */
  readonly answer: SplitAnswer | undefined;
  /** why there was nothing to be found */
  readonly missed: Reason;
  /** why it was not stored */
  readonly refused: Reason | undefined;
}

/** Answers queries from a region's entries, or by running them: once for any number of equal ones at a time (P42). */
export class PluginQueries {
  readonly #singleFlight: SingleFlight<PluginFetch>;

  constructor(
    readonly region: PluginRegion,
    readonly tokenWaitMs: number,
  ) {
    this.#singleFlight = new SingleFlight({
      version: () => region.table.version,
      isFutile: ({ entry, refused }) => !entry && !PASSING.has(refused),
      isFound: ({ answer }) => answer === undefined,
    });
  }

  /** @returns at once what is in memory and fresh, else undefined */
  hit(key: CacheKey, progress: TokenProgress | undefined): PluginAnswer | undefined {
    const entry = this.fresh(key, progress);
    if (!entry) return undefined;
    progress?.noteShown(entry);
    const token = progress?.tokenIfKnown();
    // The primary has to be asked for its client's next token.
    if (progress && !token) return undefined;
    return { ...this.#found(entry), token };
  }

  /** The entry in memory, if it may be shown. */
  fresh(key: CacheKey, progress: TokenProgress | undefined): Entry | undefined {
    if (!this.region.isProven || progress?.isReached === false) return undefined;
    const found = this.region.peek(key);
    return found.kind === 'fresh' ? found.entry : undefined;
  }

  /** Every other query that may be answered from entries. Rejects only as `run` does. */
  async answer(query: PluginQuery, progress: TokenProgress | undefined): Promise<PluginAnswer> {
    const answer = await this.fetch(query, progress);
    return progress ? { ...answer, token: await progress.nextToken(this.tokenWaitMs) } : answer;
  }

  /** The same without its client's next token. */
  async fetch(query: PluginQuery, progress: TokenProgress | undefined): Promise<PluginAnswer> {
    const { table } = this.region;
    const { bound, key, sessionTags, run } = query;
    if (progress && !(await progress.reaches(this.tokenWaitMs))) return this.#uncached(run, 'token');
    if (!this.region.isProven) return this.#uncached(run, 'unproven');
    const near = this.region.peek(key);
    if (near.kind === 'fresh') {
      progress?.noteShown(near.entry);
      return this.#found(near.entry);
    }
    const { question } = bound.operation;
    const { result, collapsed, since } = this.#singleFlight.join(key, {
      begin: () => this.#fetchOnce(query, near.why),
      onAbort: undefined,
      mayJoin: (began) => mayJoin(table, question, began, sessionTags),
    });
    if (!collapsed) return this.#fetched(await result, false);
    // Only what may be stored may be shared: an error, or anything else that is not shared, may depend on the other context.
    const fetched = await result.catch(() => undefined);
    const entry = fetched?.entry;
    if (entry && (since === undefined || mayBeGiven(table, question, since, entry.tags)))
      return this.#fetched(fetched, true);
    return this.#uncached(run, fetched?.refused ?? (entry ? 'purged' : 'error'));
  }

  /** Runs it for this request alone, and stores nothing. */
  async #uncached(run: RunDocument, why: Reason): Promise<PluginAnswer> {
    return { result: await run(), status: { kind: 'forwarded', fwd: forwarded(why), why } };
  }

  async #fetchOnce(query: PluginQuery, nearWhy: Reason): Promise<PluginFetch> {
    const { region } = this;
    const { bound, key, run } = query;
    const { maxAge } = bound.operation.policy;
    const far = await region.find(key, { maxAge, staleUntil: maxAge, staleIfError: 0 });
    if (far.kind === 'fresh') {
      return { entry: far.entry, answer: undefined, missed: 'absent', refused: undefined };
    }
    const missed = far.why === 'absent' ? nearWhy : far.why;
    const asOf = region.asOf();
    const answer = await runOnceOrTwice(bound, run);
    const entry = makePluginEntry(region, query, asOf, answer);
    if (typeof entry === 'string') return { entry: undefined, answer, missed, refused: entry };
    const isStored = region.keep(entry);
    return { entry, answer, missed, refused: isStored ? undefined : 'not-stored' };
  }

  #fetched({ entry, answer, missed, refused }: PluginFetch, collapsed: boolean): PluginAnswer {
    if (!answer && entry) return this.#found(entry);
    const result = collapsed && entry ? resultOf(entry) : answer!.result;
    const stored = entry !== undefined;
    const why = refused ?? missed;
    return { result, status: { kind: 'forwarded', fwd: forwarded(missed), why, stored, collapsed } };
  }

  #found(entry: Entry): PluginAnswer {
    return {
      entry,
      result: resultOf(entry),
      status: { kind: 'hit', ttl: secondsLeft(entry, this.region.now()) },
    };
  }
}
