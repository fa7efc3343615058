import type { ExampleData, Traveller } from './data';

/** What the example's resolvers need to know of a request. */
export interface ExampleContext {
  /** lower-case names */
  readonly headers?: Readonly<Record<string, string>>;
}

const BEARER = /^bearer +(\S+) *$/i;

/**
 * Who a request is from: `authorization: Bearer <traveller id>`, else `x-traveller: <traveller id>`. There is nothing to
 * prove: the example shows what happens to private answers, not how to sign in.
 */
export function whoAsks(data: ExampleData, context: ExampleContext | undefined): Traveller | undefined {
  const headers = context?.headers ?? {};
  const bearer = BEARER.exec(headers['authorization'] ?? '')?.[1];
  const id = bearer ?? headers['x-traveller'];
  return id === undefined ? undefined : data.travellers.get(id);
}
