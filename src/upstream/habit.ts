import { OperationTypeNode, parse } from 'graphql';
import type { Upstream } from './upstream';

const QUESTION = parse('{ __typename }', { noLocation: true });

/**
 * What upstream says in `Cache-Control` of an answer that says nothing. Many servers forbid storing whatever they send:
 * Apollo Server says `no-store` of every answer without hints, and so do common security filters. What is said of all
 * answers alike tells nothing of any one of them.
 */
export class Habit {
  #value: string | undefined;
  #known = false;
  #asking = false;

  constructor(readonly upstream: Upstream) {}

  /** Undefined when upstream forbids nothing by habit, and while it could not be asked: then it is asked again. */
  get value(): string | undefined {
    if (!this.#known && !this.#asking) void this.learn();
    return this.#value;
  }

  /** Never rejects. */
  async learn(): Promise<void> {
    this.#asking = true;
    const { headers, answered } = await this.upstream.execute({
      document: QUESTION,
      operation: OperationTypeNode.QUERY,
      operationName: undefined,
      variables: {},
      headers: {},
    });
    this.#asking = false;
    if (!answered) return;
    this.#known = true;
    const said = headers['cache-control'];
    this.#value = said !== undefined && /no-store|no-cache|max-age=0/i.test(said) ? said : undefined;
  }
}
