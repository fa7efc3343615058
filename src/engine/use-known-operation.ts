import type { Plugin } from 'graphql-yoga';
import type { WithExchange } from './exchange';

/**
 * The front has parsed, limited and validated the operation already, once for all requests with its text.
 * Yoga is handed the outcome, so that it neither reads the body nor parses GraphQL again.
 */
export function useKnownOperation(): Plugin<WithExchange> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      const exchange = (serverContext as WithExchange).lastmile;
      if (!exchange) return;
      setRequestParser(() => ({
        query: '{__typename}',
        ...(exchange.asked && {
          operationName: exchange.asked.operation.name,
          variables: exchange.asked.variables as Record<string, unknown>,
        }),
      }));
    },
    onParse({ context, setParsedDocument }) {
      const asked = context.lastmile?.asked;
      if (asked) setParsedDocument(asked.operation.document);
    },
    onValidate({ context, setResult }) {
      const exchange = context.lastmile;
      if (exchange) setResult(exchange.refusal?.errors ?? []);
    },
  };
}
