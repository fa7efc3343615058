import { setTimeout as pause } from 'node:timers/promises';
import type { Entry } from '../cache/entry';
import { ExactNumber, readJson } from '../json/exact-number';
import type { Region } from '../region/region';
import type { Answered } from './fill';

/**
 * same        upstream says the same now
 * different   it does not, and the entry would still be served: nothing that is known here explains it
 * superseded  it does not, and by now the entry would not be served: it was purged, refilled, or has expired
 * failed      upstream did not answer, or with errors
 * skipped     as many comparisons were under way as may be
 */
export const VERIFIED = ['same', 'different', 'superseded', 'failed', 'skipped'] as const;
export type Verified = (typeof VERIFIED)[number];

export interface VerifierParts {
  readonly region: Pick<Region, 'evaluate' | 'held' | 'isProven'>;
  /** which part of the hits is compared: more than 0, at most 1 */
  readonly sample: number;
  /** from 0 to 1, less than 1 */
  readonly random: () => number;
  /** milliseconds that a purge may take to get here after upstream has shown what it is about */
  readonly graceMs: number;
  readonly count: (result: Verified) => void;
  /** told of an entry that differs. @param at where the first difference is, as in `data.products[3].price` */
  readonly different: (entry: Entry, at: string) => void;
  readonly fault: (error: unknown) => void;
}

/** Comparisons under way at once: background calls must stay few. */
const MOST_UNDER_WAY = 4;

const LONGEST_PATH = 200;

/** Asks upstream, behind the back of some who were given a hit, whether it would have said the same. */
export class Verifier {
  readonly #parts: VerifierParts;
  #underWay = 0;

  constructor(parts: VerifierParts) {
    this.#parts = parts;
  }

  /** Whether a hit is one of those to compare. On the hit path. */
  isDue(): boolean {
    return this.#parts.random() < this.#parts.sample;
  }

  /** One of the parts that a hit was put together from. */
  oneOf<T>(parts: readonly T[]): T {
    return parts[Math.floor(this.#parts.random() * parts.length)]!;
  }

  /**
   * Compares an entry with upstream once its client has the answer. Never throws.
   * @param ask calls upstream as for the entry, with the same credentials
   */
  compare(entry: Entry, ask: () => Promise<Answered>): void {
    const { count, fault } = this.#parts;
    if (this.#underWay >= MOST_UNDER_WAY) return count('skipped');
    this.#underWay++;
    setImmediate(() => {
      this.#compare(entry, ask)
        .catch((error: unknown) => {
          fault(error);
          return 'failed' as const;
        })
        .then((result) => {
          this.#underWay--;
          count(result);
        }, fault);
    });
  }

  async #compare(entry: Entry, ask: () => Promise<Answered>): Promise<Verified> {
    const { clean, body } = await ask();
    if (!clean) return 'failed';
    const was = entry.body.toString();
    const at = was === body ? undefined : firstDifference(dataOf(was), dataOf(body), 'data');
    if (at === undefined) return 'same';
    // Upstream shows a change before its purge can be here.
    await pause(this.#parts.graceMs, undefined, { ref: false });
    if (!(await this.#isServed(entry))) return 'superseded';
    this.#parts.different(entry, at.slice(0, LONGEST_PATH));
    return 'different';
  }

  async #isServed(entry: Entry): Promise<boolean> {
    const { region } = this.#parts;
    const { maxAge, swr, staleIfError } = entry;
    const held = await region.held(entry.key, { maxAge, staleUntil: maxAge + swr, staleIfError });
    if (held && held.etag !== entry.etag) return false;
    return region.isProven && region.evaluate(entry).kind === 'fresh';
  }
}

function dataOf(body: string): unknown {
  return (readJson(body) as { data?: unknown }).data;
}

/**
 * Where two values of JSON differ. The order of an object's members is none of their value; every digit of a number is.
 * @returns a path to the first difference, undefined where there is none
 */
export function firstDifference(one: unknown, other: unknown, path: string): string | undefined {
  if (!isContainer(one) || !isContainer(other)) return isSameScalar(one, other) ? undefined : path;
  if (Array.isArray(one) !== Array.isArray(other)) return path;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return path;
  for (const name of names) {
    const step = Array.isArray(one) ? `${path}[${name}]` : `${path}.${name}`;
    if (!Object.hasOwn(other, name)) return step;
    const found = firstDifference(one[name], other[name], step);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSameScalar(one: unknown, other: unknown): boolean {
  if (one instanceof ExactNumber && other instanceof ExactNumber) return String(one) === String(other);
  return Object.is(one, other);
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}
