/**
 * A primary, the copy of its log in one region, and the region's table and proof, joined by a network that is a list
 * of things that happen at some time. Nothing here waits: time is a number.
 */
import { comparePositions, nextPosition, ORIGIN, positionAt, type Position } from '../../src/purge/position';
import type { FreshnessProof, Probe } from '../../src/purge/proof';
import type { PurgeRecord } from '../../src/purge/log';
import type { PurgeTable } from '../../src/purge/table';
import { entityTag, type Tag } from '../../src/purge/tag';

/** One step of a scenario: `after` so many milliseconds. */
export type Step = { readonly after: number } & (
  | { readonly do: 'purge'; readonly id: number }
  /** a question to the primary: milliseconds there and back, or lost on the way */
  | { readonly do: 'probe'; readonly there: number; readonly back: number; readonly lost: boolean }
  /** milliseconds a record takes to the region from now on */
  | { readonly do: 'delay'; readonly by: number }
  /** nothing reaches the region / what was held up reaches it now */
  | { readonly do: 'stall' }
  | { readonly do: 'restore' }
  /** the copy drops the next record that reaches it */
  | { readonly do: 'drop' }
  /** the primary comes back without its last records, and the copy is loaded from it, so many milliseconds later */
  | { readonly do: 'lose'; readonly records: number; readonly resyncAfter: number }
);

/** A purge the primary acknowledged, and the as-of an answer would have had that was asked for just before. */
interface Acknowledged {
  readonly at: number;
  readonly tag: Tag;
  readonly asOf: Position;
}

export class SimulatedRegion {
  now = 0;
  readonly #table: PurgeTable;
  readonly #proof: FreshnessProof;
  readonly #boundMs: number;
  #events: { at: number; run: () => void }[] = [];
  #log: PurgeRecord[] = [{ position: positionAt(100, 0), purges: [] }];
  #epoch = 100;
  #mustBegin = false;
  readonly #acknowledged: Acknowledged[] = [];
  #delay = 1;
  #lastDue = 0;
  #stalled = false;
  #held: (() => void)[] = [];
  #dropNext = false;
  /** of the connection between primary and copy: records of an earlier one never arrive */
  #connection = 0;
  provenChecks = 0;

  constructor(table: PurgeTable, proof: (now: () => number) => FreshnessProof, boundMs: number) {
    this.#table = table;
    this.#proof = proof(() => this.now);
    this.#boundMs = boundMs;
    table.restart(this.#log);
  }

  run(steps: readonly Step[]): void {
    for (const step of steps) {
      this.#advance(this.now + step.after);
      this.#do(step);
      this.#check();
    }
    this.#advance(this.now + 2 * this.#boundMs);
  }

  #do(step: Step): void {
    if (step.do === 'purge') this.#purge(entityTag('P', step.id));
    else if (step.do === 'probe') this.#probe(step.there, step.back, step.lost);
    else if (step.do === 'delay') this.#delay = step.by;
    else if (step.do === 'stall') this.#stalled = true;
    else if (step.do === 'restore') this.#restore();
    else if (step.do === 'drop') this.#dropNext = true;
    else this.#lose(step.records, step.resyncAfter);
  }

  #purge(tag: Tag): void {
    const asOf = this.#table.position;
    this.#append([{ tag, kind: 'hard' }]);
    this.#acknowledged.push({ at: this.now, tag, asOf });
  }

  #append(purges: PurgeRecord['purges']): void {
    this.#begin();
    const last = this.#log.at(-1)?.position as Position;
    this.#write({ position: nextPosition(last), purges });
  }

  /** As the script does: a new run, if this may not be the log that was appended to last. */
  #begin(): void {
    if (!this.#mustBegin) return;
    this.#mustBegin = false;
    this.#epoch += 1 + (this.now % 7);
    this.#write({ position: positionAt(this.#epoch, 0), purges: [] });
  }

  #write(record: PurgeRecord): void {
    this.#log.push(record);
    const connection = this.#connection;
    this.#lastDue = Math.max(this.#lastDue, this.now + this.#delay);
    this.#at(this.#lastDue, () => {
      if (connection === this.#connection)
        this.#deliver(() => connection === this.#connection && this.#arrive(record));
    });
  }

  #deliver(arrive: () => void): void {
    if (this.#stalled) this.#held.push(arrive);
    else arrive();
  }

  #arrive(record: PurgeRecord): void {
    const dropped = this.#dropNext;
    this.#dropNext = false;
    if (dropped) return;
    const { epoch } = this.#table.position;
    this.#table.apply(record);
    if (this.#table.position.epoch !== epoch) this.#proof.withdraw();
    this.#proof.advanced(this.#table.position);
  }

  #restore(): void {
    this.#stalled = false;
    for (const arrive of this.#held.splice(0)) arrive();
  }

  #lose(records: number, resyncAfter: number): void {
    this.#log = this.#log.slice(0, Math.max(1, this.#log.length - records));
    this.#mustBegin = true;
    const connection = ++this.#connection;
    this.#held = [];
    this.#at(this.now + resyncAfter, () => {
      this.#deliver(() => {
        if (connection !== this.#connection) return;
        this.#connection++;
        this.#lastDue = this.now;
        this.#proof.withdraw();
        this.#table.restart(this.#log);
        this.#proof.advanced(this.#table.position);
      });
    });
  }

  #probe(there: number, back: number, lost: boolean): void {
    const probe: Probe = { askedAt: this.now, position: this.#table.position, version: this.#table.version };
    this.#at(this.now + there, () => {
      this.#begin();
      const last = this.#log.at(-1)?.position ?? ORIGIN;
      if (lost) return;
      this.#at(this.now + back, () => this.#proof.answered(probe, last, this.#table.position, this.now));
    });
  }

  #at(at: number, run: () => void): void {
    const place = this.#events.findIndex((event) => event.at > at);
    this.#events.splice(place === -1 ? this.#events.length : place, 0, { at, run });
  }

  #advance(until: number): void {
    for (let next = this.#events[0]; next && next.at <= until; next = this.#events[0]) {
      this.#events.shift();
      this.now = next.at;
      this.#check();
      next.run();
      this.#check();
    }
    this.now = until;
    this.#check();
  }

  /** While something is proven, no answer is trusted that a purge acknowledged more than the bound ago had made old. */
  #check(): void {
    if (!this.#proof.isProven(this.now)) return;
    this.provenChecks++;
    for (const { at, tag, asOf } of this.#acknowledged)
      if (this.now - at > this.#boundMs && this.#table.verdict(asOf, [tag]) === 'fresh')
        throw new Error(
          `at ${this.now}: the purge of ${tag} at ${at} is missing, table at ` +
            `${this.#table.position.epoch}-${this.#table.position.seq}, ${comparePositions(asOf, this.#table.floor)}`,
        );
  }
}
