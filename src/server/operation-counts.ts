import { OUTCOMES, outcomeOf, type AnswerOutcome } from '../report/cache-status';

export { OUTCOMES, outcomeOf, type AnswerOutcome };

/** Names of operations that are counted by themselves: clients choose them, and each name is kept for good. */
export const MOST_OPERATIONS = 100;
/** How all others are called, and those without a name. */
export const OTHER = 'other';
export const UNNAMED = 'unnamed';

/** Numbers by the name of an operation and what became of it. */
export class OperationCounts {
  readonly #counts = new Map<
    string,
    Map<string, { count: number; readonly labels: Record<string, string> }>
  >();

  add(name: string, outcome: AnswerOutcome, reason: string): void {
    let counts = this.#counts.get(name);
    if (!counts) {
      const isRoom = this.#counts.size < MOST_OPERATIONS;
      if (!isRoom && name !== OTHER) return this.add(OTHER, outcome, reason);
      this.#counts.set(name, (counts = new Map()));
    }
    // A hit has no reason, and needs no text made for it.
    const key = reason === '' ? outcome : `${outcome} ${reason}`;
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { count: 1, labels: { operation: name, outcome, reason } });
  }

  *[Symbol.iterator](): Iterator<{ readonly count: number; readonly labels: Record<string, string> }> {
    for (const counts of this.#counts.values()) yield* counts.values();
  }
}
