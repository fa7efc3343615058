import { parse, type DocumentNode, type OperationTypeNode } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { isAnsweredHere, type Execution, type WithExecution } from './execution';

/**
 * What Yoga and its plugins are shown of an operation that upstream executes: its kind. Shown the operation itself, the
 * response cache plugin prints it, adds to a copy what its own collector would need, and keeps both.
 */
const STAND_INS: Readonly<Record<OperationTypeNode, DocumentNode>> = {
  query: parse('{ __typename }'),
  mutation: parse('mutation { __typename }'),
  subscription: parse('subscription { __typename }'),
};

/** What Yoga is told that is asked: of the schema itself what its client asks, else a stand-in, as its plugins know the operation. */
export function paramsOf({ bound }: Execution): GraphQLParams {
  if (!bound || !isAnsweredHere(bound)) return { query: '{__typename}' };
  const { name } = bound.operation;
  return {
    query: '{__typename}',
    ...(name !== undefined && { operationName: name }),
    variables: bound.variables as Record<string, unknown>,
  };
}

/**
 * The front has parsed, limited and validated the operation already, once for all requests with its text.
 * Yoga is handed the outcome, so that it neither reads the body nor parses GraphQL again.
 */
export function useKnownOperation(): Plugin<WithExecution> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      const execution = (serverContext as WithExecution).lastmile;
      if (!execution) return;
      setRequestParser(() => paramsOf(execution));
    },
    onParse({ context, setParsedDocument }) {
      const bound = context.lastmile?.bound;
      if (!bound) return;
      setParsedDocument(isAnsweredHere(bound) ? bound.operation.document : STAND_INS[bound.operation.kind]);
    },
    onValidate({ context, setResult }) {
      const execution = context.lastmile;
      if (execution) setResult(execution.refusal?.errors ?? []);
    },
  };
}
