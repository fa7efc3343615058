import type { ExecutionResult, GraphQLError } from 'graphql';

/** What is done about the parts of one mutation's answer. */
export interface PartsHandler {
  /** Whether a part says that the mutation was refused before it ran (P38). */
  isRefused(part: ExecutionResult): boolean;
  /**
   * Purges what the mutation may have changed. Must not reject.
   * @param isBroken the answer broke off: upstream may go on
   * @returns what is to be said of it in the extensions of the part that leaves next
   */
  purge(isBroken: boolean): Promise<object | undefined>;
}

/**
 * The results of a mutation that is answered in parts. It is purged before its first part leaves, because that tells the
 * client what was changed, again with each later one that has `data`, and before the last, because what is deferred may be
 * changed until then. Headers tell nothing: servers send them before they run anything.
 *
 * When its client has gone it is read to its end all the same.
 */
export class MutationParts implements AsyncIterableIterator<ExecutionResult> {
  readonly #parts: AsyncIterator<ExecutionResult>;
  readonly #handler: PartsHandler;
  #first: IteratorResult<ExecutionResult> | undefined;
  #count = 0;
  #refusals = 0;
  /** nothing came after the last purge */
  #isPurged = false;
  #isBroken = false;
  #ended = false;

  constructor(parts: AsyncIterable<ExecutionResult>, handler: PartsHandler) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#handler = handler;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Resolves when the first part is there, and what it changed is purged. */
  async begin(): Promise<void> {
    this.#first = await this.#read(true);
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const first = this.#first;
    this.#first = undefined;
    return first ?? (await this.#read(false));
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    void this.#toTheEnd();
    return DONE;
  }

  async #toTheEnd(): Promise<void> {
    while (!this.#ended) await this.#read(false);
  }

  async #read(isFirst: boolean): Promise<IteratorResult<ExecutionResult>> {
    if (this.#ended) return DONE;
    const next = await this.#parts.next().catch((): IteratorResult<ExecutionResult> => DONE);
    if (next.done) {
      this.#ended = true;
      const isRefused = this.#count > 0 && this.#refusals === this.#count;
      if (!this.#isPurged && !isRefused) await this.#handler.purge(this.#isBroken);
      return DONE;
    }
    const { value } = next;
    this.#count++;
    this.#isPurged = false;
    this.#isBroken = value.errors?.some(isFault) ?? false;
    if (this.#handler.isRefused(value)) {
      this.#refusals++;
      return next;
    }
    const isLast = 'hasNext' in value && value.hasNext === false;
    if (!isFirst && !isLast && !('data' in value)) return next;
    this.#isPurged = isLast;
    const lastmile = await this.#handler.purge(this.#isBroken);
    return lastmile
      ? { done: false, value: { ...value, extensions: { ...value.extensions, lastmile } } }
      : next;
  }
}

const DONE = { done: true, value: undefined } as const;

export function isInParts(
  result: ExecutionResult | AsyncIterable<ExecutionResult>,
): result is AsyncIterable<ExecutionResult> {
  return Symbol.asyncIterator in result;
}

/** An error of the gateway's own, in the place of what upstream did not send. */
function isFault({ extensions }: GraphQLError): boolean {
  return String(extensions?.['code']).startsWith('UPSTREAM_');
}
