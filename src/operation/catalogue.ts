import { validate } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { OperationLimits } from './limits';
import { compileOperation, type Knowledge, type Operation, type Refusal } from './operation';
import { operationVersion } from './operation-version';

/** Rough bytes of memory for each character of a text once it is parsed and analysed. Measured: see test/README.md. */
const BYTES_PER_CHARACTER = 40;

/** The schema that upstream had before, while instances of it may still be about. */
export interface FormerSchema extends Pick<Knowledge, 'schema' | 'rules'> {
  /** monotonic milliseconds */
  readonly until: number;
}

/** The operations seen lately, bounded in bytes however many distinct texts arrive (P46). */
export class Catalogue {
  /** Called for an evicted operation: any other reference to it keeps all of its memory. */
  onForget: (operation: Operation) => void = () => {};
  /** Undefined once it is no longer needed: it takes as much memory as the schema in use. */
  former: FormerSchema | undefined;
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
    if (this.former && 'kind' in found && this.#differed(found, this.former))
      found.unsettledUntil = this.former.until;
    this.#known.set(name, found);
    return found;
  }

  /** What was not valid before, no instance of before answers. */
  #differed({ document, version }: Operation, former: FormerSchema): boolean {
    const { configuration } = this.knowledge;
    if (operationVersion({ ...former, configuration }, document) === version) return false;
    return validate(former.schema, document, undefined, { maxErrors: 0, hideSuggestions: true }).length === 0;
  }
}

/** No text or name, whatever is in it, can be taken for another pair of them: a refusal is kept for its own text only. */
function nameOf(text: string, operationName: string | undefined): string {
  return operationName === undefined ? `-${text}` : `${operationName.length}:${operationName}${text}`;
}
