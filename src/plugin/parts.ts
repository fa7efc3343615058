import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Entry } from '../cache/entry';
import { secondsLeft } from '../cache/lookup';
import type { PartError, SlotAnswer } from '../gateway/parts/combined';
import { merge, writeMerged, type Merged } from '../gateway/parts/merge';
import { answerOfEntry, mergeEntries } from '../gateway/parts/merged-answer';
import { bindSlot, type Plan, type Plans, type Slot } from '../gateway/parts/plan';
import { UnfitOperations } from '../gateway/parts/unfit';
import { mayBeCut, type Decision } from '../gateway/rules';
import type { TokenProgress } from '../gateway/token';
import type { BoundOperation } from '../operation/bound-operation';
import type { Tag } from '../purge/tag';
import { forwarded, type CacheStatus } from '../report/cache-status';
import { resultOf, type PluginAnswer, type PluginQueries, type RunDocument } from './queries';

/** One slot of a request. */
export interface PluginSlot {
  readonly bound: BoundOperation;
  readonly decision: Decision;
  readonly sessionTags: readonly Tag[];
}

/** A query that is answered slot by slot. */
export interface PluginCut {
  readonly plan: Plan;
  readonly bound: BoundOperation;
  /** in the plan's order */
  readonly slots: readonly PluginSlot[];
  /** what the rules say of the operation as a whole */
  readonly whole: Decision;
}

/** How a cut query is run, in the context of its request. */
export interface PluginCutRun {
  /** one slot */
  readonly runSlot: (bound: BoundOperation) => RunDocument;
  /** all of it, as its client wrote it */
  readonly runWhole: RunDocument;
}

/** A slot that was answered. */
interface Answered extends PluginSlot {
  readonly answer: PluginAnswer;
}

/** The member of `extensions` that says which error one is, while the answers are put together. */
const NUMBER = 'number';

/**
 * Answers a query slot by slot, as the gateway does: see `src/gateway/parts/README.md`. Each slot is a query of its own for
 * {@link PluginQueries}, so its key, its session, its purges and its token are those of any; slots that are not there run side
 * by side with the context of the request. Where what they say does not fit together, the query is run whole.
 */
export class PluginParts {
  readonly #unfit = new UnfitOperations();

  constructor(readonly queries: PluginQueries) {}

  /**
   * How a query is cut; undefined: not at all.
   * @param decide what the rules say of a slot
   */
  cut(
    plans: Plans | undefined,
    bound: BoundOperation,
    { hasCredentials, whole }: { readonly hasCredentials: () => boolean; readonly whole: Decision },
    decide: (bound: BoundOperation) => Omit<PluginSlot, 'bound'>,
  ): PluginCut | undefined {
    const { region } = this.queries;
    const { operation } = bound;
    // Most operations are of one class: nothing more is looked at then.
    if (!plans || plans.whyNeverCut(operation) || !mayBeCut(whole) || !region.isProven) return undefined;
    const plan = plans.planOf(bound, hasCredentials());
    if (plan.kind !== 'cut' || this.#unfit.has(operation, region.now())) return undefined;
    const slots = plan.slots.map((slot): PluginSlot => {
      const own = bindSlot(slot, bound);
      return { bound: own, ...decide(own) };
    });
    return slots.some(({ decision }) => decision.kind === 'lookup')
      ? { plan, bound, slots, whole }
      : undefined;
  }

  /** @returns at once what is in memory and fresh as a whole, else undefined */
  hit({ plan, bound, slots }: PluginCut, progress: TokenProgress | undefined): PluginAnswer | undefined {
    const entries: Entry[] = [];
    for (const { decision } of slots) {
      const entry = decision.kind === 'lookup' ? this.queries.fresh(decision.key, progress) : undefined;
      if (!entry) return undefined;
      entries.push(entry);
    }
    const merged = mergeEntries(plan, entries, bound.variables);
    if ('why' in merged) return undefined;
    for (const entry of entries) progress?.noteShown(entry);
    const token = progress?.tokenIfKnown();
    if (progress && !token) return undefined;
    return { result: resultOf(merged), status: this.#found(entries), token };
  }

  /** Every other one. Rejects only as running it does. */
  async answer(
    cut: PluginCut,
    run: PluginCutRun,
    progress: TokenProgress | undefined,
  ): Promise<PluginAnswer> {
    const answer = await this.#answer(cut, run, progress);
    return progress ? { ...answer, token: await progress.nextToken(this.queries.tokenWaitMs) } : answer;
  }

  async #answer(
    cut: PluginCut,
    run: PluginCutRun,
    progress: TokenProgress | undefined,
  ): Promise<PluginAnswer> {
    const slots = await Promise.all(
      cut.slots.map(async (slot): Promise<Answered> => ({
        ...slot,
        answer: await this.#answerSlot(slot, run, progress),
      })),
    );
    const asked = slots.filter(({ answer }) => !answer.entry);
    const { operation } = cut.bound;
    const errors: GraphQLError[] = [];
    const merged = this.#merge(cut, slots, errors);
    if (!merged) {
      this.#unfit.note(operation, this.queries.region.now());
      const why = 'parts';
      const result = await run.runWhole();
      progress?.noteAsked();
      return { result, status: { kind: 'forwarded', fwd: forwarded(why), why } };
    }
    this.#unfit.forget(operation);
    // One that was found in the region's Redis may be younger than those in memory.
    if (asked.length > 0) progress?.noteAsked();
    else for (const { answer } of slots) progress?.noteShown(answer.entry!);
    const [own] = asked;
    const extensions = own?.answer.result.extensions;
    return {
      result: { ...resultIn(merged, errors), ...(extensions && { extensions }) },
      status: own ? statusOf(cut, slots, asked) : this.#found(slots.map(({ answer }) => answer.entry!)),
    };
  }

  async #answerSlot(
    { bound, decision, sessionTags }: PluginSlot,
    { runSlot }: PluginCutRun,
    progress: TokenProgress | undefined,
  ): Promise<PluginAnswer> {
    const run = runSlot(bound);
    if (decision.kind === 'lookup')
      return this.queries.fetch({ bound, key: decision.key, sessionTags, run }, progress);
    const { why } = decision;
    return { result: await run(), status: { kind: 'forwarded', fwd: forwarded(why), why } };
  }

  /** @returns undefined where the slots' answers do not make one */
  #merge({ plan, bound }: PluginCut, slots: readonly Answered[], errors: GraphQLError[]): Merged | undefined {
    // What an executor says beside several answers has no one sum.
    const ran = slots.filter(({ answer }) => !answer.entry);
    if (ran.length > 1 && ran.some(({ answer }) => answer.result.extensions !== undefined)) return undefined;
    const answers: SlotAnswer[] = [];
    for (const [at, { answer }] of slots.entries()) {
      const slot = plan.slots[at]!;
      const said = answer.entry
        ? answerOfEntry(slot, answer.entry)
        : answerOfResult(slot, answer.result, errors);
      if (!said) return undefined;
      answers.push(said);
    }
    const merged = merge(plan, answers, bound.variables);
    return merged.kind === 'merged' ? merged : undefined;
  }

  #found(entries: readonly Entry[]): CacheStatus {
    const now = this.queries.region.now();
    return { kind: 'hit', ttl: Math.min(...entries.map((entry) => secondsLeft(entry, now))) };
  }
}

/** What running a slot brought. @param known where its errors are kept: they lead to what was thrown */
function answerOfResult(
  { field }: Slot,
  { data, errors = [] }: ExecutionResult,
  known: GraphQLError[],
): SlotAnswer | undefined {
  if (data === undefined) return undefined;
  const told: PartError[] = [];
  for (const error of errors) {
    if (!error.path) return undefined;
    told.push({ message: error.message, path: error.path, extensions: { [NUMBER]: known.push(error) - 1 } });
  }
  return { value: data === null ? undefined : JSON.stringify(data[field]), errors: told };
}

function resultIn(merged: Merged, known: readonly GraphQLError[]): ExecutionResult {
  const { data } = JSON.parse(writeMerged({ ...merged, errors: [] })) as ExecutionResult;
  if (merged.errors.length === 0) return { data: data! };
  const errors = merged.errors.map(({ path, extensions: told }) => {
    const { message, extensions, originalError } = known[told![NUMBER] as number]!;
    return new GraphQLError(message, { path: path!, extensions, originalError: originalError ?? null });
  });
  return { errors, data: data ?? null };
}

/** @param asked those that were not there, at least one */
function statusOf({ whole }: PluginCut, slots: readonly Answered[], asked: readonly Answered[]): CacheStatus {
  const statuses = asked.flatMap(({ answer: { status } }) => (status.kind === 'forwarded' ? status : []));
  const isPartial = asked.length < slots.length;
  // Where nothing was there, what never will be says more than what will.
  const bypassed = asked.findIndex(({ decision }) => decision.kind === 'bypass');
  const first = statuses[isPartial ? 0 : Math.max(0, bypassed)]!;
  return {
    kind: 'forwarded',
    fwd: isPartial ? 'partial' : whole.kind === 'bypass' ? forwarded(whole.why) : first.fwd,
    why: first.why,
    stored: statuses.some(({ stored }) => stored === true),
    collapsed: statuses.every(({ collapsed }) => collapsed === true),
    parts: { all: slots.length, asked: statuses.map(({ why }) => why) },
  };
}
