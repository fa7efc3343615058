import { setImmediate as othersTurn } from 'node:timers/promises';
import type { GraphQLError } from 'graphql';
import { collect } from '../../answer/collect';
import { NOT_COLLECTED } from '../../answer/additions';
import { INTERNAL_PREFIX } from '../../answer/internal-fields';
import { AbortGroup } from '../../cache/single-flight';
import { readJson, writeJson } from '../../json/exact-number';
import { withoutRemoved } from '../../json/text';
import { bind, type BoundOperation } from '../../operation/bound-operation';
import { refine } from '../../policy/analyse';
import type { Position } from '../../purge/position';
import type { Region } from '../../region/region';
import { saysOk } from '../../upstream/fault';
import type { Upstream } from '../../upstream/upstream';
import type { Execution } from '../../yoga/execution';
import { LARGE } from '../../yoga/use-upstream';
import {
  fill,
  makeEntry,
  notStored,
  run,
  whyNoHit,
  type Answered,
  type EntrySettings,
  type FetchPlan,
  type Filled,
} from '../fill';
import { slotBody, takeApart, type Combined, type SlotAnswer } from './combined';
import type { Plan, Slot } from './plan';

/** A slot that upstream is to be asked for. */
export interface WantedSlot {
  /** its index in the plan */
  readonly index: number;
  /** as it would be asked for by itself */
  readonly fetch: FetchPlan;
  /** false: its answer must not be stored */
  readonly isKept: boolean;
}

interface Waiting extends WantedSlot {
  readonly resolve: (filled: Filled | Promise<Filled>) => void;
}

/** What an answer is as of, and when it was given; by default just now. */
interface LandedWhen {
  readonly asOf: Position;
  readonly answeredAt?: number;
}

/** What one call upstream for several slots has in common. */
export interface SlotCallParts {
  readonly region: Region;
  readonly entries: EntrySettings;
  readonly plan: Plan;
  /** the client's operation with its variables and parameters */
  readonly bound: BoundOperation;
  /** what to ask for slots together; undefined: they cannot be asked together */
  readonly combine: (slots: readonly number[]) => Combined | undefined;
}

/**
 * One upstream call for several slots of a request. Each slot announces itself; once all that did have requested
 * their fetch, or were found elsewhere, the requested ones are fetched in one call. Each gets its own answer, as if
 * it had been fetched alone: other requests may wait for it by its key.
 */
export class SlotCall {
  #expected = 0;
  #isOpen = true;
  readonly #waiting: Waiting[] = [];

  constructor(readonly parts: SlotCallParts) {}

  /** False once the call has been made: who comes then asks by itself. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  announce(): void {
    this.#expected++;
  }

  /** One that was announced was found elsewhere. */
  withdraw(): void {
    this.#expected--;
    this.#sendIfComplete();
  }

  /** All who will come have announced themselves. */
  close(): void {
    this.#isOpen = false;
    this.#sendIfComplete();
  }

  /** Asks for a slot that was announced. Never rejects but by a fault of ours. */
  fetch(wanted: WantedSlot): Promise<Filled> {
    return new Promise((resolve) => {
      this.#waiting.push({ ...wanted, resolve });
      this.#sendIfComplete();
    });
  }

  #sendIfComplete(): void {
    const waiting = this.#waiting;
    if (this.#isOpen || waiting.length === 0 || waiting.length < this.#expected) return;
    const all = waiting.splice(0).sort((a, b) => a.index - b.index);
    this.#expected = 0;
    const sent = this.#send(all);
    for (const [at, { resolve }] of all.entries()) resolve(sent.then((filled) => filled[at]!));
  }

  async #send(all: readonly WantedSlot[]): Promise<readonly Filled[]> {
    const { combine } = this.parts;
    const combined = all.length > 1 ? combine(all.map(({ index }) => index)) : undefined;
    const filled = combined && (await this.#askTogether(combined, all));
    return filled ?? Promise.all(all.map((one) => this.#askAlone(one)));
  }

  async #askAlone({ fetch, isKept }: WantedSlot): Promise<Filled> {
    const { region, entries } = this.parts;
    if (isKept) return fill(region, entries, fetch);
    const { yoga, bound, type, signal, trace } = fetch;
    const execution: Execution = {
      bound,
      refusal: undefined,
      scope: 'bypass',
      headers: fetch.headers(),
      signal,
      wantsExtensions: false,
      trace,
    };
    return notStored(await run(yoga, execution, type), 'no-policy');
  }

  /** @returns undefined where the answer cannot be taken apart */
  async #askTogether(combined: Combined, all: readonly WantedSlot[]): Promise<readonly Filled[] | undefined> {
    const { region, entries, bound } = this.parts;
    const first = all[0]!.fetch;
    const { yoga, type, trace, key } = first;
    const headers = first.headers();
    const signal = groupOf(all);
    const ask = (upstream?: Upstream): Promise<Answered> => {
      const execution: Execution = {
        bound: bind(combined.operation, bound.variables, bound.parameters),
        refusal: undefined,
        scope: 'bypass',
        headers,
        signal,
        wantsExtensions: false,
        isOfParts: true,
        trace,
        upstream,
      };
      return run(yoga, execution, type);
    };
    const near = all.every(({ isKept, fetch }) => isKept && fetch.stores)
      ? await entries.replica?.read(key, ask, async (answered, { position, since }) => {
          const filled = await this.#apart(combined, all, answered, { asOf: position, answeredAt: since });
          if (!filled) return 'parts';
          for (const one of filled) {
            const why = whyNoHit(region, one);
            if (why) return why;
          }
          return filled;
        })
      : undefined;
    if (near) return near;
    const asOf = region.asOf();
    return this.#apart(combined, all, await ask(), { asOf });
  }

  /** @returns undefined where the answer cannot be taken apart */
  async #apart(
    combined: Combined,
    all: readonly WantedSlot[],
    answered: Answered,
    when: LandedWhen,
  ): Promise<readonly Filled[] | undefined> {
    const { plan } = this.parts;
    const { execution } = answered;
    const { answer, isAskedInFull } = execution;
    // What has no data says the same of each.
    if (!answer?.answered || !saysOk(answer) || !execution.result?.data)
      return all.map(({ fetch }) => notStored(forSlot(answered, fetch), 'error'));
    if (answer.members || isAskedInFull !== true) return undefined;
    const apart = takeApart(plan, combined, answer.text ?? JSON.stringify(answer.result));
    if (!Array.isArray(apart)) return undefined;
    const filled: Filled[] = [];
    for (const [at, wanted] of all.entries()) {
      if ((answer.size ?? 0) > LARGE) await othersTurn();
      filled.push(this.#land(wanted, (apart as readonly SlotAnswer[])[at]!, answered, when));
    }
    return filled;
  }

  /** Makes of its part of an answer what a slot would have been answered by itself. */
  #land(
    { index, fetch, isKept }: WantedSlot,
    { value, errors }: SlotAnswer,
    whole: Answered,
    when: LandedWhen,
  ): Filled {
    const { region, entries, plan } = this.parts;
    const slot = plan.slots[index]!;
    const { operation, variables } = fetch.bound;
    const read = collectSlot(slot, value, variables);
    const body = bodyOf(slot, read.value, errors);
    const execution: Execution = {
      ...whole.execution,
      bound: fetch.bound,
      scope: fetch.scope,
      collected: read.collected,
      storableFor: refine(operation.policy, read.collected.limit).maxAge,
      result: {
        data: read.data as Record<string, unknown>,
        ...(errors.length > 0 && { errors: errors as readonly GraphQLError[] }),
      },
    };
    const answered = { ...whole, body, execution, clean: errors.length === 0 && value !== undefined };
    if (!isKept) return notStored(answered, 'no-policy');
    const { key, sessionTags } = fetch;
    const entry = makeEntry(region, entries, { key, sessionTags, answered, ...when });
    if (typeof entry === 'string') return notStored(answered, entry);
    if (!fetch.stores) return notStored(answered, 'request');
    const isStored = region.keep(entry);
    return { ...answered, entry, isStored, why: isStored ? undefined : 'not-stored' };
  }
}

function forSlot(answered: Answered, { bound, scope }: FetchPlan): Answered {
  return { ...answered, execution: { ...answered.execution, bound, scope } };
}

/** What a slot's value holds, and its text without what only the gateway had asked for. */
function collectSlot(
  { field, operation: { question } }: Slot,
  value: string | undefined,
  variables: BoundOperation['variables'],
) {
  if (value === undefined) return { value, data: null, collected: NOT_COLLECTED };
  let data: Record<string, unknown> = { [field]: JSON.parse(value) };
  if (!question.isCollected) return { value, data, collected: NOT_COLLECTED };
  let collected = collect(question, data, variables);
  if (collected.isRounded) {
    data = { [field]: readJson(value) };
    collected = collect(question, data, variables);
  }
  return {
    value: collected.trimmed ? withoutRemoved(value, data[field], INTERNAL_PREFIX) : value,
    data,
    collected,
  };
}

function bodyOf(slot: Slot, value: string | undefined, errors: SlotAnswer['errors']): string {
  const written = value === undefined ? '{"data":null}' : slotBody(slot, value);
  return errors.length === 0 ? written : `{"errors":${writeJson(errors)},${written.slice(1)}`;
}

/** Aborted once no request waits for any of them. */
function groupOf(all: readonly WantedSlot[]): AbortGroup {
  const group = new AbortGroup();
  for (const { fetch } of all) {
    const { signal } = fetch;
    group.add(signal && ((callback) => signal.addEventListener('abort', callback)));
  }
  return group;
}
