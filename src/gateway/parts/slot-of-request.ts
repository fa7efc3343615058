import type { Entry } from '../../cache/entry';
import type { Lookup } from '../../cache/lookup';
import { areOfSameWords } from '../../operation/bound-operation';
import type { Reason } from '../../report/reason';
import type { Query } from '../asked-query';
import type { Filled } from '../fill';
import type { Decision } from '../rules';

/** One slot of a request, and what became of it. */
export interface SlotOfRequest {
  readonly index: number;
  /** the request, as if it asked for this slot alone */
  readonly query: Query;
  readonly decision: Decision;
  /** from the cache */
  readonly entry?: Entry | undefined;
  /** it is served though it is stale */
  readonly staleWhy?: Reason | undefined;
  /** what memory says where there is no entry */
  readonly near?: Extract<Lookup, { kind: 'miss' }>;
  /** why it was not there */
  readonly why?: Reason | undefined;
  /** what upstream said */
  readonly filled?: Filled;
  /** another request's call */
  readonly collapsed?: boolean;
}

/** What memory is taken to say of a part that does not fit the others. */
export const FORGOTTEN = { kind: 'miss', why: 'parts', fallback: undefined } as const;

/** Whether what upstream is sent for a slot says who asks. */
export function isOfClient({ decision }: SlotOfRequest): boolean {
  return decision.kind === 'bypass' || decision.scope !== 'shared';
}

/** Upstream failed, or said what is wrong, to a client that may call its variables differently. */
export function saysOthersNames({ query, filled, collapsed = false }: SlotOfRequest): boolean {
  return (
    collapsed && filled !== undefined && !filled.clean && !areOfSameWords(filled.execution.bound, query.bound)
  );
}

/** What upstream is sent for a slot: for a shared one nothing but what is in its key, for others the session's, or all. */
export function headersOf({ query: { client, session }, decision }: SlotOfRequest): Record<string, string> {
  return client.headersFor(decision.kind === 'lookup' ? decision.scope : 'bypass', session);
}
