import { LRUCache } from 'lru-cache';
import type { Log } from './log';

/** Milliseconds after which the same is said once more. */
const SAID_FOR_MS = 60 * 60 * 1000;
const MOST_OPERATIONS = 1000;

/** Says in the log of which operations no answer is kept because upstream failed at what is added to them. */
export class AsWritten {
  readonly #said = new LRUCache<string, true>({ max: MOST_OPERATIONS, ttl: SAID_FOR_MS });

  constructor(readonly log: Log) {}

  note({
    id,
    name,
    kind,
  }: {
    readonly id: string;
    readonly name: string | undefined;
    readonly kind: string;
  }): void {
    if (this.#said.has(id)) return;
    this.#said.set(id, true);
    this.log.warn(
      { operation: name ?? id, kind },
      'upstream answered an operation as its client wrote it and not with types and keys added, so that what it ' +
        'answered is not kept: if it takes known documents only, register there what `lastmile documents` prints',
    );
  }
}
