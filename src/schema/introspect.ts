import {
  getIntrospectionQuery,
  OperationTypeNode,
  parse,
  type IntrospectionOptions,
  type IntrospectionQuery,
} from 'graphql';
import { LastmileError } from '../report/error';
import type { Upstream } from '../upstream/upstream';

/** A schema is larger than an answer and takes longer to make: limits for an upstream that is asked for nothing else. */
export const INTROSPECTION_LIMITS = { timeoutMs: 30_000, maxAnswerBytes: 64 * 1024 * 1024, retries: 0 };

const FULL: IntrospectionOptions = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
};

/**
 * What to ask for, the most first: a server refuses the whole query for one field it does not know. Without
 * `inputValueDeprecation` newer servers keep deprecated arguments to themselves, and the gateway would refuse them.
 */
const ATTEMPTS: readonly IntrospectionOptions[] = [
  FULL,
  { ...FULL, oneOf: false },
  { ...FULL, oneOf: false, inputValueDeprecation: false },
  { descriptions: true },
];

/**
 * Asks upstream for its schema.
 * @throws LastmileError INTROSPECTION_REFUSED when upstream answers without one; UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT or
 *   UPSTREAM_BAD_ANSWER when it does not answer
 */
export async function introspect(upstream: Upstream): Promise<IntrospectionQuery> {
  let refusal = '';
  for (const attempt of ATTEMPTS) {
    const { result, fault } = await upstream.execute({
      document: parse(getIntrospectionQuery(attempt), { noLocation: true }),
      operation: OperationTypeNode.QUERY,
      operationName: 'IntrospectionQuery',
      variables: {},
      headers: {},
    });
    if (fault) throw fault;
    if (Symbol.asyncIterator in result) {
      throw new LastmileError('UPSTREAM_BAD_ANSWER', 'introspection was answered with a stream');
    }
    if (isIntrospection(result.data)) return result.data;
    refusal = result.errors?.[0]?.message ?? 'an answer without a schema';
  }
  throw new LastmileError('INTROSPECTION_REFUSED', refusal);
}

/** As far as is needed to tell a schema from `null`; building it finds what is wrong inside. */
function isIntrospection(data: unknown): data is IntrospectionQuery {
  if (typeof data !== 'object' || data === null || !('__schema' in data)) return false;
  const { __schema: schema } = data;
  return typeof schema === 'object' && schema !== null && 'types' in schema && Array.isArray(schema.types);
}
