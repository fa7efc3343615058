import type { ExecutionResult } from 'graphql';

/** Statuses of an upstream that did not run what it was sent: it did not understand it, or would not have it. */
const REFUSING: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 415, 422, 429]);

/** What came of a mutation, as far as it matters here. */
export interface MutationOutcome {
  readonly result: Pick<ExecutionResult, 'data' | 'errors'>;
  /** of upstream's response; undefined where it answered without HTTP, or not at all */
  readonly status: number | undefined;
  /** false: there was no answer, or none in GraphQL */
  readonly answered: boolean;
}

/**
 * Whether upstream refused a mutation before it ran, so that nothing can have changed (P38): it brought no `data`, not even
 * null, no error points into it, and either the status says so, or every error does by its code, or the variables are no
 * values of their types. Whatever else came may have run.
 */
export function wasRefused(
  { result, status, answered }: MutationOutcome,
  codes: ReadonlySet<string>,
  areInvalid: () => boolean,
): boolean {
  const { data, errors = [] } = result;
  if (data !== undefined || errors.some(({ path }) => path)) return false;
  if (status !== undefined && REFUSING.has(status)) return true;
  if (!answered || (status !== undefined && status !== 200) || errors.length === 0) return false;
  const says = errors.every(({ extensions }) => codes.has(String(extensions?.['code'])));
  return says || areInvalid();
}
