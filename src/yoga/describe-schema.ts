import { setImmediate as othersTurn } from 'node:timers/promises';
import {
  assertValidSchema,
  execute,
  type ExecutionResult,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { BoundOperation } from '../operation/bound-operation';

/** Types that are described in one turn of the event loop: some milliseconds of those with the most fields. */
const TYPES_IN_A_TURN = 16;
/** Descriptions that are kept: tools send four, others mostly send one again and again. */
const MOST_KEPT = 8;
/** Characters. What tools ask of the largest schemas takes three million. */
const LONGEST_KEPT = 8_000_000;

/**
 * Answers what is asked of the schema itself. A large one takes 200 ms to be described: some types at a time, so that
 * others have their turn between (P47), and the same question once.
 */
export class SchemaDescriber {
  readonly #schema: GraphQLSchema;
  readonly #inTurns: GraphQLSchema;
  readonly #known = new LRUCache<string, Promise<ExecutionResult>>({ max: MOST_KEPT });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#inTurns = inTurns(schema);
  }

  /** @returns a result that Yoga asks for its text */
  describe(bound: BoundOperation): Promise<ExecutionResult> {
    // An error may name a variable.
    const question = [bound.text, ...bound.operation.variableNames].join(' ');
    const known = this.#known.get(question);
    if (known) return known;
    const described = this.#describe(bound, question);
    this.#known.set(question, described);
    return described;
  }

  async #describe(
    { operation: { document, name }, variables }: BoundOperation,
    question: string,
  ): Promise<ExecutionResult> {
    // Known from the first operation on, and looked up where the types are at once.
    assertValidSchema(this.#schema);
    const result = await execute({
      schema: this.#inTurns,
      document,
      variableValues: variables,
      operationName: name,
    });
    await othersTurn();
    const written = JSON.stringify(result);
    if (result.errors || written.length > LONGEST_KEPT) this.#known.delete(question);
    return { ...result, stringify: () => written } as ExecutionResult;
  }
}

/** The same schema, whose types come some at a time to who asks for all of them. */
function inTurns(schema: GraphQLSchema): GraphQLSchema {
  const getTypeMap = (): Record<string, Promise<GraphQLNamedType>> => {
    let turn = Promise.resolve();
    const types = Object.entries(schema.getTypeMap()).map(([name, type], at) => {
      if (at % TYPES_IN_A_TURN === TYPES_IN_A_TURN - 1) turn = turn.then(() => othersTurn());
      return [name, turn.then(() => type)] as const;
    });
    return Object.fromEntries(types);
  };
  const ask = (name: string) => schema.getType(name);
  return Object.create(schema, {
    getTypeMap: { value: getTypeMap },
    getType: { value: ask },
  }) as GraphQLSchema;
}
