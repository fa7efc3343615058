import { setImmediate } from 'node:timers/promises';
import type { Catalogue } from '../operation/catalogue';
import type { GraphQLParams } from './params';

/**
 * Whether a batch holds a mutation. To read a new text takes its time, so between two of them it is the others' turn
 * (P47).
 */
export async function changesSomething(
  catalogue: Catalogue,
  parts: readonly GraphQLParams[],
): Promise<boolean> {
  let changes = false;
  for (const { query, operationName } of parts) {
    if (query === undefined) continue;
    if (!catalogue.knows(query, operationName)) await setImmediate();
    const operation = catalogue.find(query, operationName);
    changes ||= 'kind' in operation && operation.kind === 'mutation';
  }
  return changes;
}
