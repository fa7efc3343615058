import { GraphQLError, type ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isInParts } from './mutation-parts';
import type { WithExecution } from './execution';

/** Takes the results of a subscription out of Yoga before it makes a body of them: each client takes them in a form of its own. */
export function useEvents(): Plugin<WithExecution> {
  return {
    onResultProcess({ result, serverContext, setResultProcessor }) {
      const execution = (serverContext as WithExecution).lastmile;
      if (execution?.bound?.operation.kind !== 'subscription') return;
      if (!result || Array.isArray(result) || !isInParts(result as ExecutionResult)) return;
      execution.events = result as AsyncIterable<ExecutionResult>;
      setResultProcessor((_, { Response }) => new Response(null), '*/*');
    },
  };
}

/** A result as Yoga hands it over: one of upstream writes its own digits. */
interface Event extends ExecutionResult {
  readonly stringify?: (shown: unknown) => string;
  readonly hasNext?: boolean;
}

/** The text of a result, without what the gateway tells itself by it. */
export function writeEvent(event: Event): string {
  const { stringify = JSON.stringify } = event;
  if (!event.errors && !('hasNext' in event) && !('stringify' in event)) return JSON.stringify(event);
  const { hasNext: _, stringify: __, ...shown } = event;
  return stringify(shown.errors ? { ...shown, errors: shown.errors.map(withoutStatus) } : shown);
}

/** `extensions.http` sets the status of an answer that is whole. */
function withoutStatus(error: GraphQLError): object {
  const { extensions, ...said } = error.toJSON();
  const { http: _, unexpected: __, ...others } = extensions ?? {};
  return Object.keys(others).length > 0 ? { ...said, extensions: others } : said;
}
