import { changeOf, type Tag } from '../purge/tag';
import type { QueryLine } from './lines';

/** When each tag was purged in one run, to be asked once all is known. */
export class PurgeTimes {
  /** in rising order: purges are written down as they come */
  readonly #all: number[] = [];
  readonly #byTag = new Map<string, number[]>();
  /** `Product` for `Product:...`: when any entity of the type was purged */
  readonly #byType = new Map<string, number[]>();

  add(t: number, tags: readonly string[]): void {
    this.#all.push(t);
    for (const tag of tags) {
      note(this.#byTag, tag, t);
      const change = changeOf(tag as Tag);
      if (change !== undefined) note(this.#byTag, change, t);
      const colon = tag.indexOf(':');
      if (colon > 0 && !tag.startsWith('#')) note(this.#byType, tag.slice(0, colon), t);
    }
  }

  /** The first purge of one of an answer's tags after it was asked for; Infinity if there was none. */
  firstAfter({ t, tags, cut }: Pick<QueryLine, 't' | 'tags' | 'cut'>): number {
    let first = after(this.#byTag.get('*'), t);
    for (const tag of tags) {
      first = Math.min(first, after(this.#byTag.get(tag), t));
      // Its entities are not written down: any of the type may be one of them.
      if (cut) first = Math.min(first, after(this.#byType.get(tag), t));
    }
    return first;
  }

  /** The first purge of anything after a time. */
  nextAfter(t: number): number {
    return after(this.#all, t);
  }
}

function note(times: Map<string, number[]>, name: string, t: number): void {
  const known = times.get(name);
  if (known) known.push(t);
  else times.set(name, [t]);
}

/** The first of rising times that is later than one. */
function after(times: readonly number[] | undefined, t: number): number {
  if (!times) return Infinity;
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! > t) high = middle;
    else low = middle + 1;
  }
  return times[low] ?? Infinity;
}
