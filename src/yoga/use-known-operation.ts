import { parse, type DocumentNode, type OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isAnsweredHere, type WithExchange } from './execution';

/**
 * What Yoga and its plugins are shown of an operation that upstream executes: its kind. Shown the operation itself, the
 * response cache plugin prints it, adds to a copy what its own collector would need, and keeps both.
 */
const STAND_INS: Readonly<Record<OperationTypeNode, DocumentNode>> = {
  query: parse('{ __typename }'),
  mutation: parse('mutation { __typename }'),
  subscription: parse('subscription { __typename }'),
};

/**
 * The front has parsed, limited and validated the operation already, once for all requests with its text.
 * Yoga is handed the outcome, so that it neither reads the body nor parses GraphQL again.
 */
export function useKnownOperation(): Plugin<WithExchange> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      const exchange = (serverContext as WithExchange).lastmile;
      if (!exchange) return;
      const { asked } = exchange;
      setRequestParser(() =>
        asked && isAnsweredHere(asked)
          ? {
              query: '{__typename}',
              operationName: asked.operation.name,
              variables: asked.variables as Record<string, unknown>,
            }
          : { query: '{__typename}' },
      );
    },
    onParse({ context, setParsedDocument }) {
      const asked = context.lastmile?.asked;
      if (!asked) return;
      setParsedDocument(isAnsweredHere(asked) ? asked.operation.document : STAND_INS[asked.operation.kind]);
    },
    onValidate({ context, setResult }) {
      const exchange = context.lastmile;
      if (exchange) setResult(exchange.refusal?.errors ?? []);
    },
  };
}
