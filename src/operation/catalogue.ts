import { LRUCache } from 'lru-cache';
import type { OperationLimits } from './limits';
import { compileOperation, type Knowledge, type Operation, type Refusal } from './operation';

/** Rough bytes of memory for each character of a text once it is parsed and analysed. Measured, see README. */
const BYTES_PER_CHARACTER = 40;

/** The operations seen lately, bounded in bytes however many distinct texts arrive (P46). */
export class Catalogue {
  /** Told of an operation that is given up: whoever holds it besides keeps all of its memory. */
  onForget: (operation: Operation) => void = () => {};
  readonly #known: LRUCache<string, Operation | Refusal>;

  constructor(
    readonly knowledge: Knowledge,
    readonly limits: OperationLimits,
    maxBytes: number,
  ) {
    this.#known = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (_, text) => 1000 + text.length * BYTES_PER_CHARACTER,
      dispose: (found) => {
        if ('kind' in found) this.onForget(found);
      },
    });
  }

  get size(): number {
    return this.#known.size;
  }

  /** Whether {@link find} has nothing to do for a text and a name. */
  knows(text: string, operationName: string | undefined): boolean {
    return this.#known.has(nameOf(text, operationName));
  }

  /** The operation a text and a name mean; parsed and analysed the first time only. */
  find(text: string, operationName: string | undefined): Operation | Refusal {
    const name = nameOf(text, operationName);
    const known = this.#known.get(name);
    if (known) return known;
    const found = compileOperation(this.knowledge, this.limits, text, operationName);
    this.#known.set(name, found);
    return found;
  }
}

/** No text or name, whatever is in it, can be taken for another pair of them: a refusal is kept for its own text only. */
function nameOf(text: string, operationName: string | undefined): string {
  return operationName === undefined ? `-${text}` : `${operationName.length}:${operationName}${text}`;
}
