import { formatPosition } from '../purge/position';
import type { PurgeRecord } from '../purge/log';
import { formatTag, type Tag } from '../purge/tag';
import type { SeenCause } from './recorder';
import type { PurgeView } from './view';

const MOST_PURGES = 100;
const MOST_CAUSES = 1000;
const MOST_TAGS = 12;
/** Milliseconds within which a purge comes back by the log, or its cause by another process. */
const TOGETHER_MS = 10_000;

interface Kept {
  readonly position: string;
  readonly at: number;
  /** monotonic */
  readonly seenAt: number;
  readonly tags: readonly Tag[];
  readonly isSoft: boolean;
  readonly causes: Set<string>;
  /** by region, when it was applied there: milliseconds of the primary's clock */
  readonly applied: Map<string, number>;
}

interface Cause extends SeenCause {
  readonly notedAt: number;
}

/** The last purges, with who caused them and when each region had them. Pure: times are handed in. */
export class PurgeLedger {
  readonly #purges = new Map<string, Kept>();
  #causes: Cause[] = [];
  readonly #changed: (purge: PurgeView) => void;

  /** @param changed told of a purge, and again when more is known of it */
  constructor(changed: (purge: PurgeView) => void) {
    this.#changed = changed;
  }

  /** All of them, the latest last. */
  get purges(): PurgeView[] {
    return Array.from(this.#purges.values(), viewOf);
  }

  clear(): void {
    this.#purges.clear();
    this.#causes = [];
  }

  /** The log brought it. @param now monotonic milliseconds. @param wall milliseconds for people to read */
  record({ position, purges }: PurgeRecord, now: number, wall: number): void {
    if (purges.length === 0) return;
    const tags = purges.map(({ tag }) => tag);
    const kept: Kept = {
      position: formatPosition(position),
      at: wall,
      seenAt: now,
      tags,
      isSoft: purges.every(({ kind }) => kind === 'soft'),
      causes: new Set(),
      applied: new Map(),
    };
    for (const cause of this.#causes) if (isOf(cause, kept)) kept.causes.add(cause.cause);
    this.#purges.set(kept.position, kept);
    const [oldest] = this.#purges.keys();
    if (this.#purges.size > MOST_PURGES) this.#purges.delete(oldest!);
    this.#changed(viewOf(kept));
  }

  /** A purge is about to be made. This may arrive after the log has brought the purge itself. */
  cause(causes: readonly SeenCause[], now: number): void {
    if (causes.length === 0) return;
    const noted = causes.map((cause) => ({ ...cause, notedAt: now }));
    this.#causes = [...this.#causes.filter(({ notedAt }) => now - notedAt < TOGETHER_MS), ...noted].slice(
      -MOST_CAUSES,
    );
    for (const kept of this.#purges.values()) {
      const before = kept.causes.size;
      for (const cause of noted) if (isOf(cause, kept)) kept.causes.add(cause.cause);
      if (kept.causes.size > before) this.#changed(viewOf(kept));
    }
  }

  /** A region told of itself. @param applied positions, when each was applied there, and who caused it as far as is known */
  arrived(region: string, applied: readonly (readonly [string, number, string?])[]): void {
    for (const [position, at, cause] of applied) {
      const kept = this.#purges.get(position);
      if (!kept) continue;
      const known = kept.applied.get(region);
      if (cause !== undefined && cause !== '') kept.causes.add(cause);
      if (known === undefined || at < known) kept.applied.set(region, at);
      this.#changed(viewOf(kept));
    }
  }
}

/** A record of many tags is several, so that each holds some of those of its cause. */
function isOf({ tags, notedAt }: Cause, kept: Kept): boolean {
  if (Math.abs(kept.seenAt - notedAt) > TOGETHER_MS) return false;
  const all = new Set(tags);
  return kept.tags.every((tag) => all.has(tag));
}

/** What is first known in one region, the primary one where it tells of itself, counts from there. */
function viewOf({ position, at, tags, isSoft, causes, applied }: Kept): PurgeView {
  const first = Math.min(...applied.values());
  return {
    position,
    at,
    tags: tags.slice(0, MOST_TAGS).map((tag) => (tag === '*' ? 'everything' : formatTag(tag))),
    more: Math.max(0, tags.length - MOST_TAGS),
    isSoft,
    cause: causes.size > 0 ? [...causes].join(', ') : undefined,
    arrivals: Object.fromEntries(
      Array.from(applied, ([region, time]) => [region, Math.round((time - first) * 10) / 10]),
    ),
  };
}
