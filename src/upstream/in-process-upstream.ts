import {
  execute,
  GraphQLError,
  subscribe,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { rounded } from '../json/exact-number';
import { LastmileError } from '../report/error';
import { faultAnswer } from './fault';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './upstream';

/**
 * An executable schema in this process. Resolvers find what the request says as `context`, and its headers there as
 * `headers`. Variables are raw JSON, its numbers doubles: graphql-js coerces them, and what cannot be coerced is an error of the answer.
 */
export function createInProcessUpstream(schema: GraphQLSchema): Upstream {
  return {
    async execute(request) {
      const call: ExecutionArgs = {
        schema,
        document: request.document,
        operationName: request.operationName,
        variableValues: rounded(request.variables) as Record<string, unknown>,
        contextValue: contextOf(request),
      };
      try {
        return answer(await (request.operation === 'subscription' ? subscribe(call) : execute(call)));
      } catch (cause) {
        // Resolvers' errors are part of a result; only a schema that cannot execute at all comes here.
        return faultAnswer(new LastmileError('INTERNAL', 'the schema cannot be executed', { cause }));
      }
    },
    close: () => Promise.resolve(),
  };
}

function contextOf({ context, headers }: UpstreamRequest): object {
  return { ...(typeof context === 'object' ? context : {}), headers };
}

function answer(result: ExecutionResult | AsyncGenerator<ExecutionResult, void, void>): UpstreamAnswer {
  const mapped = Symbol.asyncIterator in result ? withoutLocationsEach(result) : withoutLocations(result);
  return { result: mapped, headers: {}, answered: true };
}

/** Written out, not `async function*`: ending it must end the resolvers' stream at once, also while one is awaited. */
function withoutLocationsEach(
  results: AsyncGenerator<ExecutionResult, void, void>,
): AsyncIterableIterator<ExecutionResult> {
  let failed = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (failed) return { done: true, value: undefined };
      try {
        const next = await results.next();
        return next.done ? next : { done: false, value: withoutLocations(next.value) };
      } catch (error) {
        // The source of a subscription threw, as a resolver of a query might: it is treated the same way.
        failed = true;
        const originalError = error instanceof Error ? error : new Error(String(error));
        return {
          done: false,
          value: { errors: [new GraphQLError(originalError.message, { originalError })] },
        };
      }
    },
    async return() {
      await results.return();
      return { done: true, value: undefined };
    },
  };
}

/** Locations point into the document that was executed, which is not the one the client wrote. */
function withoutLocations(result: ExecutionResult): ExecutionResult {
  if (!result.errors) return result;
  const errors = result.errors.map(
    ({ message, path, originalError, extensions }) =>
      new GraphQLError(message, { path: path ?? null, originalError: originalError ?? null, extensions }),
  );
  if (result.data === undefined) errors[0] = withStatus(errors[0]!);
  return { ...result, errors };
}

/** What never ran must not be 200 in `application/graphql-response+json`; in `application/json`, where 200 is usual, it is (`spec`). */
function withStatus({ message, path, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, {
    ...(path ? { path } : {}),
    extensions: { ...extensions, http: { status: 400, spec: true } },
  });
}
