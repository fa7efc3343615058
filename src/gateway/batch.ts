import { setImmediate } from 'node:timers/promises';
import type { Catalogue } from '../operation/catalogue';
import type { GraphQLParams } from './params';

/**
 * Whether a batch holds a mutation, and whether it holds what does not fit the schema. To read a new text takes its time,
 * so between two of them it is the others' turn (P47).
 */
export async function readBatch(
  catalogue: Catalogue,
  parts: readonly GraphQLParams[],
): Promise<{ readonly changes: boolean; readonly isUnfit: boolean }> {
  let changes = false;
  let isUnfit = false;
  for (const { query, operationName } of parts) {
    if (query === undefined) continue;
    if (!catalogue.knows(query, operationName)) await setImmediate();
    const operation = catalogue.find(query, operationName);
    changes ||= 'kind' in operation && operation.kind === 'mutation';
    isUnfit ||= 'errors' in operation && operation.isBySchema === true;
  }
  return { changes, isUnfit };
}
