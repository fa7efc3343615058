import type { Purge } from './log';
import type { Position } from './position';

/** Milliseconds within which purges of the same tags become one record. */
const WITHIN_MS = 50;
/** Of more tags it is not looked whether others purge the same: to compare them would cost more. */
const MOST_TAGS = 64;

/** The purges of the same tags that come while a window is open. */
interface Window {
  /** what those that came since it opened are waiting for; undefined: none has come */
  later: Promise<Position> | undefined;
  /** of the first of them that is traced: one record can tell of one trace */
  trace: string | undefined;
  begin: () => void;
}

/**
 * Appends what mutations purge, and merges equal purges that come close together: the first goes out at once, those
 * that follow within 50 ms go out as one record at the end of these. No record goes out before the mutations it
 * stands for have ended, so none can be too early for a change; and none is dropped, however many there are.
 */
export class MergedAppends {
  readonly #append: (purges: readonly Purge[], trace?: string) => Promise<Position>;
  readonly #windows = new Map<string, Window>();

  /** @param append of the log; see `Purges` */
  constructor(append: (purges: readonly Purge[], trace?: string) => Promise<Position>) {
    this.#append = append;
  }

  /**
   * @param trace see `Purges`
   * @returns the position of the record, once the primary has acknowledged it. Rejects as `append` does
   */
  append(purges: readonly Purge[], trace?: string): Promise<Position> {
    if (purges.length > MOST_TAGS) return this.#append(purges, trace);
    const name = JSON.stringify(purges.map(nameOf).sort());
    const window = this.#windows.get(name);
    if (!window) {
      this.#open(name);
      return this.#append(purges, trace);
    }
    window.trace ??= trace;
    return (window.later ??= new Promise((resolve, reject) => {
      window.begin = () => void this.#append(purges, window.trace).then(resolve, reject);
    }));
  }

  #open(name: string): void {
    const window: Window = { later: undefined, trace: undefined, begin: () => {} };
    this.#windows.set(name, window);
    setTimeout(() => {
      this.#windows.delete(name);
      if (!window.later) return;
      this.#open(name);
      window.begin();
    }, WITHIN_MS);
  }
}

function nameOf({ tag, kind, keepsLists }: Purge): string {
  return `${kind}${keepsLists ? ', lists kept' : ''} ${tag}`;
}
