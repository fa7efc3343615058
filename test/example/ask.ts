import { graphql, type GraphQLSchema } from 'graphql';
import { createExampleSchema, type ExampleOptions } from '../../src/example/schema';

/** What an operation answered, as a client would read it: plain JSON. */
export interface Answer {
  // The shape is that of each test's own query, which TypeScript does not know.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  readonly errors: readonly { readonly message: string; readonly code: unknown }[];
}

export type Ask = (
  query: string,
  headers?: Record<string, string>,
  variables?: Record<string, unknown>,
) => Promise<Answer>;

/** A function that asks one fresh example API. */
export function askExample(options?: ExampleOptions): Ask {
  return askSchema(createExampleSchema(options));
}

function askSchema(schema: GraphQLSchema): Ask {
  return async (source, headers, variableValues) => {
    const contextValue = headers ? { headers } : undefined;
    const result = await graphql({ schema, source, contextValue, variableValues });
    return {
      data: JSON.parse(JSON.stringify(result.data ?? null)),
      errors: (result.errors ?? []).map(({ message, extensions }) => ({ message, code: extensions['code'] })),
    };
  };
}
