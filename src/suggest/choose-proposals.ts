import type { Rules } from '../policy/rules';
import type { ProposedDirective } from '../policy/print-directives';
import type { KnownOperation, LeftOperation } from './known-operation';
import { add, NOTHING, replay, scaled, type ReplayTally } from './replay';

/** Directives that belong together: with fewer of them none of their operations could be kept. */
export interface Proposal {
  readonly directives: readonly ProposedDirective[];
  /** coordinates of proposals before it that its operations need as well */
  readonly needs: readonly string[];
  /** the operations they let be kept, those first that save most */
  readonly operations: readonly string[];
  /** some of them are parts of operations, each of which counts for its share of the queries */
  readonly isOfParts: boolean;
  readonly queries: number;
  /** parts of the queries: 0 to 1 */
  readonly hitRate: number;
  readonly collapsedRate: number;
  /** milliseconds of upstream's time */
  readonly savedMs: number;
  /** part of the hits that would have shown what upstream no longer said */
  readonly staleRate: number;
  /** hits on another user's answers */
  readonly sharedHits: number;
  /** how many of the queries came without a session or credentials: they do not tell whether answers depend on who asks */
  readonly anonymous: number;
  /** answers depend on who asks: kept for each session only */
  readonly isPrivate: boolean;
}

/** Seconds: what a person would write. */
const LADDER = [5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400];
/** The shortest maxAge that saves this part of what the best one would. */
const ENOUGH = 0.95;
/** Part of the hits that may be stale. */
const MOST_STALE = 0.01;
/** Part of the recorded upstream time that a proposal has to save. */
const WORTH = 0.005;

/** What a group would bring with one maxAge. */
interface Trial {
  /** coordinates without a maxAge so far */
  readonly missing: readonly string[];
  readonly maxAge: number;
  readonly unlocked: readonly KnownOperation[];
  readonly outcome: ReplayTally;
}

/**
 * Chooses directives greedily: again and again the group that saves most upstream time for each maxAge it takes, given
 * what is chosen already. A group is what one operation, or several, lack. By the whole time saved, the largest group
 * would always come first, and it would be unknown which part of it is worth how much.
 */
export class ProposalChooser {
  readonly #rules: Rules;
  readonly #known: readonly KnownOperation[];
  readonly #worth: number;
  /** coordinate -> seconds; Infinity where it inherits */
  readonly #chosen = new Map<string, number>();
  /** coordinates met at the root, where nothing can be inherited */
  readonly #atRoot: ReadonlySet<string>;
  /** root fields of operations whose answers are the same for all */
  readonly #publicFields: ReadonlySet<string>;
  readonly #outcomes = new Map<KnownOperation, Map<number, ReplayTally>>();
  #open: readonly KnownOperation[];

  constructor(rules: Rules, known: readonly KnownOperation[]) {
    this.#rules = rules;
    this.#known = known;
    this.#worth = WORTH * known.reduce((sum, { upstreamMs }) => sum + upstreamMs, 0);
    this.#atRoot = new Set(known.flatMap(({ obstructions }) => [...obstructions.atRoot]));
    this.#publicFields = new Set(
      known.flatMap(({ obstructions, isPrivate }) => (isPrivate ? [] : [...obstructions.rootFields])),
    );
    this.#open = known.filter(
      ({ obstructions }) => !obstructions.isClosed && obstructions.coordinates.size > 0,
    );
  }

  /** Those first that save most, but none before another without which it would save nothing. */
  choose(): readonly Proposal[] {
    const proposals: Proposal[] = [];
    for (let best = this.#best(); best; best = this.#best()) {
      const { missing, maxAge, unlocked } = best;
      for (const name of missing) this.#chosen.set(name, this.#inherits(name) ? Infinity : maxAge);
      this.#open = this.#open.filter((operation) => !unlocked.includes(operation));
      proposals.push(this.#proposal(best));
    }
    return ranked(proposals);
  }

  /** Why operations are not kept, once all is chosen. */
  left(): readonly LeftOperation[] {
    return this.#known.flatMap((operation) => {
      const { obstructions, name, upstreamMs } = operation;
      const why = obstructions.isClosed
        ? 'a field of it has maxAge: 0, or it cannot be kept at all: see `lastmile explain`'
        : this.#open.includes(operation) && this.#whyOpen(operation);
      return why ? [{ operation: name, upstreamMs, why }] : [];
    });
  }

  #whyOpen(operation: KnownOperation): string {
    const briefest = this.#outcome(operation, LADDER[0]!);
    if (!isSteady(briefest))
      return 'its answers change within seconds and nothing is purged: return what changes';
    return `keeping it would save too little, or lets others be kept that change unseen`;
  }

  #best(): Trial | undefined {
    const groups = new Map<string, readonly string[]>();
    for (const { obstructions } of this.#open) {
      const missing = [...obstructions.coordinates].filter((name) => !this.#chosen.has(name)).sort();
      groups.set(missing.join(' '), missing);
    }
    let best: Trial | undefined;
    for (const missing of groups.values()) {
      const trial = this.#try(missing);
      if (!trial || trial.outcome.savedMs <= this.#worth) continue;
      if (!best || this.#density(trial) > this.#density(best)) best = trial;
    }
    return best;
  }

  /**
   * The shortest maxAge that is enough, of those with which hardly anything stale is shown. A type's maxAge holds for
   * every operation that it lets be kept, so one that changes unseen counts against all.
   */
  #try(missing: readonly string[]): Trial | undefined {
    const has = (name: string) => this.#chosen.has(name) || missing.includes(name);
    const unlocked = this.#open.filter(({ obstructions }) => [...obstructions.coordinates].every(has));
    const outcomesAt = (maxAge: number) => unlocked.map((operation) => this.#outcome(operation, maxAge));
    const usable = LADDER.filter((maxAge) => outcomesAt(maxAge).every(isSteady)).map((maxAge): Trial => ({
      missing,
      maxAge,
      unlocked,
      outcome: outcomesAt(maxAge).reduce(add, NOTHING),
    }));
    const most = Math.max(0, ...usable.map(({ outcome }) => outcome.savedMs));
    return usable.find(({ outcome }) => outcome.savedMs > 0 && outcome.savedMs >= most * ENOUGH);
  }

  /** What becomes of an operation when what it still lacks gets a maxAge. */
  #outcome(operation: KnownOperation, maxAge: number): ReplayTally {
    const { coordinates, declared } = operation.obstructions;
    const given = [...coordinates].map(
      (name) => this.#chosen.get(name) ?? (this.#inherits(name) ? Infinity : maxAge),
    );
    const effective = Math.min(declared, ...given);
    let known = this.#outcomes.get(operation);
    if (!known) this.#outcomes.set(operation, (known = new Map()));
    let outcome = known.get(effective);
    if (!outcome) {
      const whole = replay(operation.runs, { maxAge: effective, isPrivate: operation.isPrivate });
      outcome = scaled(whole, operation.share);
      known.set(effective, outcome);
    }
    return outcome;
  }

  /** Milliseconds saved for each maxAge that an operator has to agree to. */
  #density({ missing, outcome }: Trial): number {
    return outcome.savedMs / Math.max(1, missing.filter((name) => !this.#inherits(name)).length);
  }

  /** Part of what holds it, and not an entity of its own, such as a connection's edges. */
  #inherits(coordinate: string): boolean {
    return (
      !coordinate.includes('.') &&
      !this.#atRoot.has(coordinate) &&
      this.#rules.keyFields(coordinate) === undefined
    );
  }

  #proposal({ missing, maxAge, unlocked, outcome }: Trial): Proposal {
    const saved = (operation: KnownOperation) => this.#outcome(operation, maxAge).savedMs;
    const needs = new Set(unlocked.flatMap(({ obstructions }) => [...obstructions.coordinates]));
    const { queries, hits, collapsed, savedMs, shared, stale, foreign } = outcome;
    return {
      directives: [
        ...missing.map((coordinate) => ({
          coordinate,
          hint: this.#inherits(coordinate) ? { inheritMaxAge: true } : { maxAge },
        })),
        ...unlocked.flatMap((operation) => this.#privacy(operation)),
      ],
      needs: [...needs].filter((coordinate) => !missing.includes(coordinate)),
      operations: [...new Set(unlocked.toSorted((a, b) => saved(b) - saved(a)).map(({ name }) => name))],
      isOfParts: unlocked.some(({ share }) => share < 1),
      queries: Math.round(queries),
      hitRate: rate(hits, queries),
      collapsedRate: rate(collapsed, queries),
      savedMs,
      staleRate: rate(stale + foreign, hits),
      sharedHits: Math.round(shared),
      anonymous: Math.round(unlocked.reduce((sum, operation) => sum + anonymousIn(operation), 0)),
      isPrivate: unlocked.some(({ isPrivate }) => isPrivate),
    };
  }

  /** What answers differently by who asks is private as a whole: at its root fields, where they serve nothing else. */
  #privacy({ operation, isPrivate, obstructions }: KnownOperation): ProposedDirective[] {
    if (!isPrivate || operation.policy.scope === 'PRIVATE') return [];
    const own = [...obstructions.rootFields].filter((field) => !this.#publicFields.has(field));
    const fields = own.length > 0 ? own : [...obstructions.rootFields];
    return fields.map((coordinate) => ({ coordinate, hint: { scope: 'PRIVATE' } }));
  }
}

function anonymousIn({ runs, share }: KnownOperation): number {
  return runs.flatMap(({ queries }) => queries).filter(({ who }) => who === undefined).length * share;
}

/** What a proposal's operations need besides its own directives was chosen before it. */
function ranked(chosen: readonly Proposal[]): readonly Proposal[] {
  const open = new Set(chosen);
  const given = new Set<string>();
  const inOrder: Proposal[] = [];
  while (open.size > 0) {
    const ready = [...open].filter(({ needs }) => needs.every((coordinate) => given.has(coordinate)));
    const next = ready.reduce((a, b) => (b.savedMs > a.savedMs ? b : a));
    open.delete(next);
    inOrder.push(next);
    for (const { coordinate } of next.directives) given.add(coordinate);
  }
  return inOrder;
}

function isSteady({ hits, stale, foreign }: ReplayTally): boolean {
  return stale + foreign <= hits * MOST_STALE;
}

function rate(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
