import { GraphQLError } from 'graphql';
import { isInternal } from './internal-fields';

/**
 * The errors of a mutation for its client. An error only in the gateway's additions is not reported, unless it took
 * an object of the client's with it: then it is reported as that object's.
 *
 * @param data the answer's
 */
export function mutationErrors(
  errors: readonly GraphQLError[],
  data: Readonly<Record<string, unknown>> | null | undefined,
): readonly GraphQLError[] {
  return errors.flatMap((error) => {
    const added = error.path?.findIndex((step) => isInternal(String(step))) ?? -1;
    if (added < 0) return [error];
    const path = error.path!.slice(0, added);
    if (isThere(data, path)) return [];
    const { message, extensions, originalError } = error;
    return [new GraphQLError(message, { path, extensions, originalError: originalError ?? null })];
  });
}

function isThere(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return false;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value !== null && value !== undefined;
}
